"""Figures by which the entries of each formula are ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from community.events import jury_queries
from community.events.contents import EventRules
from community.events.kinds import Formula
from community.events.rows import EventRow
from community.events.rules import JuryPoints, combine_scores
from community.events.tasks import queries
from community.events.tasks.rules import find_longest_streak

TIES: Mapping[Formula, str] = {
    Formula.DAYS: "LONGEST_STREAK_THEN_EARLIER_ENTRY",
    Formula.RIGHT: "FEWER_TRIES_THEN_EARLIER_ENTRY",
}
"""The published tie rule of each formula. That of the others is EARLIER_ENTRY."""


async def count_figures(event: EventRow, votes: Mapping[int, int]) -> tuple[Formula, dict[int, dict[str, int]]]:
    """Return the formula of the result, and the figures of each entry.

    Most formulas have none. `votes` has the votes of each entry. They decide alone if an entry has fewer jurors than
    the quorum.
    """
    if event.formula is Formula.VOTES_AND_JURY:
        scores = _combine(event.conditions, votes, await jury_queries.sum_points(event.id))
        return (event.formula if scores else Formula.VOTES), {
            entry: {"score": score} for entry, score in scores.items()
        }
    return event.formula, await _count_tasks(event, list(votes))


def _combine(conditions: EventRules, votes: Mapping[int, int], points: Mapping[int, JuryPoints]) -> dict[int, int]:
    assert conditions.jury_weight is not None
    assert conditions.jury_quorum is not None
    return combine_scores(
        votes, points, weight=conditions.jury_weight, quorum=conditions.jury_quorum,
        criteria=len(conditions.jury_criteria),
    )  # fmt: skip


async def _count_tasks(event: EventRow, entry_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    if event.formula is Formula.DAYS:
        days = await queries.list_counted_days(event.id)
        return {
            entry: {"days": len(days.get(entry, [])), "longest_streak": find_longest_streak(days.get(entry, []))}
            for entry in entry_ids
        }
    if event.formula is Formula.RIGHT:
        tries = await queries.count_tries(event.id)
        none = queries.TriesRow(0, 0, 0)
        return {
            entry: {"right": tries.get(entry, none).right_answers, "tries": tries.get(entry, none).tries}
            for entry in entry_ids
        }
    return {}


def make_key(figures: Mapping[str, int]) -> tuple[int, ...]:
    """Return the key by which figures are compared. The highest comes first."""
    if "score" in figures:
        return (figures["score"],)
    if "days" in figures:
        return figures["days"], figures["longest_streak"]
    return (figures["right"], -figures["tries"]) if "right" in figures else (0,)
