"""The points bank as the graph shows it: an account, its statement, what ends when, frozen points, corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from community.api import ids
from community.api.amounts import Points, to_points_or_none
from community.api.communities.types import Member, load_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query
from community.communities.service_tokens import list_names as service_names
from community.points import queries, rules
from community.points.adjustments import AdjustmentRow
from community.points.earning.queries import Cause, list_causes
from community.points.holds import HoldRow
from community.points.idempotent import SENDER
from community.points.models import AdjustmentState, EntryKind, HoldState
from community.points.queries import AccountRow, EndingRow, StatementRow

declare_enum(
    EntryKind,
    name="JournalEntryKind",
    values={
        "AWARD": "Points earned.",
        "SPEND": "Points spent.",
        "REFUND": "What was spent came back, to the lots it had come from.",
        "HOLD": "Points were frozen.",
        "CAPTURE": "What was frozen was spent.",
        "RELEASE": "What was frozen came back, to the lots it had come from.",
        "EXPIRY": "Points ended.",
        "CLAW_BACK": "What had been awarded was taken back.",
        "REPAYMENT": "A debt was repaid.",
        "ADJUSTMENT": "A leader or the operator corrected the account.",
    },
)
declare_enum(
    HoldState,
    name="PointsHoldState",
    values={
        "OPEN": "Frozen.",
        "CAPTURED": "Spent, all of it or a part; the rest came back.",
        "RELEASED": "Given back.",
        "TIMED_OUT": "Given back because nobody resolved it in time.",
    },
)
declare_enum(
    AdjustmentState,
    name="AdjustmentState",
    values={"PENDING": "Waits for a second person.", "MADE": "Done.", "DECLINED": "Left undone, for good."},
)


@object_type
class ExplanationInput:
    """One thing that an amount was reckoned from."""

    name: str = field(description="What it is.")
    value: str = field(description="What it was.")


@object_type
class Explanation:
    """Why an amount is what it is."""

    rule: str | None = field(description="The earning rule's trigger; null for what was not earned.")
    version: int | None = field(description="The rule's version at that time.")
    set_by: str | None = field(description="Whose rule it was: BUILT_IN, OPERATOR, OPERATOR_HERE or COMMUNITY.")
    inputs: list[ExplanationInput] = field(description="What the amount was reckoned from.")

    @classmethod
    def of(cls, given: dict[str, Any], *, private: bool) -> Explanation:
        """An entry's explanation; `private` leaves out what only the account's owner should read."""
        inputs = {} if private and "rule" not in given else given.get("inputs", {})
        return cls(
            rule=given.get("rule"),
            version=given.get("version"),
            set_by=given.get("set_by"),
            inputs=[
                ExplanationInput(name=name, value=str(value))
                for name, value in sorted(inputs.items())
                if name != SENDER  # the line shows it by name
            ],
        )


@object_type
class StatementLine:
    """One movement of a member's points. A leader sees amounts and rules, not what a service said of a purchase."""

    row: strawberry.Private[StatementRow]
    private: strawberry.Private[bool]
    id: strawberry.ID = field(description="Its id.")
    movement_id: strawberry.ID = field(description="The id of the deed that moved the points, as a service knows it.")
    kind: EntryKind = field(description="Why points moved.")
    amount: Points = field(description="How many points came in; negative when they went out.")
    balance: Points = field(description="What the account held after it.")
    debt: Points = field(description="How much it added to what I owe; negative when it repaid some of it.")
    explanation: Explanation = field(description="By which rule, and from what.")
    about: strawberry.ID | None = field(description="The deed that this one gives back, takes back or resolves.")
    created_at: datetime = field(description="When.")

    @classmethod
    def of(cls, row: StatementRow, *, private: bool = False) -> StatementLine:
        """The line of a row; `private` when it is somebody else's account."""
        return cls(
            row=row,
            private=private,
            id=ids.encode("StatementLine", row.id),
            movement_id=ids.encode("Movement", row.entry_id),
            kind=row.kind,
            amount=Points(row.amount),
            balance=Points(row.balance),
            debt=Points(row.debt),
            explanation=Explanation.of(row.explanation, private=private),
            about=None if row.about_id is None else ids.encode("Movement", row.about_id),
            created_at=row.created_at,
        )

    @batched
    async def reason(parents: list[StatementLine], info: Info) -> list[str | None]:  # noqa: N805 - the parents, all at once
        """Why the account was corrected by hand; null for every other line."""
        del info
        return await queries.list_adjustment_reasons([parent.row for parent in parents])

    @batched
    async def cause(parents: list[StatementLine], info: Info) -> list[PointsCause | None]:  # noqa: N805
        """What it was earned or taken back for; null for what was not earned."""
        del info
        found = await list_causes([parent.row.entry_id for parent in parents])
        return [
            None if cause is None else PointsCause.of(cause, private=parent.private)
            for parent, cause in zip(parents, found, strict=True)
        ]

    @batched
    async def service(parents: list[StatementLine], info: Info) -> list[str | None]:  # noqa: N805
        """What the service is called that moved the points; null where none did."""
        del info
        numbers = [parent.row.explanation.get("inputs", {}).get(SENDER) for parent in parents]
        return await service_names(numbers)


@object_type
class PointsCause:
    """What points were paid for, or taken back for."""

    submission_id: strawberry.ID | None = field(description="The submission; null for everything else.")
    reference: str | None = field(description="What the ordering system calls it; for the account's owner alone.")

    @classmethod
    def of(cls, cause: Cause, *, private: bool) -> PointsCause:
        """The cause of a line; `private` when it is somebody else's account."""
        number = cause.submission_id
        return cls(
            submission_id=None if number is None else ids.encode("Submission", number),
            reference=None if private else cause.reference,
        )


@object_type
class PointsEnding:
    """Points that end at the same moment."""

    ends_at: datetime = field(description="From this moment on they cannot be spent.")
    points: Points = field(description="How many.")

    @classmethod
    def of(cls, row: EndingRow) -> PointsEnding:
        """The ending of a row."""
        return cls(ends_at=row.ends_at, points=Points(row.points))


@object_type
class PointsHold:
    """冻结: points set aside until it is certain what becomes of them."""

    id: strawberry.ID = field(description="Its id.")
    state: HoldState = field(description="What became of them.")
    amount: Points = field(description="How many points were frozen.")
    captured: Points = field(description="How many of them were spent.")
    movement_id: strawberry.ID | None = field(description="What spent them, for a refund; null until then.")
    expires_at: datetime = field(description="They come back at this moment when nobody has resolved it by then.")
    created_at: datetime = field(description="When they were frozen.")
    resolved_at: datetime | None = field(description="When they were captured or given back.")

    @classmethod
    def of(cls, row: HoldRow) -> PointsHold:
        """The hold of a row."""
        return cls(
            id=ids.encode("PointsHold", row.id),
            state=row.state,
            amount=Points(row.amount),
            captured=Points(row.captured),
            movement_id=None if row.capture_id is None else ids.encode("Movement", row.capture_id),
            expires_at=row.expires_at,
            created_at=row.created_at,
            resolved_at=row.resolved_at,
        )


@object_type
class PointsAccount:
    """账户: what a member has, owes, and has become."""

    row: strawberry.Private[AccountRow]
    balance: Points = field(description="How many points can be spent now.")
    held: Points = field(description="How many more are frozen.")
    debt: Points = field(
        description="How many must be earned again, because they were clawed back after they were spent."
    )
    growth_value: Points = field(description="成长值: all that was ever earned; it is never spent and only rises.")

    @classmethod
    def of(cls, row: AccountRow) -> PointsAccount:
        """The account of a row."""
        return cls(
            row=row,
            balance=Points(row.balance),
            held=Points(row.held),
            debt=Points(row.debt),
            growth_value=Points(row.growth),
        )

    @query
    def level(self) -> int:
        """The level that the growth value has reached; the first is 1."""
        return rules.compute_level(self.row.growth).number

    @query
    def next_level_from(self) -> Points | None:
        """The growth value at which the next level begins; null at the last."""
        return to_points_or_none(rules.compute_level(self.row.growth).next_from)


@object_type
class Adjustment:
    """A correction of an account by hand."""

    row: strawberry.Private[AdjustmentRow]
    id: strawberry.ID = field(description="Its id.")
    amount: Points = field(description="How many points it adds; negative when it takes them.")
    reason: str = field(description="Why.")
    state: AdjustmentState = field(description="What became of it.")
    created_at: datetime = field(description="When it was asked for.")
    decided_at: datetime | None = field(description="When it was made or declined.")

    @classmethod
    def of(cls, row: AdjustmentRow) -> Adjustment:
        """The adjustment of a row."""
        return cls(
            row=row,
            id=ids.encode("Adjustment", row.id),
            amount=Points(row.amount),
            reason=row.reason,
            state=row.state,
            created_at=row.created_at,
            decided_at=row.decided_at,
        )

    @batched
    async def member(parents: list[Adjustment], info: Info) -> list[Member]:  # noqa: N805
        """Whose account it corrects."""
        del info
        return await load_members([parent.row.membership_id for parent in parents])

    @batched
    async def requested_by(parents: list[Adjustment], info: Info) -> list[Member | None]:  # noqa: N805
        """Who asked for it; null for the operator."""
        del info
        return await _load_optional_members([parent.row.requested_by for parent in parents])

    @batched
    async def decided_by(parents: list[Adjustment], info: Info) -> list[Member | None]:  # noqa: N805
        """The leader who made or declined it; null while nobody has, and when the operator did."""
        del info
        return await _load_optional_members([parent.row.decided_by for parent in parents])


async def _load_optional_members(membership_ids: list[int | None]) -> list[Member | None]:
    known = [number for number in membership_ids if number is not None]
    found = dict(zip(known, await load_members(known), strict=True))
    return [None if number is None else found[number] for number in membership_ids]
