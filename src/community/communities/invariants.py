"""Invariants of communities, memberships, roles, invitations and service tokens: each agrees with its history."""

from __future__ import annotations

from community.communities.names import PARTS_INVARIANT
from community.communities.settings import EDITABLE_SETTINGS, EDITABLE_TEXTS, SETTINGS
from community.kernel.invariants import Invariant, build_event_sql, build_near_sql, follow_trail, forbid_rows

# Events of older versions do not name the time zone.
_FOUNDED_ELSEWHERE = (
    f"EXISTS (SELECT 1 {build_event_sql('c', 'community', 'community.found', community='c.id')}"
    " AND e.detail->>'time_zone' <> c.time_zone)"
)
_ENTERED = f"{build_event_sql('t', 'membership', 'membership.enter')} AND {build_near_sql('t.joined_at')}"
_GIVEN = build_event_sql("m", "membership", "role.give", "membership.enter")
_APPROVED = build_event_sql("t", "service_token", "service_token.approve")
_WAITED = build_event_sql("t", "service_token", "service_token.create")


def _build_setting_sql(name: str) -> str:
    """Return the condition that a setting differs from its last edit.

    An erased edit may have changed a setting. But erasure gives a text the last value that is left.
    """
    edits = "FROM community_change h WHERE h.community_id = c.id"
    value = f"h.changes->>'{name}'"
    last = f"{edits} AND {value} IS NOT NULL ORDER BY h.version DESC LIMIT 1"
    # A setting that is younger than the community has its default until an edit.
    default = SETTINGS[name].default
    known = f"COALESCE(CAST((SELECT {value} {last}) AS TEXT), '{'' if default is None else default}')"
    differs = f"{known} <> CAST(c.{name} AS TEXT)"
    if SETTINGS[name].kind is bool:
        # SQLite has 1 for true in JSON.
        known = f"COALESCE(CAST((SELECT {value} {last}) AS TEXT), '{str(default).lower()}')"
        values = (f"CASE WHEN c.{name} THEN '{true}' ELSE '{false}' END" for true, false in (("true", "false"), "10"))
        differs = f"{known} NOT IN ({', '.join(values)})"
    if name in EDITABLE_TEXTS:
        return differs
    erased = f"EXISTS (SELECT 1 {edits} AND CAST(h.changes AS TEXT) = '{{}}' AND h.version > (SELECT h.version {last}))"
    return f"({differs} AND NOT {erased})"


INVARIANTS = (
    PARTS_INVARIANT,
    forbid_rows(
        "a community has the settings of its last edits",
        "community c",
        "(c.version <> COALESCE((SELECT max(h.version) FROM community_change h WHERE h.community_id = c.id), 0)"
        f" OR {_FOUNDED_ELSEWHERE} OR {' OR '.join(map(_build_setting_sql, EDITABLE_SETTINGS))})",
    ),
    forbid_rows(
        "the last event about a role of a member gave it",
        "membership_role r JOIN membership m ON m.id = r.membership_id",
        "(m.left_at IS NOT NULL OR COALESCE((SELECT e.action FROM audit_event e"
        " WHERE e.community_id = r.community_id AND e.subject = 'membership' AND e.subject_id = r.membership_id"
        " AND e.action IN ('role.give', 'role.take', 'membership.enter') AND e.detail->>'role' = r.role"
        " ORDER BY e.id DESC LIMIT 1), 'role.take') = 'role.take')",
    ),
    Invariant(
        "a service token was created and approved as the audit trail says",
        "service_token",
        "SELECT t.id FROM service_token t WHERE t.id > $1 AND t.id <= $2 AND (t.approved_by = t.created_by"
        f" OR NOT EXISTS (SELECT 1 {_WAITED} AND COALESCE(e.actor_id, 0) = COALESCE(t.created_by, 0)"
        " AND replace(CAST(e.detail->'scopes' AS TEXT), ' ', '') = replace(CAST(t.scopes AS TEXT), ' ', ''))"
        # A token that did not wait was approved at its creation, as were those from before approvals.
        " OR (t.approved_at IS NOT NULL AND (t.approved_by IS NOT NULL OR t.approved_at <> t.created_at"
        f" OR EXISTS (SELECT 1 {_WAITED} AND e.detail->>'waits' IS NOT NULL))"
        f" AND NOT EXISTS (SELECT 1 {_APPROVED} AND COALESCE(e.actor_id, 0) = COALESCE(t.approved_by, 0)"
        f" AND {build_near_sql('t.approved_at')})) OR (t.approved_at IS NULL AND EXISTS (SELECT 1 {_APPROVED})))",
    ),
    follow_trail(
        "a service token was revoked as the audit trail says",
        "service_token",
        {"service_token.revoke": build_near_sql("t.revoked_at")},
        otherwise="t.revoked_at IS NULL",
    ),
    forbid_rows(
        "an invitation was used as its uses say",
        "invitation i",
        "i.uses <> (SELECT count(*) FROM invitation_use u WHERE u.community_id = i.community_id"
        " AND u.invitation_id = i.id)",
    ),
    follow_trail(
        "an invitation ended as the audit trail says",
        "invitation",
        dict.fromkeys(("invitation.revoke", "invitation.end"), build_near_sql("t.ended_at")),
        # An upgrade ended those of former leaders at their creation.
        otherwise="(t.ended_at IS NULL OR t.ended_at = t.created_at)",
    ),
    follow_trail(
        "a member joined and left as the audit trail says",
        "membership",
        {
            "membership.enter": f"t.left_at IS NULL AND EXISTS (SELECT 1 {_ENTERED})",
            "membership.leave": f"{build_near_sql('t.left_at')} AND EXISTS (SELECT 1 {_ENTERED})",
        },
    ),
    follow_trail(
        "a sanction was given and lifted as the audit trail says",
        "sanction",
        {
            "sanction.give": f"t.lifted_at IS NULL AND e.actor_id = t.given_by AND {build_near_sql('t.starts_at')}",
            "sanction.lift": f"{build_near_sql('t.lifted_at')} AND (t.lifted_by IS NULL OR e.actor_id = t.lifted_by)",
        },
    ),
    follow_trail(
        "a trust was given and ended as the audit trail says",
        "trust",
        {
            "trust.give": f"t.ended_at IS NULL AND e.actor_id = t.given_by AND {build_near_sql('t.given_at')}",
            "trust.end": f"{build_near_sql('t.ended_at')} AND e.detail->>'cause' = t.end_cause"
            " AND COALESCE(e.actor_id, 0) = COALESCE(t.ended_by, 0)",
        },
    ),
    forbid_rows(
        "only a present member without a sanction is trusted",
        "trust t JOIN membership m ON m.id = t.membership_id",
        "t.ended_at IS NULL AND (m.left_at IS NOT NULL OR t.given_by = t.membership_id OR EXISTS (SELECT 1"
        " FROM sanction s WHERE s.membership_id = m.id AND s.starts_at >= t.given_at))",
    ),
    forbid_rows(
        "a removed member is not a member, and a sanctioned one no leader",
        "membership m",
        "m.left_at IS NULL AND EXISTS (SELECT 1 FROM sanction s LEFT JOIN membership_role r"
        " ON r.membership_id = m.id AND r.role = 'LEADER' WHERE s.membership_id = m.id AND s.lifted_at IS NULL"
        " AND (s.ends_at IS NULL OR s.ends_at > CASE WHEN s.kind = 'REMOVAL' THEN m.joined_at"
        " ELSE r.granted_at END))",
    ),
    follow_trail(
        "a person is suspended as the audit trail says",
        "person",
        # A second suspension keeps the time of the first.
        {
            "person.ban": "(t.banned_at IS NOT NULL OR t.erased_at IS NOT NULL)",
            "person.unban": "t.banned_at IS NULL",
        },
        otherwise="t.banned_at IS NULL",
        community="0",
    ),
    forbid_rows(
        "a role that was given is there until it is taken",
        "membership m",
        f"m.left_at IS NULL AND EXISTS (SELECT 1 {_GIVEN} AND e.detail->>'role' IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id AND r.membership_id = m.id"
        " AND r.role = e.detail->>'role') AND NOT EXISTS (SELECT 1 FROM audit_event x"
        " WHERE x.community_id = m.community_id AND x.subject = 'membership' AND x.subject_id = m.id"
        " AND x.action = 'role.take' AND x.id > e.id AND x.detail->>'role' = e.detail->>'role'))",
    ),
)
"""The invariants of communities, which `community audit` checks."""
