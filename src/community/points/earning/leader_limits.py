"""Limits of the rules that leaders publish, relative to the operator's rules. Pure."""

from __future__ import annotations

from dataclasses import fields

from community.kernel import mistakes
from community.kernel.errors import InvalidInput, to_camel_case
from community.points.earning.rules import BASE_SCORE_TOTAL, Definition, Needs

MAX_LEADER_FACTOR = 2
"""A leader's rule pays at most this multiple of what the operator's rule pays."""

_EXTREME_SCORE_TOTALS = (None, 3, 15)
"""Score totals between which two rules can differ most: none, the lowest, the highest."""


def check_leader_limits(wanted: Definition, operators: Definition, *, switched_off: bool = False) -> None:
    """Check that a leader may publish this rule. Raises InvalidInput with every part that exceeds a limit.

    For every kind and every score a leader's rule pays at most twice as much as the operator's. The same holds for the
    bonus of each streak. Its needs are not lower. Where the operator has a cap, it has a cap that is not higher. A
    leader may switch on a rule that is off in the built-in rules, but not one that the operator has `switched_off`.
    """
    with mistakes.collect() as check:
        if switched_off and wanted.enabled:
            check.add(InvalidInput("rule_switched_off", path=("definition", "enabled")))
        for kind in [None, *{*wanted.by_kind, *operators.by_kind}]:
            if any(
                _compute_tenths(wanted, kind, total) > MAX_LEADER_FACTOR * _compute_tenths(operators, kind, total)
                for total in _EXTREME_SCORE_TOTALS
            ):
                part = ("byKind", kind) if kind is not None and kind in wanted.by_kind else ("amount",)
                check.add(InvalidInput("leader_amount", factor=MAX_LEADER_FACTOR, path=("definition", *part)))
        for days, bonus in wanted.streaks.items():
            if bonus > MAX_LEADER_FACTOR * operators.streaks.get(days, 0):
                path = ("definition", "streaks", str(days))
                check.add(InvalidInput("leader_streak", factor=MAX_LEADER_FACTOR, path=path))
        for need in fields(Needs):
            minimum = getattr(operators.needs, need.name)
            if getattr(wanted.needs, need.name) < minimum:
                path = ("definition", "needs", to_camel_case(need.name))
                check.add(InvalidInput("leader_needs", min=minimum, path=path))
        for name, maximum in operators.caps.as_dict().items():
            cap = getattr(wanted.caps, name)
            if cap is None or cap > maximum:
                check.add(InvalidInput("leader_cap", max=maximum, path=("definition", "caps", name)))


def is_leader_rule_effective(own: Definition, operators: Definition, *, switched_off: bool = False) -> bool:
    """Return True if a leader's rule is off or within the limits."""
    if not own.enabled:
        return True
    try:
        check_leader_limits(own, operators, switched_off=switched_off)
    except InvalidInput:
        return False
    return True


def _compute_tenths(rule: Definition, kind: str | None, total: int | None) -> int:
    """Return tenths of points for a score total, None without scores."""
    return rule.get_base(kind) * (total if rule.by_scores and total is not None else BASE_SCORE_TOTAL)
