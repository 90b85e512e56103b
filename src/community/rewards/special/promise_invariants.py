"""Invariants of co-building projects and trials."""

from __future__ import annotations

from community.kernel.invariants import forbid_rows

INVARIANTS = (
    forbid_rows(
        "each co-building project has a state",
        "reward r",
        "(r.kind = 'PROJECT') <> EXISTS (SELECT 1 FROM project p WHERE p.reward_id = r.id)",
    ),
    forbid_rows(
        "a project is funded exactly when its goal is reached",
        "project p JOIN reward_stock s ON s.reward_id = p.reward_id AND s.slot_id IS NULL",
        "(p.state = 'FUNDED') <> (s.taken = s.total)",
    ),
    forbid_rows(
        "a settled project has no open pledge",
        "project p",
        "p.settled_at IS NOT NULL AND EXISTS (SELECT 1 FROM redemption t WHERE t.reward_id = p.reward_id"
        " AND t.state = 'RESERVED')",
    ),
    forbid_rows(
        "a pledge has a hold of its points and its state, and only a funded project captures it",
        "redemption t",
        "t.kind = 'PROJECT' AND NOT EXISTS (SELECT 1 FROM journal_entry e JOIN points_hold h"
        " ON h.community_id = e.community_id AND h.entry_id = e.id JOIN project p ON p.reward_id = t.reward_id"
        " WHERE e.community_id = t.community_id AND e.source_key = 'redemption:' || t.id"
        " AND h.membership_id = t.membership_id AND h.amount = t.quantity AND CASE t.state WHEN 'RESERVED'"
        " THEN h.state = 'OPEN' WHEN 'FULFILLED' THEN h.state = 'CAPTURED' AND h.captured = h.amount"
        " AND p.state = 'FUNDED' ELSE h.state IN ('RELEASED', 'TIMED_OUT') END)",
    ),
    forbid_rows(
        "each trial that was handed over has a promise of its owner",
        "redemption t",
        "(t.kind = 'TRIAL' AND t.fulfilled_quantity > 0) <> EXISTS (SELECT 1 FROM trial_promise p"
        " WHERE p.community_id = t.community_id AND p.redemption_id = t.id AND p.membership_id = t.membership_id)",
    ),
    forbid_rows(
        "a kept promise has a later review of its member, and none was broken before it was due",
        "trial_promise p",
        "(p.state = 'BROKEN' AND p.resolved_at < p.due_at OR p.state = 'KEPT' AND NOT EXISTS (SELECT 1"
        " FROM submission s WHERE s.id = p.submission_id AND s.author_id = p.membership_id"
        " AND s.kind = 'PRODUCT_REVIEW' AND s.published_at >= p.created_at))",
    ),
)
"""Invariants of this part of the room that `community audit` checks."""
