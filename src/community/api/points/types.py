"""The points bank as the graph shows it to an account's owner."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.declare import enumeration, field, object_type
from community.points.models import EntryKind
from community.points.queries import StatementRow

enumeration(
    EntryKind,
    name="JournalEntryKind",
    values={"AWARD": "Points earned."},
)


@object_type
class ExplanationInput:
    """One thing that an amount was reckoned from."""

    name: str = field(description="What it is.")
    value: str = field(description="What it was.")


@object_type
class Explanation:
    """Why an amount is what it is."""

    rule: str = field(description="The earning rule.")
    version: int = field(description="The rule's version at that time.")
    inputs: list[ExplanationInput] = field(description="What the rule was given.")


@object_type
class StatementLine:
    """One movement of my points."""

    id: strawberry.ID = field(description="Its id.")
    kind: EntryKind = field(description="Why points moved.")
    amount: int = field(description="How many points came in; negative when they went out.")
    balance: int = field(description="What the account held after it.")
    explanation: Explanation = field(description="By which rule, and from what.")
    created_at: datetime = field(description="When.")

    @classmethod
    def of(cls, row: StatementRow) -> StatementLine:
        """The line of a row."""
        given = row.explanation
        inputs = [ExplanationInput(name=name, value=str(value)) for name, value in given["inputs"].items()]
        return cls(
            id=ids.encode("StatementLine", row.id),
            kind=row.kind,
            amount=row.amount,
            balance=row.balance,
            explanation=Explanation(rule=given["rule"], version=given["version"], inputs=inputs),
            created_at=row.created_at,
        )
