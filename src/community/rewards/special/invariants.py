"""Invariants of coupon codes and appointments."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

INVARIANTS = (
    forbid_rows(
        "the free codes of a coupon are the stock that is left",
        "reward_stock s JOIN reward r ON r.id = s.reward_id",
        "r.kind = 'COUPON' AND s.total - s.taken <> (SELECT count(*) FROM coupon_code c"
        " WHERE c.reward_id = s.reward_id AND c.redemption_id IS NULL AND c.voided_at IS NULL)",
        stretch_rows=100,
    ),
    forbid_rows(
        "a redeemed coupon has a code of its reward for each piece",
        "redemption t",
        "t.kind = 'COUPON' AND t.quantity - t.cancelled_quantity <> (SELECT count(*) FROM coupon_code c"
        " WHERE c.redemption_id = t.id AND c.reward_id = t.reward_id AND c.voided_at IS NULL)",
    ),
    forbid_rows(
        "the codes of a coupon are shown if and only if it is fulfilled",
        "redemption t",
        "t.kind = 'COUPON' AND t.fulfilled_quantity <> (SELECT count(*) FROM coupon_code c"
        " WHERE c.redemption_id = t.id AND c.shown_at IS NOT NULL AND c.voided_at IS NULL)",
    ),
    forbid_rows(
        "an appointment is in a slot of its service, which was reserved before its start",
        "redemption t LEFT JOIN service_slot s ON s.id = t.slot_id AND s.reward_id = t.reward_id",
        "t.kind = 'SERVICE' AND (s.id IS NULL OR t.created_at >= s.starts_at)",
    ),
    forbid_rows(
        "no member has two appointments at the same time",
        "redemption t JOIN service_slot s ON s.id = t.slot_id",
        "t.cancelled_quantity < t.quantity AND EXISTS (SELECT 1 FROM redemption o JOIN service_slot x"
        " ON x.id = o.slot_id WHERE o.membership_id = t.membership_id AND o.id < t.id"
        " AND o.cancelled_quantity < o.quantity AND x.starts_at < s.ends_at AND s.starts_at < x.ends_at)",
    ),
)
"""Invariants of special rewards that `community audit` checks."""
