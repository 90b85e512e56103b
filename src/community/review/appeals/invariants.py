"""Invariants of appeals and reports."""

from __future__ import annotations

from community.kernel.invariants import build_event_sql, build_near_sql, forbid_rows

_TOLD = (
    "NOT EXISTS (SELECT 1 FROM notice n WHERE n.community_id = {0}.community_id AND n.membership_id = {0}.{1}"
    " AND n.key = '{2}:' || {0}.id)"
    # Erasure deletes the inbox.
    " AND NOT EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id WHERE m.id = {0}.{1}"
    " AND p.erased_at IS NOT NULL)"
)

INVARIANTS = (
    forbid_rows(
        "an appeal is open with its case, and another leader answered it",
        "appeal a JOIN review_case c ON c.id = a.case_id",
        "(c.kind <> 'APPEAL' OR c.author_id <> a.author_id OR c.community_id <> a.community_id"
        " OR c.state <> CASE a.state WHEN 'OPEN' THEN 'OPEN' WHEN 'ENDED' THEN 'SUPERSEDED' ELSE 'DECIDED' END"
        " OR COALESCE(a.answered_by, 0) IN (a.author_id, COALESCE(c.excluded_id, -1)))",
    ),
    forbid_rows(
        "an appeal was answered as the audit trail says, and its author was notified",
        "appeal a",
        "a.state <> 'OPEN' AND ((NOT EXISTS (SELECT 1"
        f" {build_event_sql('a', 'appeal', 'appeal.granted', 'appeal.denied', 'appeal.ended')}"
        " AND e.action = 'appeal.' || lower(a.state) AND COALESCE(e.actor_id, 0) = COALESCE(a.answered_by, 0)"
        f" AND {build_near_sql('a.answered_at')})) OR ({_TOLD.format('a', 'author_id', 'appeal')}))",
    ),
    forbid_rows(
        "a granted appeal against a removal restored the submission",
        "appeal a",
        "a.subject = 'REMOVAL' AND a.state = 'GRANTED' AND NOT EXISTS (SELECT 1 FROM submission_removal r"
        " WHERE r.id = a.subject_id AND COALESCE(r.restored_by, 0) = COALESCE(a.answered_by, 0)"
        f" AND {build_near_sql('r.restored_at', 'a.answered_at')})",
    ),
    forbid_rows(
        "a granted appeal against a hiding restored the comment",
        "appeal a",
        "a.subject = 'HIDING' AND a.state = 'GRANTED' AND NOT EXISTS (SELECT 1 FROM comment_hiding h"
        " WHERE h.id = a.subject_id AND h.author_id = a.author_id AND COALESCE(h.restored_by, 0) ="
        f" COALESCE(a.answered_by, 0) AND {build_near_sql('h.restored_at', 'a.answered_at')})",
    ),
    forbid_rows(
        "an appeal against a sanction ends with it, and a granted one lifted it",
        "appeal a",
        "a.subject = 'SANCTION' AND NOT EXISTS (SELECT 1 FROM sanction s WHERE s.id = a.subject_id"
        " AND s.membership_id = a.author_id AND (a.state <> 'OPEN' OR s.lifted_at IS NULL)"
        " AND (a.state <> 'GRANTED' OR (COALESCE(s.lifted_by, 0) = COALESCE(a.answered_by, 0)"
        f" AND {build_near_sql('s.lifted_at', 'a.answered_at')})))",
    ),
    forbid_rows(
        "no revision is blocked after its appeal was granted",
        "appeal a",
        "a.subject = 'BLOCK' AND NOT EXISTS (SELECT 1 FROM screening g WHERE g.id = a.subject_id"
        " AND g.author_id = a.author_id AND (a.state <> 'GRANTED' OR COALESCE(g.verdict, '') <> 'BLOCK'"
        " OR g.done_at <= a.answered_at))",
    ),
    forbid_rows(
        "a report is open with its case, and about what another member wrote",
        "report p LEFT JOIN submission s ON s.id = p.submission_id LEFT JOIN review_case c ON c.id = p.case_id",
        "(p.reporter_id IN (s.author_id, c.author_id) OR (c.id IS NOT NULL AND (c.kind <> 'REPORT'"
        " OR COALESCE(c.submission_id, 0) <> COALESCE(p.submission_id, 0)"
        " OR COALESCE(c.thing, '') <> COALESCE(p.thing, '') OR COALESCE(c.thing_id, 0) <> COALESCE(p.thing_id, 0)"
        " OR (c.state = 'OPEN') <> (p.state = 'OPEN') OR (c.state = 'DECIDED' AND p.state = 'ENDED')))"
        " OR (c.id IS NULL AND p.state <> 'DISMISSED'))",
    ),
    forbid_rows(
        "each reporter was notified of the outcome",
        "report t",
        f"t.state <> 'OPEN' AND t.case_id IS NOT NULL AND {_TOLD.format('t', 'reporter_id', 'report')}",
    ),
)
"""The invariants of appeals and reports, which `community audit` checks."""
