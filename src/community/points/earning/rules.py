"""What is paid for what: definitions of earning rules, and the arithmetic that follows from them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from community.kernel import periods
from community.kernel.enumerations import require_each
from community.kernel.errors import InvalidInput
from community.points.earning.models import Trigger

MAX_RULE_POINTS = 10_000
MAX_LEADER_FACTOR = 2
"""A leader's rule may pay at most so many times what the operator's pays."""

_BASE_SCORE_TOTAL = 10
_EXTREME_SCORE_TOTALS = (None, 3, 15)
"""The scores between which two rules can lie furthest apart: none, the lowest, the highest."""
_SCORE_NAMES = ("authenticity", "usefulness", "resonance")
_MAX_KINDS = 50
_MAX_STREAKS = 10
_CODE = re.compile(r"[A-Z0-9_]{1,40}")
_BY_KIND = ("definition", "byKind")
_MAX_NEED = 3_650


@dataclass(frozen=True, slots=True)
class Caps:
    """The most points that a member can earn by one rule in a day, week, month of the community's, and ever."""

    day: int | None = None
    week: int | None = None
    month: int | None = None
    lifetime: int | None = None

    def as_dict(self) -> dict[str, int]:
        """Those that there are, by name."""
        return {part.name: value for part in fields(self) if (value := getattr(self, part.name)) is not None}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a member must be before a rule pays them."""

    member_days: int = 0
    approved_submissions: int = 0
    level: int = 1


@dataclass(frozen=True, slots=True)
class Definition:
    """What a rule pays: an amount, or one for the kind of the thing, in proportion to scores where it says so.

    Scores that add up to ten of fifteen earn the amount itself. A streak's bonus is paid on the day it is reached.
    """

    amount: int
    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_scores: bool = False
    streaks: Mapping[int, int] = field(default_factory=dict)
    caps: Caps = Caps()
    needs: Needs = Needs()
    enabled: bool = True

    def as_json(self) -> dict[str, Any]:
        """The definition as it is stored."""
        return {
            "amount": self.amount,
            "by_kind": dict(self.by_kind),
            "by_scores": self.by_scores,
            "streaks": {str(days): bonus for days, bonus in self.streaks.items()},
            "caps": self.caps.as_dict(),
            "needs": {part.name: getattr(self.needs, part.name) for part in fields(Needs)},
            "enabled": self.enabled,
        }


BUILT_IN: Mapping[Trigger, Definition] = {
    Trigger.SUBMISSION_APPROVED: Definition(
        10,
        by_kind={
            "PRODUCT_REVIEW": 20,
            "USAGE_TIP": 10,
            "RECIPE": 20,
            "NEIGHBOURHOOD_STORY": 15,
            "PHOTOGRAPH": 10,
            "LEADER_PLAYBOOK": 30,
        },
        by_scores=True,
    ),
    # The scores that earn the mark have raised the award already; leaders are not paid for deciding fast.
    Trigger.SUBMISSION_RECOMMENDED: Definition(10, enabled=False),
    Trigger.REVIEW_DONE: Definition(2, caps=Caps(day=40), enabled=False),
    Trigger.ENDORSEMENT_RECEIVED: Definition(10, caps=Caps(month=200)),
    Trigger.EVENT_PARTICIPATION: Definition(5, caps=Caps(month=100)),
    Trigger.EVENT_PRIZE: Definition(50, by_kind={"GOLD": 200, "SILVER": 100, "BRONZE": 50}),
    Trigger.CHECK_IN: Definition(1, streaks={7: 5, 30: 20}),
    Trigger.INVITATION: Definition(20, caps=Caps(month=200)),
    Trigger.PURCHASE: Definition(2, caps=Caps(day=10, month=60)),
    Trigger.PICK_UP: Definition(1, caps=Caps(day=3)),
    Trigger.INTERACTION: Definition(1, caps=Caps(day=5)),
}
"""What holds until an operator says otherwise: version 1 of everything."""
require_each(Trigger, BUILT_IN)


# --- what a person wrote -----------------------------------------------------------------------------------------


def parse_definition(given: Mapping[str, Any]) -> Definition:
    """A definition as it was stored or written by hand. Raises InvalidInput with the path of what cannot be meant."""
    known = {part.name for part in fields(Definition)}
    if unknown := set(given) - known:
        raise InvalidInput(f"A rule has no part {', '.join(sorted(unknown))}.", path=("definition",))
    caps = {
        name: _parse_points(value, "caps", name)
        for name, value in _parse_mapping(given, "caps", _list_field_names(Caps)).items()
    }
    needs = {
        name: _parse_whole_number(value, _MAX_NEED, "needs", _to_camel_case(name))
        for name, value in _parse_mapping(given, "needs", _list_field_names(Needs)).items()
    }
    by_kind = _parse_mapping(given, "by_kind")
    streaks = _parse_mapping(given, "streaks")
    if len(by_kind) > _MAX_KINDS or len(streaks) > _MAX_STREAKS:
        raise InvalidInput("A rule has fewer amounts than these.", path=("definition",))
    return Definition(
        _parse_points(given.get("amount"), "amount"),
        by_kind={
            validate_code(kind, path=("definition", "byKind")): _parse_points(value, "byKind", kind)
            for kind, value in by_kind.items()
        },
        by_scores=_parse_bool(given, "by_scores", default=False),
        streaks={_parse_days(days): _parse_points(bonus, "streaks", str(days)) for days, bonus in streaks.items()},
        caps=Caps(**caps),
        needs=Needs(**needs),
        enabled=_parse_bool(given, "enabled", default=True),
    )


def check_leader_limits(wanted: Definition, operators: Definition, *, switched_off: bool = False) -> None:
    """Check that a leader may publish this. Raises InvalidInput with the path of what goes too far.

    Whatever is paid for, and however it scores, it is paid at most twice what the operator's rule pays; a streak's
    bonus likewise. It needs no less, and where the operator caps, so does the leader, no looser. What is off where it
    is built in may be switched on within its amounts; what the operator has `switched_off` may not.
    """
    if switched_off and wanted.enabled:
        raise InvalidInput("The operator has switched this off.", path=("definition", "enabled"))
    for kind in [None, *{*wanted.by_kind, *operators.by_kind}]:
        if any(
            _compute_tenths(wanted, kind, total) > MAX_LEADER_FACTOR * _compute_tenths(operators, kind, total)
            for total in _EXTREME_SCORE_TOTALS
        ):
            path = ("byKind", kind) if kind is not None and kind in wanted.by_kind else ("amount",)
            raise InvalidInput(
                f"A leader's rule pays at most {MAX_LEADER_FACTOR} times what the operator's pays.",
                path=("definition", *path),
            )
    for days, bonus in wanted.streaks.items():
        if bonus > MAX_LEADER_FACTOR * operators.streaks.get(days, 0):
            raise InvalidInput(
                f"A leader's rule pays at most {MAX_LEADER_FACTOR} times the operator's bonus of that streak.",
                path=("definition", "streaks", str(days)),
            )
    for part in fields(Needs):
        if getattr(wanted.needs, part.name) < getattr(operators.needs, part.name):
            raise InvalidInput(
                "The operator's rule needs more.", path=("definition", "needs", _to_camel_case(part.name))
            )
    for name, most in operators.caps.as_dict().items():
        mine = getattr(wanted.caps, name)
        if mine is None or mine > most:
            raise InvalidInput(f"The operator's cap for this is {most}.", path=("definition", "caps", name))


def is_leader_rule_effective(own: Definition, operators: Definition, *, switched_off: bool = False) -> bool:
    """Whether a leader's rule counts beside what the operator's is by now: within the limits, or off, it does."""
    if not own.enabled:
        return True
    try:
        check_leader_limits(own, operators, switched_off=switched_off)
    except InvalidInput:
        return False
    return True


def _compute_tenths(rule: Definition, kind: str | None, total: int | None) -> int:
    """What a rule pays in tenths, for three scores of that total or for what has none."""
    base = rule.amount if kind is None else rule.by_kind.get(kind, rule.amount)
    return base * (total if rule.by_scores and total is not None else _BASE_SCORE_TOTAL)


def _list_field_names(of: type) -> set[str]:
    return {part.name for part in fields(of)}


def _parse_mapping(given: Mapping[str, Any], name: str, known: set[str] | None = None) -> dict[str, Any]:
    value = given.get(name) or {}
    if not isinstance(value, Mapping) or (known is not None and set(value) - known):
        raise InvalidInput("This is not what the rule has there.", path=("definition", _to_camel_case(name)))
    return {str(key): one for key, one in value.items() if one is not None}


def _parse_bool(given: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInput("This is true or false.", path=("definition", _to_camel_case(name)))
    return value


def _to_camel_case(name: str) -> str:
    """A part's name as the graph spells it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _parse_points(value: Any, *path: str) -> int:
    return _parse_whole_number(value, MAX_RULE_POINTS, *path)


def _parse_whole_number(value: Any, most: int, *path: str) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise InvalidInput(f"This is a whole number from 0 to {most}.", path=("definition", *path))
    return value


def validate_code(text: str, *, path: tuple[str, ...]) -> str:
    """The code of a kind of thing: capitals, digits and low lines, no word about a person. Raises InvalidInput."""
    if not _CODE.fullmatch(text):
        raise InvalidInput("A kind is a code of 1 to 40 capitals, digits and low lines, such as PICK_UP.", path=path)
    return text


def _parse_days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3_650:  # noqa: PLR2004 - ten years
        raise InvalidInput("A streak has 1 to 3650 days.", path=("definition", "streaks"))
    return int(text)


# --- what follows from it ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule is given: the kind of the thing, its three scores, the length of a streak; None for what is not."""

    kind: str | None = None
    scores: tuple[int, int, int] | None = None
    streak: int | None = None

    def as_inputs(self) -> dict[str, Any]:
        """The facts by name, for the explanation of an award."""
        named: dict[str, Any] = {"kind": self.kind, "streak": self.streak}
        if self.scores is not None:
            named |= dict(zip(_SCORE_NAMES, self.scores, strict=True))
        return {name: value for name, value in named.items() if value is not None}


def compute_amount(rule: Definition, facts: Facts, *, percent: int = 100) -> tuple[int, dict[str, Any]]:
    """What the facts earn by a rule in a season of so many percent, and what it was reckoned from.

    Fractions are dropped; what is worth anything earns at least 1.
    """
    base = rule.amount if facts.kind is None else rule.by_kind.get(facts.kind, rule.amount)
    amount = base
    if rule.by_scores and facts.scores is not None:
        amount = amount * sum(facts.scores) // _BASE_SCORE_TOTAL
    bonus = 0 if facts.streak is None else rule.streaks.get(facts.streak, 0)
    amount = (amount + bonus) * percent // 100
    inputs = facts.as_inputs() | {"base": base}
    if bonus:
        inputs["streak_bonus"] = bonus
    if percent != 100:  # noqa: PLR2004 - no season
        inputs["season_percent"] = percent
    return (max(1, amount) if base + bonus else 0), inputs


@dataclass(frozen=True, slots=True)
class EarnedByPeriod:
    """What a member has earned by one rule, in the time that each cap counts."""

    day: int
    week: int
    month: int
    lifetime: int


def compute_cap_room(
    caps: Caps, earned: EarnedByPeriod, *, now: datetime, time_zone: str
) -> tuple[int | None, datetime | None]:
    """How many points may still be earned (None: any number), and when more may, if none may now.

    None for the moment means never: the cap is for a lifetime.
    """
    left = {name: max(0, most - getattr(earned, name)) for name, most in caps.as_dict().items()}
    if not left:
        return None, None
    room_left = min(left.values())
    if room_left or left.get("lifetime") == 0:
        return room_left, None
    ends = {"day": periods.day, "week": periods.week, "month": periods.month}
    return 0, max(ends[name](now, time_zone).end for name, rest in left.items() if rest == 0)


def choose_season_percent(percents: Sequence[int]) -> int:
    """The percentage of the seasons that hold at once: the highest, never their product."""
    return max(percents, default=100)
