"""The explanation of an entry: its rule and figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from community.api.declare import declare_enum, field, object_type
from community.points.earning.models import Trigger
from community.points.earning.rules_in_force import SetBy
from community.points.kinds import Figure

declare_enum(
    Figure,
    name="PointsFigureName",
    values={
        "KIND": "Kind of the cause.",
        "STREAK": "Days in a row.",
        "AUTHENTICITY": "Score of authenticity.",
        "USEFULNESS": "Score of usefulness.",
        "RESONANCE": "Score of resonance.",
        "BASE": "Points of the rule for this kind.",
        "STREAK_BONUS": "Bonus for the streak.",
        "SEASON_PERCENT": "Percentage of the season.",
        "BEFORE_CAP": "Points before the limit of the rule.",
        "AWARDED": "Points of the award that was clawed back.",
        "ENDED_BEFORE": "Points of it that had expired before.",
        "BECOMES_DEBT": "Points of it that became a debt.",
        "FROZEN": "Points that were frozen.",
        "CAPTURED": "Frozen points that were spent.",
        "BECAUSE": "Reason of a return or expiry, as a code.",
        "ENDED_AT": "Time of the expiry.",
        "DEBT_LEFT": "Debt after the repayment.",
        "REFERENCE": "Reference of the service.",
    },
)
_FIGURE_NAMES = {figure.value for figure in Figure}


@object_type
class ExplanationInput:
    """A figure from which an amount was calculated."""

    name: Figure = field(description="Name of the figure.")
    value: str = field(description="Value at that time.")


@object_type
class Explanation:
    """Reasons for an amount."""

    rule: Trigger | None = field(description="Trigger of the earning rule. Null for points that were not earned.")
    version: int | None = field(description="Version of the rule at that time. Null for points that were not earned.")
    set_by: SetBy | None = field(description="Owner of the rule. Null for points that were not earned.")
    inputs: list[ExplanationInput] = field(
        description="Figures from which the amount was calculated. A leader sees only those of earned points."
    )


def build_explanation(given: Mapping[str, Any], inputs: Mapping[str, Any]) -> Explanation:
    """Return the stored explanation with these inputs. It is empty for an erased person."""
    return Explanation(
        rule=Trigger(given["rule"]) if "rule" in given else None,
        version=given.get("version"),
        set_by=SetBy(given["set_by"]) if "set_by" in given else None,
        inputs=[
            ExplanationInput(name=Figure(name), value=str(value))
            for name, value in sorted(inputs.items())
            if name in _FIGURE_NAMES  # `StatementLine.service` names the sender
        ],
    )
