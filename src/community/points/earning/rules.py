"""Pure rules of earning: definitions, the built-in amounts, and their arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from community.kernel import periods
from community.kernel.enumerations import require_each
from community.points.earning.models import Trigger

BASE_SCORE_TOTAL = 10
"""Sum of the three scores that earns the amount itself. The highest sum is 15."""

NO_SEASON_PERCENT = 100
ROUNDING = 2
"""Version of the arithmetic, stored with the explanation of each award. Version 1 was not stored."""
_SCORE_NAMES = ("authenticity", "usefulness", "resonance")


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits of the points that one rule pays a member. None is no limit.

    Periods are those of the community's time zone.
    """

    day: int | None = None
    week: int | None = None
    month: int | None = None
    lifetime: int | None = None

    def as_dict(self) -> dict[str, int]:
        """Return the caps that are not None, by name."""
        return {part.name: value for part in fields(self) if (value := getattr(self, part.name)) is not None}


@dataclass(frozen=True, slots=True)
class Needs:
    """Conditions that a member must meet before a rule pays."""

    member_days: int = 0
    approved_submissions: int = 0
    level: int = 1


@dataclass(frozen=True, slots=True)
class Definition:
    """Definition of an earning rule.

    It pays `amount`, or the amount of the kind in `by_kind`, in proportion to the scores if `by_scores` is True.

    Scores with a sum of 10 of 15 earn the amount itself. `streaks` maps a number of days to a bonus that is paid on the
    day on which the streak reaches it.
    """

    amount: int
    by_kind: Mapping[str, int] = field(default_factory=dict)
    by_scores: bool = False
    streaks: Mapping[int, int] = field(default_factory=dict)
    caps: Caps = Caps()
    needs: Needs = Needs()
    enabled: bool = True

    def get_base(self, kind: str | None) -> int:
        """Return the amount for a kind, or the general amount."""
        return self.amount if kind is None else self.by_kind.get(kind, self.amount)

    def as_json(self) -> dict[str, Any]:
        """Return the definition in its stored form."""
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
    # Off: the scores that earn the mark have raised the award already, and leaders are not paid for speed.
    Trigger.SUBMISSION_RECOMMENDED: Definition(10, enabled=False),
    Trigger.REVIEW_DONE: Definition(2, caps=Caps(day=40), enabled=False),
    Trigger.ENDORSEMENT_RECEIVED: Definition(10, caps=Caps(month=200)),
    Trigger.ENDORSEMENT_GIVEN: Definition(5, caps=Caps(month=100)),
    Trigger.EVENT_PARTICIPATION: Definition(5, caps=Caps(month=100)),
    Trigger.EVENT_PRIZE: Definition(50, by_kind={"GOLD": 200, "SILVER": 100, "BRONZE": 50}),
    Trigger.CHECK_IN: Definition(1, streaks={7: 5, 30: 20}),
    Trigger.INVITATION: Definition(20, caps=Caps(month=200)),
    Trigger.PURCHASE: Definition(2, caps=Caps(day=10, month=60)),
    Trigger.PICK_UP: Definition(1, caps=Caps(day=3)),
    Trigger.INTERACTION: Definition(1, caps=Caps(day=5)),
    # Off: points for words invite empty ones.
    Trigger.COMMENT: Definition(1, caps=Caps(day=3, month=30), enabled=False),
}
"""Rules that apply until the operator publishes others: version 1 of every trigger."""
require_each(Trigger, BUILT_IN)


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about a thing that a rule pays for. None where there is none.

    `scores` are authenticity, usefulness and resonance. `streak` is a number of days.
    """

    kind: str | None = None
    scores: tuple[int, int, int] | None = None
    streak: int | None = None

    def as_inputs(self) -> dict[str, Any]:
        """Return the facts by name, for the explanation of an award."""
        named: dict[str, Any] = {"kind": self.kind, "streak": self.streak}
        if self.scores is not None:
            named |= dict(zip(_SCORE_NAMES, self.scores, strict=True))
        return {name: value for name, value in named.items() if value is not None}


def compute_amount(rule: Definition, facts: Facts, *, percent: int = NO_SEASON_PERCENT) -> tuple[int, dict[str, Any]]:
    """Return the points that facts earn, and inputs that explain them.

    `percent` is that of the season. `recompute_amount` returns the same amount from the inputs alone.
    """
    counted = facts if rule.by_scores else replace(facts, scores=None)
    inputs = counted.as_inputs() | {"base": rule.get_base(facts.kind)}
    bonus = 0 if facts.streak is None else rule.streaks.get(facts.streak, 0)
    if bonus:
        inputs["streak_bonus"] = bonus
    if percent != NO_SEASON_PERCENT:
        inputs["season_percent"] = percent
    return recompute_amount(inputs), inputs


def recompute_amount(inputs: Mapping[str, Any]) -> int:
    """Return the points that the inputs of an explanation earn, before caps.

    Fractions are dropped once, at the end. A base or bonus above 0 earns at least 1 point.
    """
    base, bonus = inputs["base"], inputs.get("streak_bonus", 0)
    scaled = (base * _sum_scores(inputs) + bonus * BASE_SCORE_TOTAL) * inputs.get("season_percent", NO_SEASON_PERCENT)
    return max(1, scaled // (BASE_SCORE_TOTAL * NO_SEASON_PERCENT)) if base + bonus else 0


def _sum_scores(inputs: Mapping[str, Any]) -> int:
    scores = [inputs[name] for name in _SCORE_NAMES if name in inputs]
    return sum(scores) if scores else BASE_SCORE_TOTAL


def list_explained_amounts(explanation: Mapping[str, Any]) -> frozenset[int]:
    """Return the points, before caps, that the explanation of an award allows.

    An explanation without `rounding` is older. Its amount may be rounded twice, and its scores may not have counted.
    """
    inputs = explanation["inputs"]
    if explanation.get("rounding") == ROUNDING:
        return frozenset({recompute_amount(inputs)})
    unscored = {name: value for name, value in inputs.items() if name not in _SCORE_NAMES}
    return frozenset(compute(given) for compute in (recompute_amount, _round_twice) for given in (inputs, unscored))


def _round_twice(inputs: Mapping[str, Any]) -> int:
    base, bonus = inputs["base"], inputs.get("streak_bonus", 0)
    scored = base * _sum_scores(inputs) // BASE_SCORE_TOTAL
    amount = (scored + bonus) * int(inputs.get("season_percent", NO_SEASON_PERCENT)) // NO_SEASON_PERCENT
    return max(1, amount) if base + bonus else 0


@dataclass(frozen=True, slots=True)
class EarnedByPeriod:
    """Points that a member earned by one rule in each present period."""

    day: int
    week: int
    month: int
    lifetime: int


def compute_cap_room(
    caps: Caps, earned: EarnedByPeriod, *, now: datetime, time_zone: str
) -> tuple[int | None, datetime | None]:
    """Return the points that caps still allow, and when they allow more.

    The points are None without a cap. The moment is None if points are left, or if the cap is for a lifetime.
    """
    left = {name: max(0, cap - getattr(earned, name)) for name, cap in caps.as_dict().items()}
    if not left:
        return None, None
    room_left = min(left.values())
    if room_left or left.get("lifetime") == 0:
        return room_left, None
    ends = {"day": periods.day, "week": periods.week, "month": periods.month}
    return 0, max(ends[name](now, time_zone).end for name, rest in left.items() if rest == 0)


def choose_season_percent(percents: Sequence[int]) -> int:
    """Return the highest percentage of concurrent seasons, never their product."""
    return max(percents, default=NO_SEASON_PERCENT)
