"""Invariants of memberships, roles, invitations and service tokens: each agrees with the audit trail."""

from __future__ import annotations

from community.kernel.invariants import Invariant, build_event_sql

_ENTERED = build_event_sql("m", "membership", "membership.enter", at="m.joined_at")
_MOVED = build_event_sql("m", "membership", "membership.enter", "membership.leave")
_GIVEN = build_event_sql("m", "membership", "role.give", "membership.enter")
_ENDED = build_event_sql("i", "invitation", "invitation.revoke", "invitation.end")
_APPROVED = build_event_sql("t", "service_token", "service_token.approve")
_REVOKED = build_event_sql("t", "service_token", "service_token.revoke")
_WAITED = build_event_sql("t", "service_token", "service_token.create")

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
        # A token that did not wait was approved at its creation, as were those from before approvals.
        " OR (t.approved_at IS NOT NULL AND (t.approved_by IS NOT NULL OR t.approved_at <> t.created_at"
        f" OR EXISTS (SELECT 1 {_WAITED} AND e.detail->>'waits' IS NOT NULL))"
        f" AND NOT EXISTS (SELECT 1 {_APPROVED} AND COALESCE(e.actor_id, 0) = COALESCE(t.approved_by, 0)))"
        f" OR (t.revoked_at IS NULL AND EXISTS (SELECT 1 {_REVOKED})))",
    ),
    Invariant(
        "an invitation was used as its uses say, and ended as the audit trail says",
        "invitation",
        "SELECT i.id FROM invitation i WHERE i.id > $1 AND i.id <= $2 AND (i.uses <> (SELECT count(*)"
        " FROM invitation_use u WHERE u.community_id = i.community_id AND u.invitation_id = i.id)"
        f" OR (i.ended_at IS NULL AND EXISTS (SELECT 1 {_ENDED})))",
    ),
    Invariant(
        "a member joined and left as the audit trail says",
        "membership",
        f"SELECT m.id FROM membership m WHERE m.id > $1 AND m.id <= $2 AND (NOT EXISTS (SELECT 1 {_ENTERED})"
        f" OR (SELECT e.action {_MOVED} ORDER BY e.id DESC LIMIT 1)"
        " <> CASE WHEN m.left_at IS NULL THEN 'membership.enter' ELSE 'membership.leave' END"
        " OR (m.left_at IS NOT NULL AND NOT EXISTS (SELECT 1"
        f" {build_event_sql('m', 'membership', 'membership.leave', at='m.left_at')})))",
    ),
    Invariant(
        "a role that was given is there until it is taken",
        "membership",
        "SELECT m.id FROM membership m WHERE m.id > $1 AND m.id <= $2 AND m.left_at IS NULL"
        f" AND EXISTS (SELECT 1 {_GIVEN} AND e.detail->>'role' IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id"
        " AND r.membership_id = m.id AND r.role = e.detail->>'role')"
        " AND NOT EXISTS (SELECT 1 FROM audit_event x WHERE x.community_id = m.community_id"
        " AND x.subject = 'membership' AND x.subject_id = m.id AND x.action = 'role.take' AND x.id > e.id"
        " AND x.detail->>'role' = e.detail->>'role'))",
    ),
)
"""The invariants of communities, which `community audit` checks."""
