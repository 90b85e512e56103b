"""Types of the points bank: account, statement, expiry, holds and adjustments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from community.api import ids
from community.api.amounts import Points, to_points_or_none
from community.api.communities.types import load_optional_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type, query
from community.communities import service_tokens
from community.communities.queries import MemberRow, get_members
from community.points import adjustments, rules
from community.points.adjustments import AdjustmentRow
from community.points.earning.queries import Cause, list_causes
from community.points.holds import HoldRow
from community.points.idempotent import SENDER
from community.points.kinds import AdjustmentState, EntryKind, HoldState
from community.points.queries import AccountRow, EndingRow, StatementRow

declare_enum(
    EntryKind,
    name="JournalEntryKind",
    values={
        "AWARD": "Points were earned.",
        "SPEND": "Points were spent.",
        "REFUND": "Spent points were returned to their original lots.",
        "HOLD": "Points were frozen.",
        "CAPTURE": "Frozen points were spent.",
        "RELEASE": "Frozen points were returned to their original lots.",
        "EXPIRY": "Points expired.",
        "CLAW_BACK": "An award was taken back.",
        "REPAYMENT": "A debt was repaid.",
        "ADJUSTMENT": "A leader or the operator corrected the account.",
    },
)
declare_enum(
    HoldState,
    name="PointsHoldState",
    values={
        "OPEN": "Frozen.",
        "CAPTURED": "Spent, in whole or in part. The rest was returned.",
        "RELEASED": "Returned.",
        "TIMED_OUT": "Returned because its time ended.",
    },
)
declare_enum(
    AdjustmentState,
    name="AdjustmentState",
    values={"PENDING": "Waiting for a second person.", "MADE": "Booked.", "DECLINED": "Declined permanently."},
)


@object_type
class ExplanationInput:
    """A figure from which an amount was calculated."""

    name: str = field(description="Name of the figure.")
    value: str = field(description="Value at that time.")


@object_type
class Explanation:
    """Reasons for an amount."""

    rule: str | None = field(description="Trigger of the earning rule. Null for points that were not earned.")
    version: int | None = field(description="Version of the rule at that time. Null for points that were not earned.")
    set_by: str | None = field(
        description="Owner of the rule, a value of `EarningRuleSetBy`. Null for points that were not earned."
    )
    inputs: list[ExplanationInput] = field(
        description="Figures from which the amount was calculated. A leader sees only those of earned points."
    )

    @classmethod
    def of(cls, given: dict[str, Any]) -> Explanation:
        """Return an entry's explanation, with all figures."""
        return cls(
            rule=given.get("rule"),
            version=given.get("version"),
            set_by=given.get("set_by"),
            inputs=[
                ExplanationInput(name=name, value=str(value))
                for name, value in sorted(given.get("inputs", {}).items())
                if name != SENDER  # `StatementLine.service` shows it by name
            ],
        )

    @classmethod
    def for_leader(cls, given: dict[str, Any]) -> Explanation:
        """Return an entry's explanation. Figures that a service sent are left out."""
        return cls.of(given if "rule" in given else {**given, "inputs": {}})


@object_type
class StatementLine:
    """One movement of a member's points. A leader does not see references to purchases."""

    row: strawberry.Private[StatementRow]
    shows_reference: strawberry.Private[bool]
    id: strawberry.ID = field(description="Opaque id.")
    movement_id: strawberry.ID = field(description="Id of the movement, as a service knows it.")
    kind: EntryKind = field(description="Kind of movement.")
    amount: Points = field(description="Points added. Negative when removed.")
    balance: Points = field(description="Balance after the movement.")
    debt: Points = field(description="Points added to the debt. Negative when repaid.")
    explanation: Explanation = field(description="Rule and figures of the amount.")
    about: strawberry.ID | None = field(
        description="Id of the movement that this one refunds, claws back or resolves. Null for others."
    )
    created_at: datetime = field(description="Time of the movement.")

    @classmethod
    def for_owner(cls, row: StatementRow) -> StatementLine:
        """Return the line of a row, as the account's owner sees it."""
        return cls._build(row, Explanation.of(row.explanation), shows_reference=True)

    @classmethod
    def for_leader(cls, row: StatementRow) -> StatementLine:
        """Return the line of a row, as a leader sees it."""
        return cls._build(row, Explanation.for_leader(row.explanation), shows_reference=False)

    @classmethod
    def _build(cls, row: StatementRow, explanation: Explanation, *, shows_reference: bool) -> StatementLine:
        return cls(
            row=row,
            shows_reference=shows_reference,
            id=ids.encode("StatementLine", row.id),
            movement_id=ids.encode("Movement", row.entry_id),
            kind=row.kind,
            amount=Points(row.amount),
            balance=Points(row.balance),
            debt=Points(row.debt),
            explanation=explanation,
            about=None if row.about_id is None else ids.encode("Movement", row.about_id),
            created_at=row.created_at,
        )

    @batched
    async def reason(parents: list[StatementLine], info: Info) -> list[str | None]:
        """Reason of an adjustment. Null for every other line."""
        del info
        return await adjustments.list_reasons([parent.row for parent in parents])

    @batched
    async def cause(parents: list[StatementLine], info: Info) -> list[PointsCause | None]:
        """Cause of the award or claw-back. Null for points that were not earned."""
        del info
        found = await list_causes([parent.row.entry_id for parent in parents])
        return [
            None if cause is None else PointsCause.of(cause, cause.reference if parent.shows_reference else None)
            for parent, cause in zip(parents, found, strict=True)
        ]

    @batched
    async def service(parents: list[StatementLine], info: Info) -> list[str | None]:
        """Name of the service that moved the points. Null if none did."""
        del info
        token_ids = [parent.row.explanation.get("inputs", {}).get(SENDER) for parent in parents]
        return await service_tokens.list_names(token_ids)


@object_type
class PointsCause:
    """缘由: the cause of an award or a claw-back."""

    submission_id: strawberry.ID | None = field(description="Id of the submission. Null for other causes.")
    reference: str | None = field(
        description="Reference of the ordering system. Null for other causes, and for everyone but the owner."
    )

    @classmethod
    def of(cls, cause: Cause, reference: str | None) -> PointsCause:
        """Return a cause with the reference that the viewer may see."""
        number = cause.submission_id
        return cls(submission_id=None if number is None else ids.encode("Submission", number), reference=reference)


@object_type
class PointsEnding:
    """Points that expire at the same time."""

    ends_at: datetime = field(description="Time from which they cannot be spent.")
    points: Points = field(description="Number of points.")

    @classmethod
    def of(cls, row: EndingRow) -> PointsEnding:
        """Return the ending of a row."""
        return cls(ends_at=row.ends_at, points=Points(row.points))


@object_type
class PointsHold:
    """冻结: frozen points, until a service captures or releases them."""

    id: strawberry.ID = field(description="Opaque id.")
    state: HoldState = field(description="State.")
    amount: Points = field(description="Number of frozen points.")
    captured: Points = field(description="Number of points that were spent.")
    movement_id: strawberry.ID | None = field(
        description="Id of the movement that spent them, for a refund. Null if not captured."
    )
    expires_at: datetime = field(description="Time at which they are returned unless resolved before.")
    created_at: datetime = field(description="Time of freezing.")
    resolved_at: datetime | None = field(description="Time of capture, release or expiry. Null while frozen.")

    @classmethod
    def of(cls, row: HoldRow) -> PointsHold:
        """Return the hold of a row."""
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
    """账户: a member's points, debt and growth value in a community."""

    row: strawberry.Private[AccountRow]
    balance: Points = field(description="Points that can be spent now.")
    held: Points = field(description="Frozen points, not part of the balance.")
    debt: Points = field(description="Clawed-back points that were already spent. They must be earned again first.")
    growth_value: Points = field(description="成长值: sum of all points ever earned. It never falls.")

    @classmethod
    def of(cls, row: AccountRow) -> PointsAccount:
        """Return the account of a row."""
        return cls(
            row=row,
            balance=Points(row.balance),
            held=Points(row.held),
            debt=Points(row.debt),
            growth_value=Points(row.growth),
        )

    @query
    def level(self) -> int:
        """Level of the growth value. The first is 1."""
        return rules.compute_level(self.row.growth).number

    @query
    def next_level_from(self) -> Points | None:
        """Growth value at which the next level begins. Null at the last level."""
        return to_points_or_none(rules.compute_level(self.row.growth).next_from)


@object_type
class Adjustment:
    """更正: a correction of an account by hand."""

    row: strawberry.Private[AdjustmentRow]
    id: strawberry.ID = field(description="Opaque id.")
    amount: Points = field(description="Points to add. Negative to remove.")
    reason: str = field(description="Reason, which the member reads.")
    state: AdjustmentState = field(description="State.")
    created_at: datetime = field(description="Time of the request.")
    decided_at: datetime | None = field(description="Time of the decision. Null while pending.")

    @classmethod
    def of(cls, row: AdjustmentRow) -> Adjustment:
        """Return the adjustment of a row."""
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
    async def member(parents: list[Adjustment], info: Info) -> list[MemberRow]:
        """Member whose account is corrected."""
        del info
        return await get_members([parent.row.membership_id for parent in parents])

    @batched
    async def requested_by(parents: list[Adjustment], info: Info) -> list[MemberRow | None]:
        """Member who requested it. Null for the operator."""
        del info
        return await load_optional_members([parent.row.requested_by for parent in parents])

    @batched
    async def decided_by(parents: list[Adjustment], info: Info) -> list[MemberRow | None]:
        """Leader who decided. Null while pending, and for the operator."""
        del info
        return await load_optional_members([parent.row.decided_by for parent in parents])
