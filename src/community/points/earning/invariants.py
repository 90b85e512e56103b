"""Invariants of awards, check-ins and interactions."""

from __future__ import annotations

from community.kernel.invariants import (
    Invariant,
    build_event_sql,
    build_near_sql,
    build_number_sql,
    follow_trail,
    forbid_rows,
)
from community.points.earning import calendar_checks
from community.points.earning.interactions import TRIGGERS
from community.points.earning.models import Trigger

_EXPIRED_FROM_LOT = (
    "COALESCE((SELECT -sum(m.amount) FROM lot_movement m JOIN posting q ON q.id = m.posting_id"
    " JOIN account x ON x.id = q.to_account_id AND x.kind = 'EXPIRED' WHERE m.lot_id = l.id), 0)"
)
_MOVED = "COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.entry_id = r.entry_id), 0)"
_OPENED = (
    f"EXISTS (SELECT 1 {build_event_sql('t', 'season', 'season.open')} AND COALESCE(e.actor_id, 0) ="
    " COALESCE(t.created_by, 0) AND CAST(e.detail->>'percent' AS BIGINT) = t.percent)"
)
# Last part of a cause, such as check-in:7:2026-10-01 or purchase:12. The statements below look it up by an index.
_CAUSE_SUFFIX = (
    "substr(w.cause, length(CASE w.trigger WHEN 'CHECK_IN' THEN 'check-in:' || w.membership_id"
    " WHEN 'INTERACTION' THEN 'other' ELSE lower(w.trigger) END) + 2)"
)
_OUTCOME_POINTS = build_number_sql("CAST(i.outcome->>'points' AS TEXT)")
PAID_TRIGGERS = (
    Trigger.SUBMISSION_APPROVED,
    Trigger.SUBMISSION_RECOMMENDED,
    Trigger.REVIEW_DONE,
    Trigger.CHECK_IN,
    Trigger.INVITATION,
    Trigger.COMMENT,
    Trigger.ENDORSEMENT_RECEIVED,
    Trigger.ENDORSEMENT_GIVEN,
    Trigger.EVENT_PRIZE,
    Trigger.EVENT_PARTICIPATION,
    *TRIGGERS.values(),
)
"""The triggers that a verb of this version pays by."""
_IS_PAID_SQL = (
    "w.trigger IN (" + ", ".join(f"'{trigger.value}'" for trigger in PAID_TRIGGERS) + ")"
    " AND (w.trigger <> 'EVENT_PARTICIPATION' OR w.cause LIKE 'event%')"
)
# Events of older versions, and those of an erased person, do not name the inviter.
_WAS_INVITED = (
    "(t.invited_by IS NULL OR EXISTS (SELECT 1 FROM invitation_use u JOIN invitation i ON i.id = u.invitation_id"
    " WHERE u.membership_id = t.id AND i.created_by = t.invited_by) OR EXISTS (SELECT 1 FROM interaction n"
    " WHERE n.kind = 'INVITATION' AND n.invitee_id = t.id AND n.membership_id = t.invited_by))"
)
_HAS_INVITER = (
    f"CASE WHEN e.detail->>'inviter_id' IS NULL THEN {_WAS_INVITED}"
    " ELSE CAST(e.detail->>'inviter_id' AS BIGINT) = COALESCE(t.invited_by, 0) END"
)


AWARDS_HAVE_A_CAUSE = forbid_rows(
    "an award is for a trigger and a cause that this version pays",
    "award w",
    f"NOT ({_IS_PAID_SQL})",
)

INVARIANTS = (
    AWARDS_HAVE_A_CAUSE,
    Invariant(
        "an award has the amount that its rule, season and inputs give",
        "award",
        f"{calendar_checks.AWARDS_SQL} AND {_IS_PAID_SQL}",
        calendar_checks.AwardRow,
        calendar_checks.load_award_check,
    ),
    Invariant(
        "points expire as the policy said when they were issued",
        "lot",
        calendar_checks.LOTS_SQL,
        calendar_checks.LotRow,
        calendar_checks.load_lot_check,
    ),
    Invariant(
        "a check-in is of its own day, continues its streak and has its award",
        "check_in",
        calendar_checks.CHECK_INS_SQL,
        calendar_checks.CheckInRow,
        calendar_checks.load_check_in_check,
    ),
    forbid_rows(
        "the outcome of an interaction is that of its award and of the audit trail",
        "interaction i",
        "(NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.community_id = i.community_id"
        " AND e.subject = 'interaction' AND e.subject_id = i.id AND e.action = 'interaction.' || lower(i.kind)"
        " AND e.detail->>'points' = i.outcome->>'points' AND e.detail->>'taken_back' = i.outcome->>'taken_back'"
        " AND CAST(e.detail->>'service_token_id' AS BIGINT) = i.service_token_id)"
        f" OR COALESCE({_OUTCOME_POINTS}, -1) <> COALESCE((SELECT sum(w.amount) FROM award w"
        " WHERE w.community_id = i.community_id AND w.cause = lower(i.kind) || ':' || i.id AND w.amount > 0), 0))",
    ),
    follow_trail(
        "a season is that of the audit trail",
        "season",
        {
            "season.open": f"t.cancelled_at IS NULL AND {_OPENED}",
            "season.cancel": f"{build_near_sql('t.cancelled_at')} AND {_OPENED}",
        },
    ),
    follow_trail(
        "a member was invited as the audit trail says",
        "membership",
        dict.fromkeys(("membership.enter", "membership.inviter"), _HAS_INVITER),
    ),
    follow_trail(
        "an earning rule is that of the audit trail",
        "earning_rule",
        {
            "earning_rule.publish": "COALESCE(e.actor_id, 0) = COALESCE(t.published_by, 0)"
            " AND e.detail->>'trigger' = t.trigger AND CAST(e.detail->>'version' AS BIGINT) = t.version"
        },
    ),
    forbid_rows(
        "an award and its entry agree",
        "journal_entry e JOIN posting p ON p.entry_id = e.id",
        "e.kind = 'AWARD' AND NOT EXISTS (SELECT 1 FROM award w JOIN account a ON a.id = p.to_account_id"
        " WHERE w.community_id = e.community_id AND w.entry_id = e.id AND w.amount = p.amount"
        " AND w.membership_id = a.membership_id)",
    ),
    forbid_rows(
        "a claw-back takes an award's unexpired points from the member who was awarded",
        "award r JOIN award w ON w.id = r.reverses_id LEFT JOIN posting i ON i.entry_id = w.entry_id"
        " AND i.amount > 0 LEFT JOIN lot l ON l.community_id = i.community_id AND l.posting_id = i.id",
        # The lot of a reversal may be missing, because its points had expired before the first claw-back.
        "r.amount < 0 AND (w.amount < 0 OR (l.id IS NULL) <> (w.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1"
        f" FROM posting p WHERE p.entry_id = w.entry_id)) OR {_MOVED} NOT BETWEEN COALESCE(l.amount -"
        f" {_EXPIRED_FROM_LOT}, 0) AND COALESCE(l.amount, 0))",
    ),
    forbid_rows(
        "a claw-back or its reversal has the opposite amount, the member and the time of its award",
        "award r JOIN award w ON w.id = r.reverses_id",
        "(r.amount <> -w.amount OR r.membership_id <> w.membership_id OR r.earned_at <> w.earned_at"
        " OR r.cause <> w.cause OR r.trigger <> w.trigger)",
    ),
    forbid_rows(
        "the reversal of a claw-back returns the points that it took",
        "award r JOIN award w ON w.id = r.reverses_id",
        f"r.amount > 0 AND ({_MOVED} <> COALESCE((SELECT sum(p.amount) FROM posting p"
        " WHERE p.entry_id = w.entry_id), 0) OR EXISTS (SELECT 1 FROM posting p JOIN account a"
        " ON a.id = p.to_account_id WHERE p.entry_id = r.entry_id AND COALESCE(a.membership_id, 0) <>"
        " r.membership_id))",
    ),
    forbid_rows(
        "a member is awarded once per cause and trigger",
        "award w",
        "w.reverses_id IS NULL AND EXISTS (SELECT 1 FROM award o WHERE o.community_id = w.community_id"
        " AND o.cause = w.cause AND o.trigger = w.trigger AND o.membership_id = w.membership_id"
        " AND o.reverses_id IS NULL AND o.id <> w.id)",
    ),
    forbid_rows(
        "an award belongs to the rule that it names",
        "award w JOIN earning_rule r ON r.id = w.rule_id",
        "(r.trigger <> w.trigger OR r.community_id NOT IN (0, w.community_id) OR (w.amount > 0"
        " AND r.effective_from > w.earned_at))",
    ),
    forbid_rows(
        "an award for a check-in or interaction has its check-in or interaction",
        "award w",
        "((w.trigger = 'CHECK_IN' AND NOT EXISTS (SELECT 1 FROM check_in c WHERE c.community_id = w.community_id"
        f" AND c.membership_id = w.membership_id AND c.day = {_CAUSE_SUFFIX}"
        " AND w.cause = 'check-in:' || c.membership_id || ':' || c.day))"
        " OR (w.trigger IN ('PURCHASE', 'PICK_UP', 'INTERACTION') AND NOT EXISTS (SELECT 1 FROM interaction i"
        f" WHERE i.id = {build_number_sql(_CAUSE_SUFFIX)} AND i.community_id = w.community_id"
        " AND i.membership_id = w.membership_id AND i.kind = CASE w.trigger WHEN 'INTERACTION' THEN 'OTHER'"
        " ELSE w.trigger END AND w.cause = lower(i.kind) || ':' || i.id)))",
    ),
    forbid_rows(
        "an award for a returned purchase was clawed back",
        "interaction r JOIN interaction b ON b.community_id = r.community_id AND b.kind = 'PURCHASE'"
        " AND b.reference = r.purchase AND b.membership_id = r.membership_id JOIN award w"
        " ON w.community_id = b.community_id AND w.cause = 'purchase:' || b.id AND w.amount > 0",
        "r.kind = 'RETURN' AND NOT EXISTS (SELECT 1 FROM award v WHERE v.community_id = w.community_id"
        " AND v.reverses_id = w.id)",
    ),
)
"""Invariants of earning that `community audit` checks."""
