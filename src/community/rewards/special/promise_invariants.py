"""Invariants of co-building projects and trials."""

from __future__ import annotations

from community.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "each co-building project has a state",
        "reward",
        "SELECT r.id FROM reward r WHERE r.id > $1 AND r.id <= $2 AND (r.kind = 'PROJECT') <>"
        " EXISTS (SELECT 1 FROM project p WHERE p.reward_id = r.id)",
    ),
    Invariant(
        "a project is funded exactly when its goal is reached",
        "project",
        "SELECT p.id FROM project p JOIN reward_stock s ON s.reward_id = p.reward_id AND s.slot_id IS NULL"
        " WHERE p.id > $1 AND p.id <= $2 AND (p.state = 'FUNDED') <> (s.taken = s.total)",
    ),
    Invariant(
        "a settled project has no open pledge",
        "project",
        "SELECT p.id FROM project p WHERE p.id > $1 AND p.id <= $2 AND p.settled_at IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM redemption t WHERE t.reward_id = p.reward_id AND t.state = 'RESERVED')",
    ),
    Invariant(
        "a pledge has a hold of its points and its state, and only a funded project captures it",
        "redemption",
        "SELECT t.id FROM redemption t WHERE t.id > $1 AND t.id <= $2 AND t.kind = 'PROJECT' AND NOT EXISTS"
        " (SELECT 1 FROM journal_entry e JOIN points_hold h ON h.community_id = e.community_id AND h.entry_id = e.id"
        " JOIN project p ON p.reward_id = t.reward_id WHERE e.community_id = t.community_id"
        " AND e.source_key = 'redemption:' || t.id AND h.membership_id = t.membership_id AND h.amount = t.quantity"
        " AND CASE t.state WHEN 'RESERVED' THEN h.state = 'OPEN'"
        " WHEN 'FULFILLED' THEN h.state = 'CAPTURED' AND h.captured = h.amount AND p.state = 'FUNDED'"
        " ELSE h.state IN ('RELEASED', 'TIMED_OUT') END)",
    ),
    Invariant(
        "each trial that was handed over has a promise of its owner",
        "redemption",
        "SELECT t.id FROM redemption t WHERE t.id > $1 AND t.id <= $2 AND (t.kind = 'TRIAL'"
        " AND t.fulfilled_quantity > 0) <> EXISTS (SELECT 1 FROM trial_promise p"
        " WHERE p.community_id = t.community_id AND p.redemption_id = t.id AND p.membership_id = t.membership_id)",
    ),
    Invariant(
        "a kept promise has a later review of its member, and none was broken before it was due",
        "trial_promise",
        "SELECT p.id FROM trial_promise p WHERE p.id > $1 AND p.id <= $2 AND (p.state = 'BROKEN'"
        " AND p.resolved_at < p.due_at OR p.state = 'KEPT' AND NOT EXISTS (SELECT 1 FROM submission s"
        " WHERE s.id = p.submission_id AND s.author_id = p.membership_id AND s.kind = 'PRODUCT_REVIEW'"
        " AND s.published_at >= p.created_at))",
    ),
)
"""Invariants of this part of the room that `community audit` checks."""
