"""Types of the points bank: account, statement, expiry, holds and adjustments."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import strawberry

from community.api.amounts import Points
from community.api.communities.types import load_optional_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, query, related, type_over
from community.api.edge.languages import get_language
from community.api.nodes import Node, found_by, found_by_leaders, get_member_of, id_field
from community.api.points.explanations import Explanation, build_explanation
from community.api.submissions.types import load_visible_submissions
from community.communities import service_tokens
from community.communities.queries import get_members
from community.points import adjustments, movements, rules
from community.points.adjustments import AdjustmentRow
from community.points.earning.queries import Cause, list_causes
from community.points.holds import HoldRow, get_hold
from community.points.idempotent import SENDER
from community.points.kinds import AdjustmentState, EntryKind, HoldState
from community.points.movements import MovementRow
from community.points.queries import AccountRow, EndingRow, StatementRow, can_read_account
from community.rewards.queries import get_rewards
from community.submissions.queries import SubmissionRow
from community.texts import translate

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
        "RESTORATION": "A claw-back was reversed.",
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
    values={"PENDING": "Waiting for a second person.", "MADE": "Booked.", "DECLINED": "Declined permanently."},
)


@dataclass(slots=True)
class LeaderStatementRow(StatementRow):
    """A statement line as a leader sees it, without references to purchases."""

    @classmethod
    def restrict(cls, row: StatementRow) -> LeaderStatementRow:
        """Return the line for a leader."""
        return cls(**{column.name: getattr(row, column.name) for column in fields(row)})


@type_over(StatementRow)
class StatementLine:
    """One movement of a member's points. A leader does not see references to purchases."""

    id = id_field()
    kind = field(description="Kind of movement.")
    amount: Points = field(description="Points added. Negative when removed.")
    balance: Points = field(description="Balance after the movement.")
    debt: Points = field(description="Points added to the debt. Negative when repaid.")
    created_at = field(description="Time of the movement.")
    movement = related(movements.get_movements, "entry_id", "Movement, as a service knows it.")

    @query
    def explanation(row: strawberry.Parent[StatementRow]) -> Explanation:
        """Rule and figures of the amount."""
        # A leader reads the figures of an earning rule, but none that a service sent.
        hidden = isinstance(row, LeaderStatementRow) and "rule" not in row.explanation
        return build_explanation(row.explanation, {} if hidden else row.explanation.get("inputs", {}))

    about = related(
        movements.find_movements, "about_id", "Movement that this one refunds, claws back or resolves. Null for others."
    )

    @batched
    async def reason(rows: list[StatementRow]) -> list[str | None]:
        """Reason of an adjustment. Null for every other line."""
        return await adjustments.list_reasons(rows)

    @batched
    async def cause(rows: list[StatementRow]) -> list[Cause | None]:
        """Cause of the award or claw-back. Null for points that were not earned."""
        causes = await list_causes([row.entry_id for row in rows])
        return [
            replace(cause, reference=None) if cause and isinstance(row, LeaderStatementRow) else cause
            for row, cause in zip(rows, causes, strict=True)
        ]

    @batched
    async def sentence(rows: list[StatementRow]) -> list[str | None]:
        """Sentence about a redemption or pledge, with the title of its reward. Null for every other line."""
        inputs = await movements.list_inputs(rows)
        rewards = {
            row.id: row for row in await get_rewards(sorted({each["reward"] for each in inputs if "reward" in each}))
        }
        return [
            translate(f"statement.{row.kind.value.lower()}", get_language(), title=rewards[given["reward"]].title,
                      quantity=given["quantity"])
            if "reward" in given else None
            for row, given in zip(rows, inputs, strict=True)
        ]  # fmt: skip

    @batched
    async def service(rows: list[StatementRow]) -> list[str | None]:
        """Name of the service that moved the points. Null if none did."""
        return await service_tokens.list_names([row.explanation.get("inputs", {}).get(SENDER) for row in rows])


@type_over(Cause)
class PointsCause:
    """缘由: the cause of an award or a claw-back."""

    reference = field(
        description="Reference of the ordering system. Null for other causes, and for everyone but the owner."
    )

    @batched
    async def submission(causes: list[Cause], info: Info) -> list[SubmissionRow | None]:
        """Submission. Null for other causes, and for a submission that the viewer may not see."""
        numbers = [cause.submission_id for cause in causes if cause.submission_id is not None]
        found = iter(await load_visible_submissions(numbers, info) if numbers else [])
        return [None if cause.submission_id is None else next(found) for cause in causes]


@type_over(EndingRow)
class PointsEnding:
    """Points that expire at the same time."""

    ends_at = field(description="Time from which they cannot be spent.")
    points: Points = field(description="Number of points.")


@type_over(HoldRow)
class PointsHold(Node):
    """冻结: frozen points, until a service captures or releases them."""

    state = field(description="State.")
    amount: Points = field(description="Number of frozen points.")
    captured: Points = field(description="Number of points that were spent.")
    expires_at = field(description="Time at which they are returned unless resolved before.")
    created_at = field(description="Time of freezing.")
    resolved_at = field(description="Time of capture, release or expiry. Null while frozen.")
    movement = related(
        movements.find_movements, "capture_id", "Movement that spent them, for a refund. Null if not captured."
    )


@found_by(HoldRow)
async def find_hold(number: int, info: Info) -> HoldRow | None:
    """Return the viewer's frozen points, or None. Raises Unauthenticated, NotAMember or NotFound."""
    member = await get_member_of(HoldRow, number, info)
    hold = await get_hold(member.community_id, number)
    return hold if hold.membership_id == member.id else None


@type_over(AccountRow)
class PointsAccount:
    """账户: a member's points, debt and growth value in a community."""

    balance: Points = field(description="Points that can be spent now.")
    held: Points = field(description="Frozen points, not part of the balance.")
    debt: Points = field(description="Clawed-back points that were already spent. They must be earned again first.")

    @query
    def growth_value(row: strawberry.Parent[AccountRow]) -> Points:
        """成长值: sum of all points ever earned. It never falls."""
        return Points(row.growth)

    @query
    def level(row: strawberry.Parent[AccountRow]) -> int:
        """Level of the growth value. The first is 1."""
        return rules.compute_level(row.growth).number

    @query
    def next_level_from(row: strawberry.Parent[AccountRow]) -> Points | None:
        """Growth value at which the next level begins. Null at the last level."""
        start = rules.compute_level(row.growth).next_from
        return None if start is None else Points(start)


@type_over(AdjustmentRow)
class Adjustment(Node):
    """更正: a correction of an account by hand."""

    amount: Points = field(description="Points to add. Negative to remove.")
    reason = field(description="Reason, which the member reads.")
    state = field(description="State.")
    created_at = field(description="Time of the request.")
    decided_at = field(description="Time of the decision. Null while pending.")
    member = related(get_members, "membership_id", "Member whose account is corrected.")
    requested_by = related(load_optional_members, "requested_by", "Member who requested it. Null for the operator.")
    decided_by = related(
        load_optional_members, "decided_by", "Leader who decided. Null while pending, and for the operator."
    )


found_by_leaders(AdjustmentRow, adjustments.get_adjustment)


@type_over(MovementRow)
class PointsMovement(Node):
    """Movement of points: an entry of the journal. Its id is that of a spending, for a refund."""

    kind = field(description="Kind of movement.")
    amount: Points = field(description="Number of points that it moved. It has no sign.")
    created_at = field(description="Time of the movement.")


@found_by(MovementRow)
async def find_movement(number: int, info: Info) -> MovementRow | None:
    """Return the movement for its owner and for leaders, or None. Raises Unauthenticated, NotAMember or NotFound."""
    viewer = await get_member_of(MovementRow, number, info)
    (row,) = await movements.get_movements([number])
    return row if can_read_account(viewer, row.membership_id) else None
