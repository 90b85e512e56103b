"""Types of word lists, and of what the screening finds."""

from __future__ import annotations

from functools import partial

import strawberry

from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query, type_over
from community.api.edge.document_measure import LONG_TEXT
from community.api.edge.languages import get_language
from community.api.nodes import Node, found_by, get_member_of
from community.safety import lists
from community.safety.entries import Word, WordEntries
from community.safety.facts import Finding, Level, Reason, Verdict
from community.safety.lists import WordListRow
from community.safety.preview import Preview
from community.texts import translate

_LIST_COST = 50
"""A list has up to 2,000 words."""

declare_enum(
    Level,
    name="ScreeningLevel",
    values={
        "MASK": "The public sees stars in its place.",
        "REVIEW": "A leader looks at it.",
        "BLOCK": "It is not published.",
    },
)
declare_enum(
    Verdict,
    name="ScreeningVerdict",
    values={
        "PASS": "Nothing was found, or only places that are masked.",
        "REVIEW": "A leader looks at it.",
        "BLOCK": "It is not published.",
    },
)
declare_enum(
    Reason,
    name="ScreeningReason",
    values={
        "LISTED_WORD": "A word of a list.",
        "ABSOLUTE_CLAIM": "An absolute claim of an advertisement.",
        "PHONE_NUMBER": "A telephone number.",
        "IDENTITY_NUMBER": "An identity number with a valid check digit.",
        "BANK_CARD": "A bank card number with a valid check digit.",
        "CONTACT_ID": "An id for WeChat or QQ.",
        "NEW_MEMBER": "The author is new and has no approved submission.",
        "MANY_REFUSALS": "Submissions of the author were often refused lately.",
        "TOO_MANY_WORDS": "More listed words than are shown.",
        "REMOVED_PICTURE": "A copy of a picture that a leader removed.",
        "KNOWN_PICTURE": "A copy of a picture that leaders got before with another submission.",
        "UNCOMPARED_PICTURE": "A picture that has too many near ones, so that copies of it may be unknown.",
        "PLATFORM_FOUND": "The check by WeChat found harm.",
        "PLATFORM_FAILED": "The check by WeChat failed, or gave no clear answer.",
        "CHECK_FAILED": "A check failed, or did not end in time.",
    },
)


@type_over(Word)
class ListedWord:
    """A word of a list. It is also found in disguise: other width, case or forms, and with something in between."""

    level = field(description="Consequence.")
    category = field(description="Category, 1 to 20 characters.")
    by_sound = field(description="True if words that sound alike and its Pinyin are found too.")
    by_initials = field(description="True if the initials of its Pinyin are found too.")

    @query
    def word(row: strawberry.Parent[Word]) -> str:
        """Word, 1 to 40 characters."""
        return row.text


async def _load_entries(rows: list[WordListRow], info: Info) -> list[WordEntries]:
    del info
    return await lists.get_entries([row.id for row in rows])


@type_over(WordListRow)
class WordList(Node):
    """词表: one edition of a community's word list."""

    version = field(description="Version, which rises with each edition.")
    word_count = field(description="Number of words.")
    exception_count = field(description="Number of exceptions.")
    created_at = field(description="Time of publication.")

    @partial(batched, cost=_LIST_COST)
    async def words(rows: list[WordListRow], info: Info) -> list[list[Word]]:
        """Words, at most 2000 with the exceptions."""
        return [list(found.words) for found in await info.context.load_once(_load_entries, rows, info)]

    @partial(batched, cost=_LIST_COST)
    async def exceptions(rows: list[WordListRow], info: Info) -> list[list[str]]:
        """Harmless longer words. A listed word inside one does not count."""
        return [list(found.exceptions) for found in await info.context.load_once(_load_entries, rows, info)]


@found_by(WordListRow)
async def find_word_list(number: int, info: Info) -> WordListRow | None:
    """Return the edition for a leader of its community, or None. Raises NotAMember, LeadersOnly."""
    return await lists.find_edition(await get_member_of(WordListRow, number, info), number)


@object_type
class ScreeningFinding:
    """机审发现: what a check found, and where."""

    level: Level = field(description="Consequence.")
    reason: Reason = field(description="Reason, for programs.")
    message: str = field(description="Sentence to show, in the language of the request.")
    field_name: str | None = field(name="field", description="Field of the text. Null if it is about no words.")
    start: int | None = field(description="Position of its first code point. Null if it is about no words.")
    end: int | None = field(description="Position after its last code point. Null if it is about no words.")
    category: str | None = field(description="Category of the listed word. Null for other reasons.")

    @classmethod
    def of(cls, finding: Finding) -> ScreeningFinding:
        """Return a finding as the graph shows it."""
        place, category = finding.place, finding.figures.get("category")
        return cls(
            level=finding.level,
            reason=finding.reason,
            message=translate(f"screening.{finding.reason.value}", get_language(), **finding.figures),
            field_name=None if place is None else place.field,
            start=None if place is None else place.start,
            end=None if place is None else place.end,
            category=None if category is None else str(category),
        )


@type_over(Preview)
class ScreeningPreview:
    """Result of the screening of a text that is not stored."""

    text = field(description="Text that was checked. Positions are those of its code points.", metadata=LONG_TEXT)
    public_text = field(
        description="Text as the public would see it, with a star for each masked character.", metadata=LONG_TEXT
    )

    @query
    def verdict(row: strawberry.Parent[Preview]) -> Verdict:
        """Worst verdict of the findings."""
        return row.screening.verdict

    @query
    def findings(row: strawberry.Parent[Preview]) -> list[ScreeningFinding]:
        """Findings, in the order of the checks."""
        return [ScreeningFinding.of(finding) for finding in row.screening.findings]
