"""Rules of events: contents, phases and the result. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from community.events.kinds import DATES, ENDED, KINDS, EventKind, EventPart, EventState, Formula, PrizeTier
from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_multiline_text, normalise_text
from community.submissions.models import SubmissionKind

MAX_TITLE_LENGTH = 60
MAX_TEXT_LENGTH = 2_000
MAX_REASON_LENGTH = 500
MAX_EVENT_DAYS = 366
MAX_ENTRIES_PER_MEMBER = 9
MAX_ENTRIES = 2_000
MAX_PIXELS = 10_000
MAX_VOTES = 1_000
MAX_PRIZES = 100
MAX_PLACES = 2_000
_PRIME = 2**31 - 1
SHUFFLE_RANGE = _PRIME
"""Upper end of the random number of an entry. Its order is computed modulo this prime number."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """Conditions of entries and votes, and numbers of prizes. None does not limit.

    `min_pixels` is the least length of a picture's longer side. Pictures are captured from `captured_from` to
    `captured_until`, both included. `only_new` asks for pictures that were not published before the event opened. Days
    are those of the community. Who enters has been a member since `entrant_since`, and who votes since `voter_since`.
    An activity begins at `starts_at`, and has `capacity` places.
    """

    submission_kinds: tuple[SubmissionKind, ...] = ()
    entries_per_member: int = 1
    min_pixels: int | None = None
    captured_from: date | None = None
    captured_until: date | None = None
    only_new: bool = False
    entrant_since: date | None = None
    voter_since: date | None = None
    votes_per_day: int = 1
    votes_in_total: int = 1
    gold_prizes: int = 0
    silver_prizes: int = 0
    bronze_prizes: int = 0
    capacity: int | None = None
    starts_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the rules in their stored form."""
        return {
            name: value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> EventRules:
        """Return the rules from their stored form."""
        given: dict[str, Any] = {}
        for part in fields(cls):
            value = stored.get(part.name, part.default)
            if value is not None and part.name in _DAYS:
                value = date.fromisoformat(value)
            given[part.name] = datetime.fromisoformat(value) if value and part.name == "starts_at" else value
        given["submission_kinds"] = tuple(map(SubmissionKind, given["submission_kinds"]))
        return cls(**given)

    @property
    def tiers(self) -> list[PrizeTier]:
        """The tier of each prize, the highest first."""
        numbers = (self.gold_prizes, self.silver_prizes, self.bronze_prizes)
        return [tier for tier, number in zip(PrizeTier, numbers, strict=True) for _ in range(number)]


_DAYS = frozenset({"captured_from", "captured_until", "entrant_since", "voter_since"})
_LIMITS = {
    "entries_per_member": (1, MAX_ENTRIES_PER_MEMBER),
    "min_pixels": (1, MAX_PIXELS),
    "votes_per_day": (1, MAX_VOTES),
    "votes_in_total": (1, MAX_VOTES),
    "gold_prizes": (0, MAX_PRIZES),
    "silver_prizes": (0, MAX_PRIZES),
    "bronze_prizes": (0, MAX_PRIZES),
    "capacity": (1, MAX_PLACES),
}


@dataclass(frozen=True, slots=True)
class EventContent:
    """Words, dates and rules of an event."""

    title: str
    text: str
    opens_at: datetime
    closes_at: datetime
    voting_at: datetime | None = None
    judging_at: datetime | None = None
    rules: EventRules = EventRules()

    @property
    def dates(self) -> dict[EventState, datetime | None]:
        """The date of each phase, in their order."""
        return {state: getattr(self, column) for state, column in DATES.items()}


def normalise_event(kind: EventKind, content: EventContent) -> EventContent:
    """Return the checked content of an event. Raises InvalidInput with all mistakes."""
    with mistakes.collect() as check:
        title = check(normalise_text, content.title, max_length=MAX_TITLE_LENGTH, path=("content", "title"))
        text = check(normalise_multiline_text, content.text, max_length=MAX_TEXT_LENGTH, path=("content", "text"))
        check(_validate_dates, kind, content)
        check(_validate_places, kind, content)
        check(_validate_rules, content.rules)
    return EventContent(
        title, text, content.opens_at, content.closes_at, content.voting_at, content.judging_at, content.rules
    )


def normalise_reason(text: str) -> str:
    """Return the reason of a disqualification. Raises InvalidInput."""
    return normalise_multiline_text(text, max_length=MAX_REASON_LENGTH, path=("reason",))


def _validate_dates(kind: EventKind, content: EventContent) -> None:
    phases = KINDS[kind]
    with mistakes.collect() as check:
        last: datetime | None = None
        for state, at in content.dates.items():
            path = ("content", _PATHS[state])
            if at is None:
                if state in phases.needs:
                    check.add(InvalidInput("event_date_missing", path=path))
            elif state not in phases.needs | phases.optional:
                check.add(InvalidInput("event_date_unused", path=path))
            elif last is not None and at <= last:
                check.add(InvalidInput("event_date_order", path=path))
            last = at or last
        if content.closes_at - content.opens_at > timedelta(days=MAX_EVENT_DAYS):
            check.add(InvalidInput("event_length", max=MAX_EVENT_DAYS, path=("content", "closesAt")))


def _validate_places(kind: EventKind, content: EventContent) -> None:
    begins, has_places = content.rules.starts_at, KINDS[kind].has_places
    with mistakes.collect() as check:
        path = _get_path("starts_at")
        if begins is None and has_places:
            check.add(InvalidInput("event_date_missing", path=path))
        elif begins is not None and not has_places:
            check.add(InvalidInput("event_date_unused", path=path))
        elif begins is not None and not content.opens_at < begins < content.closes_at:
            check.add(InvalidInput("event_date_order", path=path))
        if content.rules.capacity is not None and not has_places:
            check.add(InvalidInput("event_places", path=_get_path("capacity")))


_PATHS = {
    EventState.OPEN: "opensAt",
    EventState.VOTING: "votingAt",
    EventState.JUDGING: "judgingAt",
    EventState.CLOSED: "closesAt",
}


def _validate_rules(rules: EventRules) -> None:
    with mistakes.collect() as check:
        if len(set(rules.submission_kinds)) < len(rules.submission_kinds):
            check.add(InvalidInput("event_kinds", path=("content", "rules", "submissionKinds")))
        for name, (least, most) in _LIMITS.items():
            value = getattr(rules, name)
            if value is not None and not least <= value <= most:
                check.add(InvalidInput("event_number", min=least, max=most, actual=value, path=_get_path(name)))
        if rules.votes_per_day > rules.votes_in_total:
            check.add(InvalidInput("event_votes", path=_get_path("votes_in_total")))
        if rules.captured_from and rules.captured_until and rules.captured_until < rules.captured_from:
            check.add(InvalidInput("event_captured", path=_get_path("captured_until")))


def _get_path(name: str) -> tuple[str, ...]:
    head, *rest = name.split("_")
    return ("content", "rules", head + "".join(word.capitalize() for word in rest))


def list_frozen(state: EventState, *, has_entry: bool) -> list[EventPart]:
    """Return the parts that no longer change.

    Rules freeze with the first entry, and the date of a phase when it begins. From the voting on no date changes.
    """
    if state in ENDED:
        return list(EventPart)
    order = list(DATES)
    reached = order.index(state) if state in order else -1
    if reached >= order.index(EventState.VOTING):
        return [part for part in EventPart if part is not EventPart.WORDS]
    frozen = [EventPart.RULES] if has_entry else []
    return frozen + ([EventPart.OPENS_AT] if has_entry or reached >= 0 else [])


def find_next(state: EventState, dates: Mapping[EventState, datetime]) -> EventState | None:
    """Return the next phase of the event, or None after the last."""
    if state in ENDED:
        return None
    order = list(DATES)
    start = order.index(state) + 1 if state in order else 0
    return next(phase for phase in order[start:] if phase in dates)


def find_previous(state: EventState, dates: Mapping[EventState, datetime]) -> EventState | None:
    """Return the phase before this one, or None where no way leads back.

    A draft has none before it, and neither has a phase from the judging on.
    """
    if state is EventState.ANNOUNCED:
        return EventState.DRAFT
    if state is EventState.OPEN:
        return EventState.ANNOUNCED
    return EventState.OPEN if state is EventState.VOTING and EventState.OPEN in dates else None


@dataclass(frozen=True, slots=True)
class Counted:
    """An entry with what its place depends on."""

    entry_id: int
    membership_id: int
    votes: int
    tier: PrizeTier | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place and prize."""

    entry_id: int
    membership_id: int
    votes: int
    place: int
    prize: PrizeTier | None


def rank_entries(formula: Formula, entries: Sequence[Counted], tiers: Sequence[PrizeTier]) -> list[Placed]:
    """Return the entries by place, with their prizes.

    More votes come first, and of equal votes the earlier entry. One member gets one prize, for the best entry. An entry
    without votes gets none. Where leaders pick, the picked tiers are the prizes.
    """
    if formula is Formula.PICKED:
        order = list(PrizeTier)
        found = sorted(entries, key=lambda one: (order.index(one.tier) if one.tier else len(order), one.entry_id))
        return [Placed(one.entry_id, one.membership_id, 0, place, one.tier) for place, one in enumerate(found, 1)]
    left, winners, placed = list(tiers), set(), []
    for place, one in enumerate(sorted(entries, key=lambda one: (-one.votes, one.entry_id)), 1):
        wins = bool(left) and one.votes > 0 and one.membership_id not in winners
        prize = left.pop(0) if wins else None
        if wins:
            winners.add(one.membership_id)
        placed.append(Placed(one.entry_id, one.membership_id, one.votes, place, prize))
    return placed


def count_tiers(tiers: Sequence[PrizeTier]) -> Counter[PrizeTier]:
    """Return the number of prizes of each tier."""
    return Counter(tiers)


def encode_document(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return a document as canonical JSON, and its SHA-256."""
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def compute_order(event_id: int, viewer_id: int) -> tuple[int, int]:
    """Return the factor and summand that shuffle an event's entries for one viewer."""
    seed = hashlib.sha256(f"{event_id}:{viewer_id}".encode()).digest()
    first, second = (int.from_bytes(seed[start : start + 8]) for start in (0, 8))
    return 1 + first % (_PRIME - 1), second % _PRIME
