"""Tables of rewards, their stock and slots, and of redemptions with their history."""

from __future__ import annotations

from community.communities.models import Community, Membership
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields, one_of
from community.media.models import Media
from community.rewards.kinds import LimitPeriod, RedemptionEventKind, RedemptionState, RewardKind, RewardState
from community.rewards.pick_up.models import PickUpPoint

_PUBLISHED = "state = 'PUBLISHED'"
_UNPUBLISHED = "state <> 'PUBLISHED'"
_HAS_POINT = "pick_up_point_id IS NOT NULL"
_IS_OPEN = "state IN ('RESERVED', 'CONFIRMED')"


class Reward(Table):
    """奖品: something that members redeem for points.

    `version` rises with each change. `price` is that of one piece. The window is `opens_at <= now < closes_at`, and
    null leaves a side open. A null limit is none. `collect_days` is the time to collect it, `cancel_hours` the time in
    which the member may cancel (null: until it is confirmed). With `needs_preparation` a leader confirms each
    redemption. At `low_stock_at` pieces or fewer the leaders get a notice. A trial promises a review within
    `review_days`. `written_by` is the leader who wrote the present words.
    """

    fixed = ("community_id", "kind", "created_at")

    community = Community.foreign_key()
    kind = fields.TextField()
    state = fields.TextField()
    version = fields.BigIntField()
    title = fields.TextField()
    text = fields.TextField()
    price = fields.BigIntField()
    opens_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField(null=True)
    min_level = fields.BigIntField(null=True)
    max_per_person = fields.BigIntField(null=True)
    max_per_period = fields.BigIntField(null=True)
    period = fields.TextField(null=True)
    collect_days = fields.BigIntField(null=True)
    cancel_hours = fields.BigIntField(null=True)
    needs_preparation = fields.BooleanField()
    low_stock_at = fields.BigIntField(null=True)
    review_days = fields.BigIntField(null=True)
    written_by = Membership.foreign_key()
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    constraints = (
        Check(one_of("kind", RewardKind), "reward_kind"),
        Check(one_of("state", RewardState), "reward_state"),
        Check("version > 0", "reward_version"),
        Check("price >= 0 AND (price > 0 OR kind = 'TRIAL') AND (price = 1 OR kind <> 'PROJECT')", "reward_price"),
        Check("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", "reward_window"),
        Check("closes_at IS NOT NULL OR kind <> 'PROJECT'", "reward_deadline"),
        Check(
            "COALESCE(min_level, 1) > 0 AND COALESCE(max_per_person, 1) > 0 AND COALESCE(max_per_period, 1) > 0"
            " AND COALESCE(collect_days, 1) > 0 AND COALESCE(cancel_hours, 0) >= 0"
            " AND COALESCE(low_stock_at, 0) >= 0 AND COALESCE(review_days, 1) > 0",
            "reward_figures",
        ),
        Check(
            f"(max_per_period IS NULL) = (period IS NULL) AND (period IS NULL OR {one_of('period', LimitPeriod)})",
            "reward_period",
        ),
        Check("(review_days IS NOT NULL) = (kind = 'TRIAL')", "reward_review"),
        Check("state = 'DRAFT' OR published_at IS NOT NULL", "reward_published"),
    )
    indexes = (
        Index(fields=("community_id", "id"), name="reward_community"),
        PartialIndex("reward_newest", ("community_id", "published_at", "id"), _PUBLISHED),
        PartialIndex("reward_cheapest", ("community_id", "price", "id"), _PUBLISHED),
        PartialIndex("reward_closing", ("community_id", "closes_at", "id"), _PUBLISHED),
        PartialIndex("reward_unpublished", ("community_id", "id"), _UNPUBLISHED),
        Index(fields=("written_by", "id"), name="reward_writer"),
    )


class RewardMedia(Table):
    """A picture of a reward, with its position."""

    is_emptied = True

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    position = fields.SmallIntField()
    media = Media.foreign_key()

    constraints = (
        Unique(("community_id", "reward_id", "media_id"), "reward_media_once"),
        Unique(("community_id", "reward_id", "position"), "reward_media_position"),
        Check("position BETWEEN 0 AND 8", "reward_media_nine"),
    )
    indexes = (Index(fields=("reward_id", "position"), name="reward_media_reward"),)


class RewardPickUpPoint(Table):
    """A pick-up point at which a reward can be collected."""

    is_emptied = True

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    pick_up_point = PickUpPoint.foreign_key()

    constraints = (Unique(("community_id", "reward_id", "pick_up_point_id"), "reward_pick_up_point_once"),)
    indexes = (
        Index(fields=("reward_id", "pick_up_point_id"), name="reward_pick_up_point_reward"),
        Index(fields=("pick_up_point_id", "reward_id"), name="reward_pick_up_point_point"),
    )


class ServiceSlot(Table):
    """An appointment time of a service. Its places are a row of `reward_stock`.

    The community's time zone decides how a leader and a resident read it. A cancelled slot takes no more redemptions.
    """

    fixed = ("community_id", "reward_id", "created_at")

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    version = fields.BigIntField()
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    created_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)

    constraints = (
        Check("version > 0", "service_slot_version"),
        Check("starts_at < ends_at", "service_slot_time"),
    )
    indexes = (Index(fields=("reward_id", "starts_at", "id"), name="service_slot_reward"),)


class RewardStock(Table):
    """Pieces of a reward, places of a slot, or points of a project's goal.

    Only a conditional update changes it. No foreign key references it, because each reference would lock the row that
    everybody wants. A coupon has as many pieces as codes.
    """

    fixed = ("community_id", "reward_id", "slot_id")

    community = Community.foreign_key()
    reward = Reward.foreign_key()
    slot = ServiceSlot.foreign_key(null=True)
    total = fields.BigIntField()
    taken = fields.BigIntField()

    constraints = (
        Unique(("community_id", "reward_id"), "reward_stock_reward", "slot_id IS NULL"),
        Unique(("slot_id",), "reward_stock_slot"),
        Check("taken BETWEEN 0 AND total", "reward_stock_taken"),
    )
    indexes = (Index(fields=("reward_id",), name="reward_stock_of_reward"),)


class Redemption(Table):
    """兑换: one member's claim to pieces of a reward, paid with points.

    `price` is that of one piece at the time of the reservation. The spend or the hold has the source key
    `redemption:ID`. `cancelled_quantity` counts pieces that were cancelled or expired. `code` is the verification code,
    null if nothing is collected. `cancellable_until` is null where the member may cancel until the confirmation.
    `expires_at` is null where nothing expires. With `is_named` the wall of contributors shows the member. A piece that
    is a prize has a `prize_key`, which names the prize and a cancelled piece before it, and costs nothing. The
    community is no foreign key, because the reward's row references it already.
    """

    fixed = ("community_id", "reward_id", "membership_id", "kind", "quantity", "price", "slot_id", "created_at")

    community_id = fields.BigIntField()
    reward = Reward.foreign_key()
    membership = Membership.foreign_key()
    kind = fields.TextField()
    state = fields.TextField()
    quantity = fields.BigIntField()
    fulfilled_quantity = fields.BigIntField()
    cancelled_quantity = fields.BigIntField()
    price = fields.BigIntField()
    code = fields.TextField(null=True)
    pick_up_point = PickUpPoint.foreign_key(null=True)
    slot = ServiceSlot.foreign_key(null=True)
    is_named = fields.BooleanField()
    cancellable_until = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    prize_key = fields.TextField(null=True)

    constraints = (
        Unique(("community_id", "code"), "redemption_code"),
        Unique(("community_id", "prize_key"), "redemption_prize", "prize_key IS NOT NULL"),
        Check("prize_key IS NULL OR (price = 0 AND quantity = 1 AND kind IN ('COUPON', 'GOODS'))", "redemption_free"),
        Check(one_of("kind", RewardKind), "redemption_kind"),
        Check(one_of("state", RedemptionState), "redemption_state"),
        Check("price >= 0 AND quantity > 0", "redemption_price"),
        Check(
            "fulfilled_quantity >= 0 AND cancelled_quantity >= 0"
            " AND fulfilled_quantity + cancelled_quantity <= quantity",
            "redemption_quantity",
        ),
        Check(
            f"({_IS_OPEN}) = (fulfilled_quantity + cancelled_quantity < quantity)"
            f" AND ({_IS_OPEN}) = (ended_at IS NULL)",
            "redemption_open",
        ),
        Check(
            "(state <> 'RESERVED' OR confirmed_at IS NULL)"
            " AND (confirmed_at IS NOT NULL OR state NOT IN ('CONFIRMED', 'FULFILLED'))",
            "redemption_confirmed",
        ),
        Check(
            "(state <> 'FULFILLED' OR fulfilled_quantity > 0)"
            " AND (state NOT IN ('CANCELLED', 'EXPIRED') OR cancelled_quantity > 0)",
            "redemption_ended",
        ),
        Check("(slot_id IS NULL OR kind = 'SERVICE') AND (NOT is_named OR kind = 'PROJECT')", "redemption_of_kind"),
    )
    indexes = (
        Index(fields=("membership_id", "id"), name="redemption_of_member"),
        Index(fields=("reward_id", "membership_id", "created_at"), name="redemption_limit"),
        Index(fields=("community_id", "id"), name="redemption_community"),
        Index(fields=("reward_id", "id"), name="redemption_of_reward"),
        Index(fields=("reward_id", "state"), name="redemption_of_reward_by_state"),
        PartialIndex("redemption_of_point", ("pick_up_point_id", "id"), _HAS_POINT),
        PartialIndex("redemption_of_slot", ("slot_id", "id"), "slot_id IS NOT NULL"),
        PartialIndex("redemption_open_of_member", ("membership_id", "id"), _IS_OPEN),
        PartialIndex("redemption_due", ("expires_at", "id"), f"{_IS_OPEN} AND expires_at IS NOT NULL"),
    )


class RedemptionEvent(Table):
    """An event of a redemption: its actor, place and time.

    `actor` is None for the service itself. `about` is the FULFILLED event that an UNDONE one takes back. The refund of
    a cancellation or an expiry has the source key `redemption_event:ID`.
    """

    append_only = True
    redacts = declare_redactions(reason="NULL")

    community_id = fields.BigIntField()
    redemption = Redemption.foreign_key()
    kind = fields.TextField()
    quantity = fields.BigIntField()
    actor = Membership.foreign_key(null=True)
    pick_up_point = PickUpPoint.foreign_key(null=True)
    about = Table.foreign_key(to="RedemptionEvent", null=True)
    reason = fields.TextField(null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Check(one_of("kind", RedemptionEventKind), "redemption_event_kind"),
        Check("quantity > 0 AND (about_id IS NOT NULL) = (kind = 'UNDONE')", "redemption_event_undone"),
        Unique(("about_id",), "redemption_event_undone_once"),
    )
    indexes = (
        Index(fields=("redemption_id", "id"), name="redemption_event_redemption"),
        PartialIndex("redemption_event_actor", ("actor_id", "id"), "actor_id IS NOT NULL"),
        PartialIndex("redemption_event_point", ("pick_up_point_id", "id"), _HAS_POINT),
    )
