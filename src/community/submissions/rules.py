"""What may become of a submission, and what its text may be: pure rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel.errors import InvalidInput
from community.kernel.texts import plain
from community.submissions.errors import StateForbids
from community.submissions.models import State

TITLE_LENGTH = 60
TEXT_LENGTH = 5_000
MOST_TAGS = 9
MOST_MEDIA = 9
TAG_LENGTH = 20
PRODUCT_REF_LENGTH = 64
NOTE_LENGTH = 500

PRIVATE = frozenset({State.DRAFT, State.WITHDRAWN})
"""What its author alone may know of."""

# From each state, where its author and the review may take a submission. What is not here is refused.
EDIT = {
    State.DRAFT: State.DRAFT,
    State.RETURNED: State.RETURNED,
    State.PENDING_SCREENING: State.PENDING_SCREENING,
    State.IN_REVIEW: State.PENDING_SCREENING,
    State.PUBLISHED: State.PENDING_SCREENING,
}
# Where an edit was rejected, what everybody sees is still there, and may be edited again.
EDIT_PUBLISHED = EDIT | {State.REJECTED: State.PENDING_SCREENING}
SUBMIT = {State.DRAFT: State.PENDING_SCREENING, State.RETURNED: State.PENDING_SCREENING}
RECEIVE = {State.PENDING_SCREENING: State.IN_REVIEW}
SEND_BACK = {State.PENDING_SCREENING: State.RETURNED}
PUBLISH = {State.IN_REVIEW: State.PUBLISHED}
RETURN = {State.IN_REVIEW: State.RETURNED}
REJECT = {State.IN_REVIEW: State.REJECTED}
WITHDRAW = dict.fromkeys(
    (State.DRAFT, State.PENDING_SCREENING, State.IN_REVIEW, State.PUBLISHED, State.RETURNED, State.REJECTED),
    State.WITHDRAWN,
)
REMOVE = dict.fromkeys(
    (State.PENDING_SCREENING, State.IN_REVIEW, State.PUBLISHED, State.RETURNED, State.REJECTED), State.REMOVED
)


def next_state(transition: dict[State, State], state: State) -> State:
    """Where the transition leads from `state`. Raises StateForbids."""
    try:
        return transition[state]
    except KeyError:
        raise StateForbids(
            f"This cannot be done with a submission that is {state.replace('_', ' ').lower()}."
        ) from None


@dataclass(frozen=True, slots=True)
class Content:
    """What a revision says, checked."""

    title: str
    text: str
    tags: tuple[str, ...]
    product_ref: str | None
    media_ids: tuple[int, ...] = ()


_TAGS = ("content", "tags")
_JOINERS = frozenset("-_·・")


def content(
    *,
    title: str,
    text: str,
    tags: Sequence[str] = (),
    product_ref: str | None = None,
    media_ids: Sequence[int] = (),
) -> Content:
    """A revision's content in NFC, when every part of it is within its limits. Raises InvalidInput with the path."""
    ref = product_ref
    return Content(
        plain(title, most=TITLE_LENGTH, path=("content", "title")),
        plain(text, most=TEXT_LENGTH, path=("content", "text"), lines=True),
        _tags(tags),
        None if ref is None else plain(ref, most=PRODUCT_REF_LENGTH, path=("content", "productRef")),
        _media(media_ids),
    )


def note(text: str, *, path: str) -> str:
    """What a leader tells an author, 1 to 500 characters. Raises InvalidInput."""
    return plain(text, most=NOTE_LENGTH, path=(path,), lines=True)


def tag(text: str, *, path: tuple[str, ...] = ("tag",)) -> str:
    """A tag as it is stored: NFKC, lower case, without a leading #. Raises InvalidInput."""
    text = unicodedata.normalize("NFKC", text).strip().lstrip("#").strip("#").casefold()
    if not 1 <= len(text) <= TAG_LENGTH or not _is_word(text):
        raise InvalidInput(f"A tag is one word of 1 to {TAG_LENGTH} characters.", path=path)
    return text


def _is_word(text: str) -> bool:
    letters = [character for character in text if character.isalnum()]
    # A mark belongs to the letter before it: Hindi vowels and the like.
    return bool(letters) and all(
        character.isalnum() or character in _JOINERS or unicodedata.category(character)[0] == "M" for character in text
    )


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    if len(tags) > MOST_TAGS:
        raise InvalidInput(f"A submission has at most {MOST_TAGS} tags.", path=_TAGS)
    return tuple(dict.fromkeys(tag(text, path=_TAGS) for text in tags))


def _media(media_ids: Sequence[int]) -> tuple[int, ...]:
    if len(media_ids) > MOST_MEDIA:
        raise InvalidInput(f"A submission has at most {MOST_MEDIA} pictures.", path=("content", "mediaIds"))
    return tuple(dict.fromkeys(media_ids))
