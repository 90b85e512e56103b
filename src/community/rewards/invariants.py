"""Invariants of rewards and redemptions: stock, payment, refunds, history, codes, windows and limits."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

_EVENTS = (
    "COALESCE((SELECT sum(e.quantity) FROM redemption_event e WHERE e.redemption_id = t.id AND e.kind IN ({kinds})), 0)"
)
_RESERVED, _ENDED, _FULFILLED, _UNDONE = (
    _EVENTS.format(kinds=kinds) for kinds in ("'RESERVED'", "'CANCELLED', 'EXPIRED'", "'FULFILLED'", "'UNDONE'")
)
# A missed appointment expires without a refund. One that was not confirmed could not take place.
_GIVEN_BACK = (
    "CASE WHEN t.kind = 'SERVICE' AND t.confirmed_at IS NOT NULL THEN "
    + _EVENTS.format(kinds="'CANCELLED'")
    + " ELSE t.cancelled_quantity END"
)
# The points that one entry with this source key took from the member's account, or gave back to it.
_PAID = (
    "COALESCE((SELECT sum(p.amount) FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a"
    " ON a.id = p.from_account_id WHERE e.community_id = t.community_id AND e.source_key = 'redemption:' || t.id"
    " AND e.kind = CASE WHEN t.kind = 'PROJECT' THEN 'HOLD' ELSE 'SPEND' END AND a.membership_id = t.membership_id), 0)"
)
_REFUNDED = (
    "COALESCE((SELECT sum(p.amount) FROM redemption_event v JOIN journal_entry e ON e.community_id = v.community_id"
    " AND e.source_key = 'redemption_event:' || v.id AND e.kind = 'REFUND' JOIN posting p ON p.entry_id = e.id"
    " JOIN account a ON a.id = p.to_account_id WHERE v.redemption_id = t.id AND a.membership_id = t.membership_id), 0)"
)
# The conditions that were in force are those of the last change of the reward before the reservation.
_CONDITION = (
    "(SELECT c.detail->>'{name}' FROM audit_event c WHERE c.community_id = t.community_id AND c.subject = 'reward'"
    " AND c.subject_id = t.reward_id AND c.action IN ('reward.create', 'reward.edit')"
    " AND c.created_at <= t.created_at ORDER BY c.id DESC LIMIT 1)"
)
_PRICE, _OPENS_AT, _CLOSES_AT, _MAX = (
    _CONDITION.format(name=name) for name in ("price", "opens_at", "closes_at", "max_per_person")
)
_TAKEN_BEFORE = (
    "(SELECT sum(o.quantity - o.cancelled_quantity) FROM redemption o WHERE o.reward_id = t.reward_id"
    " AND o.membership_id = t.membership_id AND o.id <= t.id)"
)

INVARIANTS = (
    forbid_rows(
        "each redemption has the kind of its reward",
        "redemption t JOIN reward r ON r.id = t.reward_id",
        "t.kind <> r.kind",
    ),
    forbid_rows(
        "the stock that is taken is the sum of the redeemed pieces",
        "reward_stock s",
        "s.taken <> COALESCE((SELECT sum(t.quantity - t.cancelled_quantity) FROM redemption t"
        " WHERE t.reward_id = s.reward_id AND COALESCE(t.slot_id, 0) = COALESCE(s.slot_id, 0)), 0)",
        stretch_rows=100,
    ),
    forbid_rows(
        "each redemption is paid by its member at its price",
        "redemption t",
        f"{_PAID} <> t.price * t.quantity",
    ),
    forbid_rows(
        "a refund has the points of the cancelled and expired pieces",
        "redemption t",
        f"t.kind <> 'PROJECT' AND {_REFUNDED} <> t.price * {_GIVEN_BACK}",
    ),
    forbid_rows(
        "the quantities of a redemption are those of its history",
        "redemption t",
        f"({_RESERVED} <> t.quantity OR {_ENDED} <> t.cancelled_quantity"
        f" OR {_FULFILLED} - {_UNDONE} <> t.fulfilled_quantity)",
    ),
    forbid_rows(
        "a redemption has a code if it is handed over by one",
        "redemption t",
        "(t.code IS NOT NULL) <> (t.kind IN ('GOODS', 'TRIAL', 'SERVICE'))",
    ),
    forbid_rows(
        "a redemption was reserved in the window and at the price of that time",
        "redemption t",
        f"t.prize_key IS NULL AND (COALESCE(CAST({_PRICE} AS BIGINT), -1) <> t.price OR extract(epoch"
        f" FROM t.created_at) < CAST({_OPENS_AT} AS BIGINT) OR extract(epoch"
        f" FROM t.created_at) > CAST({_CLOSES_AT} AS BIGINT))",
    ),
    forbid_rows(
        "no member has redeemed more of a reward than its limit of that time",
        "redemption t",
        f"{_TAKEN_BEFORE} > CAST({_MAX} AS BIGINT)",
    ),
)
"""Invariants of this room that `community audit` checks."""
