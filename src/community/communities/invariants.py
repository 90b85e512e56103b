"""Invariants of roles and service tokens: each agrees with the audit trail."""

from __future__ import annotations

from community.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "the last event about a role of a member gave it",
        "membership_role",
        "SELECT r.id FROM membership_role r JOIN membership m ON m.id = r.membership_id"
        " WHERE r.id > $1 AND r.id <= $2 AND (m.left_at IS NOT NULL OR COALESCE((SELECT e.action FROM audit_event e"
        " WHERE e.community_id = r.community_id AND e.subject = 'membership' AND e.subject_id = r.membership_id"
        " AND e.action IN ('role.give', 'role.take', 'membership.enter') AND e.detail->>'role' = r.role"
        " ORDER BY e.id DESC LIMIT 1), 'role.take') = 'role.take')",
    ),
    Invariant(
        "a service token was created and approved as the audit trail says",
        "service_token",
        "SELECT t.id FROM service_token t WHERE t.id > $1 AND t.id <= $2 AND (t.approved_by = t.created_by"
        " OR NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.community_id = t.community_id"
        " AND e.subject = 'service_token' AND e.subject_id = t.id AND e.action = 'service_token.create'"
        " AND COALESCE(e.actor_id, 0) = COALESCE(t.created_by, 0)"
        " AND replace(CAST(e.detail->'scopes' AS TEXT), ' ', '') = replace(CAST(t.scopes AS TEXT), ' ', ''))"
        " OR (t.approved_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_event e"
        " WHERE e.community_id = t.community_id AND e.subject = 'service_token' AND e.subject_id = t.id"
        " AND e.action = 'service_token.approve' AND e.actor_id = t.approved_by)))",
    ),
)
"""The invariants of communities, which `community audit` checks."""
