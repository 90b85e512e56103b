"""Invariants of cases, decisions, publications and the points awarded for them."""

from __future__ import annotations

from community.kernel.invariants import Invariant, build_near_sql, build_number_sql, follow_trail, forbid_rows
from community.review.case_words import HAS_TEXT, NUMBER

_HAS_CASE = (
    "EXISTS (SELECT 1 FROM review_case c JOIN submission_revision r ON r.id = c.revision_id"
    " WHERE c.submission_id = t.id AND r.number = t.latest_revision AND c.kind = 'REVISION' AND c.state = 'OPEN')"
)

INVARIANTS = (
    forbid_rows(
        "each award for a submission has an approval by a leader who did not write it",
        "award w",
        "w.trigger IN ('SUBMISSION_APPROVED', 'SUBMISSION_RECOMMENDED', 'INVITATION') AND NOT EXISTS (SELECT 1"
        " FROM review_case c JOIN review_decision d ON d.case_id = c.id WHERE c.community_id = w.community_id"
        f" AND w.cause LIKE 'submission:%' AND c.submission_id = {build_number_sql('substr(w.cause, 12)')}"
        " AND d.verdict = 'APPROVED' AND COALESCE(d.decided_by, 0) <> c.author_id AND (c.author_id = w.membership_id"
        " OR w.trigger = 'INVITATION'))",
    ),
    forbid_rows(
        "each award for a review has a decision or an approval of its member",
        "award w",
        "w.trigger = 'REVIEW_DONE' AND NOT EXISTS (SELECT 1 FROM review_decision d"
        f" WHERE w.cause = 'review:' || d.case_id AND d.case_id = {build_number_sql('substr(w.cause, 8)')}"
        " AND d.community_id = w.community_id AND (d.decided_by = w.membership_id OR EXISTS (SELECT 1"
        " FROM review_opinion o WHERE o.community_id = d.community_id AND o.case_id = d.case_id"
        " AND o.given_by = w.membership_id)))",
    ),
    forbid_rows(
        "awards for withdrawn and removed submissions are clawed back",
        "submission s",
        "s.state IN ('REMOVED', 'WITHDRAWN') AND EXISTS (SELECT 1 FROM award w"
        " WHERE w.community_id = s.community_id AND w.cause = 'submission:' || s.id AND w.amount > 0 AND NOT EXISTS"
        " (SELECT 1 FROM award r WHERE r.community_id = w.community_id AND r.reverses_id = w.id))",
    ),
    forbid_rows(
        "no award for a public submission is clawed back",
        "submission s",
        "s.published_revision IS NOT NULL AND EXISTS (SELECT 1 FROM award w WHERE w.community_id = s.community_id"
        " AND w.cause = 'submission:' || s.id AND w.amount < 0 AND NOT EXISTS (SELECT 1 FROM award r"
        " WHERE r.community_id = w.community_id AND r.reverses_id = w.id))",
    ),
    forbid_rows(
        "a published revision and its mark were approved",
        "submission s",
        "((s.published_revision IS NOT NULL AND NOT s.published_ahead AND NOT EXISTS (SELECT 1"
        " FROM submission_revision r JOIN review_case c ON c.submission_id = r.submission_id"
        " AND c.revision_id = r.id JOIN review_decision d ON d.case_id = c.id WHERE r.submission_id = s.id"
        " AND r.number = s.published_revision AND d.verdict = 'APPROVED' AND d.recommended = s.recommended))"
        " OR (s.state = 'REJECTED' AND s.published_revision IS NULL AND NOT EXISTS (SELECT 1 FROM review_case c"
        " JOIN review_decision d ON d.case_id = c.id WHERE c.submission_id = s.id AND d.verdict = 'REJECTED')))",
    ),
    forbid_rows(
        "what is published ahead passed all checks, and waits for a leader",
        "submission s",
        "s.published_ahead AND (s.recommended OR s.state NOT IN ('PENDING_SCREENING', 'IN_REVIEW') OR NOT EXISTS"
        " (SELECT 1 FROM submission_revision r JOIN screening g ON g.community_id = r.community_id"
        " AND g.revision_id = r.id WHERE r.submission_id = s.id AND r.number = s.published_revision"
        " AND g.verdict = 'PASS') OR NOT EXISTS (SELECT 1 FROM trust t WHERE t.membership_id = s.author_id))",
    ),
    forbid_rows(
        "a member's approved submissions are those of the decisions",
        "account a",
        "a.kind = 'MEMBER' AND a.approved <> (SELECT count(DISTINCT c.submission_id) FROM review_case c"
        " JOIN review_decision d ON d.case_id = c.id WHERE c.author_id = a.membership_id"
        " AND c.community_id = a.community_id AND d.verdict = 'APPROVED')",
    ),
    forbid_rows(
        "a case is about its author's submission, and decided once it has a decision",
        "review_case c",
        "(c.due_at < c.opened_at OR (c.kind IN ('REVISION', 'REPORT') AND c.submission_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM submission s JOIN submission_revision r ON r.submission_id = s.id"
        " WHERE s.id = c.submission_id AND s.author_id = c.author_id AND r.id = c.revision_id))"
        " OR (c.kind = 'REVISION' AND c.state = 'DECIDED') <> EXISTS (SELECT 1 FROM review_decision d"
        " WHERE d.case_id = c.id))",
    ),
    Invariant(
        "a case was closed at its decision, or when its submission changed",
        "review_case",
        "SELECT c.id FROM review_case c WHERE c.id > $1 AND c.id <= $2 AND c.closed_at IS NOT NULL AND (c.closed_at <"
        " c.opened_at OR (c.kind = 'REVISION' AND CASE c.state WHEN 'DECIDED'"
        " THEN NOT EXISTS (SELECT 1 FROM review_decision d"
        f" WHERE d.case_id = c.id AND {build_near_sql('c.closed_at', 'd.created_at')})"
        # Older versions recorded no event.
        " ELSE EXISTS (SELECT 1 FROM audit_event e WHERE e.community_id = c.community_id AND e.subject = 'submission'"
        " AND e.subject_id = c.submission_id AND e.action = 'review.superseded'"
        f" AND CAST(e.detail->>'case_id' AS BIGINT) = c.id AND NOT {build_near_sql('c.closed_at')}) END))",
    ),
    forbid_rows(
        "a submission is in review while its revision has an open case",
        "submission t",
        f"t.state IN ('PENDING_SCREENING', 'IN_REVIEW') AND (t.state = 'IN_REVIEW') <> {_HAS_CASE}",
    ),
    Invariant(
        "an open case about a text is found by its words, and a superseded one is not",
        "review_case",
        "SELECT c.id FROM review_case c WHERE c.id > $1 AND c.id <= $2 AND CASE WHEN"
        " EXISTS (SELECT 1 FROM search_document d WHERE d.kind = 'CASE' AND d.subject_id = c.id)"
        " THEN c.state = 'SUPERSEDED' OR EXISTS (SELECT 1 FROM search_document d WHERE d.kind = 'CASE'"
        f" AND d.subject_id = c.id AND d.number <> {NUMBER})"
        # An erasure removes the words immediately, and a job closes the case of what was withdrawn.
        f" ELSE c.state = 'OPEN' AND {HAS_TEXT} AND NOT EXISTS (SELECT 1 FROM submission s"
        " WHERE s.id = c.submission_id AND s.state IN ('REMOVED', 'WITHDRAWN')) AND NOT EXISTS"
        " (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id WHERE m.id = c.author_id"
        " AND p.erased_at IS NOT NULL) END",
    ),
    forbid_rows(
        "a comment waits for a leader while its revision has an open case",
        "comment t",
        "COALESCE(t.verdict = 'REVIEW', FALSE) <> EXISTS (SELECT 1 FROM review_case c WHERE c.thing = 'COMMENT'"
        " AND c.thing_id = t.id AND c.kind = 'COMMENT' AND c.state = 'OPEN'"
        " AND c.thing_revision = t.pending_revision AND c.author_id = t.author_id)",
    ),
    forbid_rows(
        "no member claims or decides a case that excludes them",
        "review_case c",
        "(c.claimed_by IN (c.author_id, c.excluded_id, c.also_excluded_id) OR c.claimed_until < c.claimed_at"
        " OR (c.excluded_id IS NOT NULL AND EXISTS (SELECT 1 FROM review_decision d WHERE d.case_id = c.id"
        " AND d.decided_by = c.excluded_id)))",
    ),
    forbid_rows(
        "a decision and its scores are those of the audit trail",
        "review_decision d JOIN review_case c ON c.id = d.case_id",
        "(d.decided_by = c.author_id OR NOT EXISTS (SELECT 1 FROM audit_event e"
        " WHERE e.community_id = d.community_id AND e.subject = 'submission' AND e.subject_id = c.submission_id"
        " AND e.action = 'review.' || lower(d.verdict) AND COALESCE(e.actor_id, 0) = COALESCE(d.decided_by, 0)"
        " AND CAST(e.detail->>'case_id' AS BIGINT) = d.case_id AND COALESCE(CAST(e.detail->'scores'->>0 AS BIGINT),"
        " 0) = COALESCE(d.authenticity, 0) AND COALESCE(CAST(e.detail->'scores'->>1 AS BIGINT), 0) ="
        " COALESCE(d.usefulness, 0) AND COALESCE(CAST(e.detail->'scores'->>2 AS BIGINT), 0) = COALESCE(d.resonance,"
        " 0) AND lower(e.detail->>'recommended') IN (CASE WHEN d.recommended THEN 'true' ELSE 'false' END, CASE"
        " WHEN d.recommended THEN '1' ELSE '0' END)))",
    ),
    forbid_rows(
        "an opinion is of a leader who may decide the case, as the audit trail says",
        "review_opinion o JOIN review_case c ON c.id = o.case_id",
        "(c.community_id <> o.community_id OR c.kind <> 'REVISION' OR o.given_by = c.author_id"
        " OR o.given_by = c.excluded_id OR NOT EXISTS (SELECT 1 FROM audit_event e"
        " WHERE e.community_id = o.community_id AND e.subject = 'submission' AND e.subject_id = c.submission_id"
        " AND e.action = 'review.opinion' AND e.actor_id = o.given_by"
        " AND CAST(e.detail->>'case_id' AS BIGINT) = o.case_id AND CAST(e.detail->'scores'->>0 AS BIGINT) ="
        " o.authenticity AND CAST(e.detail->'scores'->>1 AS BIGINT) = o.usefulness"
        " AND CAST(e.detail->'scores'->>2 AS BIGINT) = o.resonance))",
    ),
    Invariant(
        "a complaint is that of its case, and solved once the case is decided",
        "complaint",
        "SELECT t.id FROM complaint t JOIN review_case c ON c.id = t.case_id WHERE t.id > $1 AND t.id <= $2"
        " AND (c.kind <> 'COMPLAINT' OR c.author_id <> t.membership_id OR (t.solved_at IS NULL) <> (c.state = 'OPEN')"
        # An erasure ends the case without a solution.
        " AND NOT (t.solved_at IS NULL AND c.state = 'SUPERSEDED' AND EXISTS (SELECT 1 FROM membership m"
        " JOIN person p ON p.id = m.person_id WHERE m.id = t.membership_id AND p.erased_at IS NOT NULL)))",
    ),
    follow_trail(
        "a complaint was solved and opened again as the audit trail says",
        "complaint",
        {
            "complaint.open": "t.solved_at IS NULL AND t.reopened_at IS NULL",
            "complaint.solve": build_near_sql("t.solved_at"),
            "complaint.reopen": f"t.solved_at IS NULL AND {build_near_sql('t.reopened_at')}",
        },
    ),
)
"""The invariants of the review, which `community audit` checks."""
