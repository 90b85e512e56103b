"""Facts that checks take, and the findings that they give. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from community.kernel.enumerations import require_each

if TYPE_CHECKING:
    from community.safety.matcher import WordMatcher


class Level(StrEnum):
    """Consequence of a finding, mildest first. MASK hides the place in what the public sees."""

    MASK = "MASK"
    REVIEW = "REVIEW"
    BLOCK = "BLOCK"


class Verdict(StrEnum):
    """Outcome of the screening, mildest first. REVIEW asks for a leader's view, BLOCK for a refusal."""

    PASS = "PASS"  # noqa: S105 - a verdict
    REVIEW = "REVIEW"
    BLOCK = "BLOCK"


VERDICTS = {Level.MASK: Verdict.PASS, Level.REVIEW: Verdict.REVIEW, Level.BLOCK: Verdict.BLOCK}
require_each(Level, VERDICTS)


class Reason(StrEnum):
    """Reason of a finding."""

    # The sentence of each is the text `screening.<REASON>`.

    LISTED_WORD = "LISTED_WORD"
    ABSOLUTE_CLAIM = "ABSOLUTE_CLAIM"
    PHONE_NUMBER = "PHONE_NUMBER"
    IDENTITY_NUMBER = "IDENTITY_NUMBER"
    BANK_CARD = "BANK_CARD"
    CONTACT_ID = "CONTACT_ID"
    NEW_MEMBER = "NEW_MEMBER"
    MANY_REFUSALS = "MANY_REFUSALS"
    TOO_MANY_WORDS = "TOO_MANY_WORDS"
    REMOVED_PICTURE = "REMOVED_PICTURE"
    KNOWN_PICTURE = "KNOWN_PICTURE"
    UNCOMPARED_PICTURE = "UNCOMPARED_PICTURE"
    PLATFORM_FOUND = "PLATFORM_FOUND"
    PLATFORM_FAILED = "PLATFORM_FAILED"
    CHECK_FAILED = "CHECK_FAILED"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a field's text, in code points. `end` is the position after it."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason for a consequence. `place` is None for a finding that is about no words."""

    level: Level
    reason: Reason
    place: Place | None = None
    figures: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The verdict that this finding alone would give."""
        return VERDICTS[self.level]

    def as_json(self) -> dict[str, Any]:
        """Return the finding as it is stored."""
        place = {} if self.place is None else asdict(self.place)
        return {"level": self.level.value, "reason": self.reason.value, "figures": dict(self.figures)} | place

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Finding:
        """Return the finding that `as_json` stored."""
        place = Place(stored["field"], stored["start"], stored["end"]) if "field" in stored else None
        return cls(Level(stored["level"]), Reason(stored["reason"]), place, stored["figures"])


def write_findings(findings: Sequence[Finding]) -> str:
    """Return findings as they are stored."""
    # A list would be an array of PostgreSQL, and no JSON.
    return json.dumps([finding.as_json() for finding in findings], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """Figures of an author in the community. `refused` counts decisions of the last 30 days."""

    member_days: int
    approved: int
    refused: int


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture that leaders got before elsewhere. `number` counts from 1."""

    number: int
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one revision. `lists` are the word lists, `author` is None if the record does not count.

    `uncompared` has the numbers of pictures whose copies are not all known.
    """

    texts: Mapping[str, str]
    lists: Sequence[WordMatcher] = ()
    author: AuthorRecord | None = None
    pictures: Sequence[KnownPicture] = ()
    uncompared: Sequence[int] = ()
