"""Content of an event: words, dates and rules, with their checks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from community.events.kinds import DATES, KINDS, EventKind, EventState, Formula, JuryCriterion, PrizeTier, TakingPart
from community.kernel import mistakes
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_multiline_text, normalise_text
from community.submissions.models import SubmissionKind

MAX_TITLE_LENGTH = 60
MAX_TEXT_LENGTH = 2_000
MAX_EVENT_DAYS = 366
MAX_ENTRIES_PER_MEMBER = 9
MAX_PIXELS = 10_000
MAX_VOTES = 1_000
MAX_PRIZES = 100
MAX_PLACES = 2_000
MAX_MAKE_UP_DAYS = 31
MAX_TRIES = 10
MAX_PAID_ANSWERS = 1_000
MAX_QUORUM = 10
MAX_DRAWN_VALUE = 50_000
"""Largest value of a prize that is drawn, in yuan. The law against unfair competition has this limit."""


@dataclass(frozen=True, slots=True)
class EventRules:
    """Conditions of entries and votes, and numbers of prizes. None does not limit.

    `min_pixels` is the least length of a picture's longer side. Pictures are captured from `captured_from` to
    `captured_until`, both included. `only_new` asks for pictures that were not published before the event opened. Days
    are those of the community. Who enters has been a member since `entrant_since`, and who votes since `voter_since`.
    `drawn_prizes` are drawn among the others, and one is worth up to `drawn_value` yuan. Each prize of a tier gives a
    piece of the tier's reward, and a badge if `badge_tiers` has the tier.
    An activity begins at `starts_at`, and has `capacity` places. In a check-in challenge a member may check in later
    for `make_up_days` days. Each member has `tries` for each question of riddles, and its first `paid_answers` right
    answers are paid. A jury scores each criterion of `jury_criteria`. It
    has `jury_weight` per cent of the result, if every entry has the scores of `jury_quorum` jurors.
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
    drawn_prizes: int = 0
    drawn_value: int | None = None
    gold_reward_id: int | None = None
    silver_reward_id: int | None = None
    bronze_reward_id: int | None = None
    drawn_reward_id: int | None = None
    badge_tiers: tuple[PrizeTier, ...] = ()
    capacity: int | None = None
    starts_at: datetime | None = None
    needs_submission: bool = False
    make_up_days: int = 0
    tries: int = 1
    paid_answers: int = 0
    jury_criteria: tuple[JuryCriterion, ...] = ()
    jury_weight: int | None = None
    jury_quorum: int | None = None

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
        given["jury_criteria"] = tuple(map(JuryCriterion, given["jury_criteria"]))
        given["badge_tiers"] = tuple(map(PrizeTier, given["badge_tiers"]))
        return cls(**given)

    @property
    def tiers(self) -> list[PrizeTier]:
        """The tier of each prize by place, the highest first."""
        numbers = (self.gold_prizes, self.silver_prizes, self.bronze_prizes)
        ranked = (PrizeTier.GOLD, PrizeTier.SILVER, PrizeTier.BRONZE)
        return [tier for tier, number in zip(ranked, numbers, strict=True) for _ in range(number)]

    @property
    def rewards(self) -> dict[PrizeTier, int]:
        """The reward of each tier that has one."""
        found = {tier: getattr(self, f"{tier.value.lower()}_reward_id") for tier in PrizeTier}
        return {tier: reward_id for tier, reward_id in found.items() if reward_id is not None}


_DAYS = frozenset({"captured_from", "captured_until", "entrant_since", "voter_since"})
_LIMITS = {
    "entries_per_member": (1, MAX_ENTRIES_PER_MEMBER),
    "min_pixels": (1, MAX_PIXELS),
    "votes_per_day": (1, MAX_VOTES),
    "votes_in_total": (1, MAX_VOTES),
    "gold_prizes": (0, MAX_PRIZES),
    "silver_prizes": (0, MAX_PRIZES),
    "bronze_prizes": (0, MAX_PRIZES),
    "drawn_prizes": (0, MAX_PRIZES),
    "drawn_value": (1, MAX_DRAWN_VALUE),
    "capacity": (1, MAX_PLACES),
    "make_up_days": (0, MAX_MAKE_UP_DAYS),
    "tries": (1, MAX_TRIES),
    "paid_answers": (0, MAX_PAID_ANSWERS),
    "jury_weight": (1, 100),
    "jury_quorum": (1, MAX_QUORUM),
}
_OF_ONE_WAY = {
    "capacity": TakingPart.PLACES,
    "starts_at": TakingPart.PLACES,
    "needs_submission": TakingPart.CHECK_INS,
    "make_up_days": TakingPart.CHECK_INS,
    "tries": TakingPart.ANSWERS,
    "paid_answers": TakingPart.ANSWERS,
}
"""The rules that only events have in which members take part in this way."""


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
        check(_validate_way, KINDS[kind].takes, content)
        check(_validate_rules, content.rules)
        check(_validate_jury, kind, content)
    return replace(content, title=title, text=text)


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


def _validate_way(takes: TakingPart, content: EventContent) -> None:
    begins = content.rules.starts_at
    with mistakes.collect() as check:
        for name, way in _OF_ONE_WAY.items():
            if way is not takes and getattr(content.rules, name) != getattr(EventRules(), name):
                check.add(InvalidInput("event_rule_unused", path=_get_path(name)))
        if takes is TakingPart.PLACES:
            if begins is None:
                check.add(InvalidInput("event_date_missing", path=_get_path("starts_at")))
            elif not content.opens_at < begins < content.closes_at:
                check.add(InvalidInput("event_date_order", path=_get_path("starts_at")))


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
        if (rules.drawn_prizes > 0) != (rules.drawn_value is not None):
            check.add(InvalidInput("event_draw_value", max=MAX_DRAWN_VALUE, path=_get_path("drawn_value")))
        for tier in PrizeTier:
            name = tier.value.lower()
            if getattr(rules, f"{name}_prizes") == 0 and tier in rules.rewards:
                check.add(InvalidInput("event_prize_unused", path=_get_path(f"{name}_reward_id")))
        if len(set(rules.badge_tiers)) < len(rules.badge_tiers) or any(
            getattr(rules, f"{tier.value.lower()}_prizes") == 0 for tier in rules.badge_tiers
        ):
            check.add(InvalidInput("event_prize_unused", path=_get_path("badge_tiers")))
        if rules.votes_per_day > rules.votes_in_total:
            check.add(InvalidInput("event_votes", path=_get_path("votes_in_total")))
        if rules.captured_from and rules.captured_until and rules.captured_until < rules.captured_from:
            check.add(InvalidInput("event_captured", path=_get_path("captured_until")))


def _validate_jury(kind: EventKind, content: EventContent) -> None:
    """Check the rules of a jury. Only a kind with a vote has one, and it needs a time to judge."""
    rules, path = content.rules, _get_path("jury_criteria")
    with mistakes.collect() as check:
        if KINDS[kind].formula is not Formula.VOTES and rules.jury_criteria:
            check.add(InvalidInput("event_rule_unused", path=path))
        if len(set(rules.jury_criteria)) < len(rules.jury_criteria):
            check.add(InvalidInput("event_criteria", path=path))
        for name in ("jury_weight", "jury_quorum"):
            if (getattr(rules, name) is None) is bool(rules.jury_criteria):
                check.add(InvalidInput("event_jury", path=_get_path(name)))
        if rules.jury_criteria and content.judging_at is None:
            check.add(InvalidInput("event_date_missing", path=("content", "judgingAt")))


def _get_path(name: str) -> tuple[str, ...]:
    head, *rest = name.split("_")
    return ("content", "rules", head + "".join(word.capitalize() for word in rest))
