"""Transitions between states, and limits of texts and tags, as pure rules."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import count_characters, fold, normalise_multiline_text, normalise_text
from community.submissions.errors import StateForbids
from community.submissions.models import SubmissionKind, SubmissionState

MAX_TITLE_LENGTH = 60
MAX_TEXT_LENGTH = 5_000
MAX_TAGS = 9
MAX_MEDIA = 9
MAX_TAG_LENGTH = 20
MAX_PRODUCT_REF_LENGTH = 64
MAX_NOTE_LENGTH = 500
MAX_EXCERPT_LENGTH = 200

AUTHOR_ONLY_STATES = frozenset({SubmissionState.DRAFT, SubmissionState.WITHDRAWN})
"""States in which only the author may know of a submission."""
STATES_WITH_UNSENT_EDITS = frozenset({SubmissionState.RETURNED, SubmissionState.REMOVED})
"""States in which others know of a submission, and its author may have edited it without sending the edit."""
LEADER_KINDS = frozenset({SubmissionKind.LEADER_PLAYBOOK})
"""Kinds that only leaders write."""

# Transitions by a person, from state to state. A state that is missing refuses the verb. `review_steps.py` has the
# transitions by the review in its statements, because they must be conditional updates.
EDIT = {
    SubmissionState.DRAFT: SubmissionState.DRAFT,
    SubmissionState.RETURNED: SubmissionState.RETURNED,
    SubmissionState.PENDING_SCREENING: SubmissionState.PENDING_SCREENING,
    SubmissionState.IN_REVIEW: SubmissionState.PENDING_SCREENING,
    SubmissionState.PUBLISHED: SubmissionState.PENDING_SCREENING,
}
# If an edit was rejected, the published revision is still visible. So it may be edited again.
EDIT_PUBLISHED = EDIT | {SubmissionState.REJECTED: SubmissionState.PENDING_SCREENING}
SUBMIT = {
    SubmissionState.DRAFT: SubmissionState.PENDING_SCREENING,
    SubmissionState.RETURNED: SubmissionState.PENDING_SCREENING,
}
WITHDRAW = dict.fromkeys(
    (
        SubmissionState.DRAFT,
        SubmissionState.PENDING_SCREENING,
        SubmissionState.IN_REVIEW,
        SubmissionState.PUBLISHED,
        SubmissionState.RETURNED,
        SubmissionState.REJECTED,
    ),
    SubmissionState.WITHDRAWN,
)
REMOVE = dict.fromkeys(
    (
        SubmissionState.PENDING_SCREENING,
        SubmissionState.IN_REVIEW,
        SubmissionState.PUBLISHED,
        SubmissionState.RETURNED,
        SubmissionState.REJECTED,
    ),
    SubmissionState.REMOVED,
)


def get_next_state(transition: dict[SubmissionState, SubmissionState], state: SubmissionState) -> SubmissionState:
    """Return the state that a transition leads to. Raises StateForbids if it does not start from `state`."""
    try:
        return transition[state]
    except KeyError:
        raise StateForbids(state.value.lower()) from None


@dataclass(frozen=True, slots=True)
class RevisionContent:
    """The validated content of a revision."""

    title: str
    text: str
    tags: tuple[str, ...]
    product_ref: str | None
    media_ids: tuple[int, ...] = ()


_TAGS_PATH = ("content", "tags")
_JOINERS = frozenset("-_·・")


def normalise_content(
    *,
    title: str = "",
    text: str = "",
    tags: Sequence[str] = (),
    product_ref: str | None = None,
    media_ids: Sequence[int] = (),
) -> RevisionContent:
    """Return a revision's content in NFC. A draft may have an empty title and text.

    Raises InvalidInput with every part beyond its limits.
    """
    with mistakes.collect() as check:
        return RevisionContent(
            check(_normalise_title, title) if title.strip() else "",
            check(_normalise_body, text) if text.strip() else "",
            check(_normalise_tags, tags),
            None if product_ref is None else check(_normalise_product_ref, product_ref),
            check(_normalise_media_ids, media_ids),
        )


def require_complete(title: str, text: str) -> None:
    """Raise InvalidInput if the title or the text is empty. A review needs both."""
    if title.strip() and text.strip():
        return
    with mistakes.collect() as check:
        for normalise, part in ((_normalise_title, title), (_normalise_body, text)):
            if not part.strip():
                check(normalise, part)


def _normalise_title(text: str) -> str:
    return normalise_text(text, max_length=MAX_TITLE_LENGTH, path=("content", "title"))


def _normalise_body(text: str) -> str:
    return normalise_multiline_text(text, max_length=MAX_TEXT_LENGTH, path=("content", "text"))


def _normalise_product_ref(text: str) -> str:
    return normalise_text(text, max_length=MAX_PRODUCT_REF_LENGTH, path=("content", "productRef"))


def normalise_note(text: str, *, path: str) -> str:
    """Return a leader's note to an author in NFC.

    Raises InvalidInput unless it has 1 to 500 characters.
    """
    return normalise_multiline_text(text, max_length=MAX_NOTE_LENGTH, path=(path,))


def normalise_tag(text: str, *, path: tuple[str, ...] = ("tag",)) -> str:
    """Return a tag as it is compared: folded, without # around it.

    Raises InvalidInput unless it is one word of 1 to 20 characters.
    """
    text = normalise_text(fold(text).strip().strip("#"), max_length=MAX_TAG_LENGTH, path=path)
    if not (text.isalnum() or _is_word(text)):
        raise InvalidInput("tag", min=1, max=MAX_TAG_LENGTH, actual=count_characters(text), path=path)
    return text


def normalise_wanted_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags of a search. Raises InvalidInput for more than nine, or a tag that is none."""
    return list(_normalise_tags(tags, path=("tags",)))


def _is_word(text: str) -> bool:
    letters = [character for character in text if character.isalnum()]
    # A combining mark belongs to the letter before it, such as a vowel sign in Hindi.
    return bool(letters) and all(
        character.isalnum() or character in _JOINERS or unicodedata.category(character)[0] == "M" for character in text
    )


def _normalise_tags(tags: Sequence[str], *, path: tuple[str, ...] = _TAGS_PATH) -> tuple[str, ...]:
    if len(tags) > MAX_TAGS:
        raise InvalidInput("too_many_tags", max=MAX_TAGS, actual=len(tags), path=path)
    with mistakes.collect() as check:
        kept = [check(normalise_tag, text, path=(*path, str(index))) for index, text in enumerate(tags)]
    return tuple(dict.fromkeys(kept))


def _normalise_media_ids(media_ids: Sequence[int]) -> tuple[int, ...]:
    if len(media_ids) > MAX_MEDIA:
        raise InvalidInput("too_many_pictures", max=MAX_MEDIA, actual=len(media_ids), path=("content", "mediaIds"))
    return tuple(dict.fromkeys(media_ids))
