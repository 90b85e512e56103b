"""Rows of the room's tables. The verification code and the codes of coupons are in none of them."""

from __future__ import annotations

from datetime import datetime

from community.kernel import db
from community.kernel.tables import row_of
from community.rewards.kinds import (
    LimitPeriod,
    PromiseState,
    RedemptionEventKind,
    RedemptionState,
    RewardKind,
    RewardState,
)
from community.rewards.models import Redemption, RedemptionEvent, Reward, ServiceSlot
from community.rewards.pick_up.models import PickUpHelper, PickUpPoint
from community.rewards.special.models import CouponCode, ProjectReport, TrialPromise


@row_of(Reward)
class RewardRow(db.Row):
    """A reward."""

    id: int
    community_id: int
    kind: RewardKind
    state: RewardState
    version: int
    title: str
    text: str
    price: int
    opens_at: datetime | None
    closes_at: datetime | None
    min_level: int | None
    max_per_person: int | None
    max_per_period: int | None
    period: LimitPeriod | None
    collect_days: int | None
    cancel_hours: int | None
    needs_preparation: bool
    low_stock_at: int | None
    review_days: int | None
    written_by: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


@row_of(ServiceSlot)
class SlotRow(db.Row):
    """An appointment time of a service."""

    id: int
    community_id: int
    reward_id: int
    version: int
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    cancelled_at: datetime | None


@row_of(Redemption)
class RedemptionRow(db.Row):
    """A redemption."""

    id: int
    community_id: int
    reward_id: int
    membership_id: int
    kind: RewardKind
    state: RedemptionState
    quantity: int
    fulfilled_quantity: int
    cancelled_quantity: int
    price: int
    pick_up_point_id: int | None
    slot_id: int | None
    is_named: bool
    cancellable_until: datetime | None
    expires_at: datetime | None
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    prize_key: str | None

    @property
    def is_prize(self) -> bool:
        """True if it is a prize, which costs nothing."""
        return self.prize_key is not None

    @property
    def open_quantity(self) -> int:
        """The pieces that were neither fulfilled nor cancelled."""
        return self.quantity - self.fulfilled_quantity - self.cancelled_quantity


@row_of(RedemptionEvent)
class RedemptionEventRow:
    """One event of a redemption. `actor_id` is None for the service itself."""

    id: int
    community_id: int
    redemption_id: int
    kind: RedemptionEventKind
    quantity: int
    actor_id: int | None
    pick_up_point_id: int | None
    about_id: int | None
    reason: str | None
    created_at: datetime


@row_of(PickUpPoint)
class PickUpPointRow:
    """A pick-up point."""

    id: int
    community_id: int
    version: int
    name: str
    address: str
    opening_hours: str
    written_by: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@row_of(PickUpHelper)
class HelperRow:
    """An appointment of a member as a helper at a pick-up point."""

    id: int
    community_id: int
    pick_up_point_id: int
    membership_id: int
    appointed_by: int
    appointed_at: datetime
    ended_at: datetime | None


@row_of(CouponCode)
class CouponCodeRow:
    """A code of a coupon, without the code."""

    id: int
    community_id: int
    reward_id: int
    imported_by: int
    redemption_id: int | None
    created_at: datetime
    shown_at: datetime | None
    voided_at: datetime | None


@row_of(TrialPromise)
class PromiseRow:
    """A member's promise to review a trial."""

    id: int
    community_id: int
    redemption_id: int
    membership_id: int
    state: PromiseState
    due_at: datetime
    submission_id: int | None
    created_at: datetime
    resolved_at: datetime | None


@row_of(ProjectReport)
class ReportRow:
    """A report on the progress of a project."""

    id: int
    community_id: int
    reward_id: int
    author_id: int
    title: str
    text: str
    created_at: datetime
