"""Invariants of the points bank, as statements that find violations."""

from __future__ import annotations

from community.kernel.enumerations import require_each
from community.kernel.invariants import Invariant, build_number_sql
from community.points.kinds import EntryKind

_POSTINGS_OF = (
    "SELECT p.to_account_id AS account_id, p.id, p.amount AS delta, p.to_balance AS balance FROM posting p"
    " JOIN account a ON a.id = p.to_account_id WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'MEMBER'"
    " UNION ALL SELECT p.from_account_id, p.id, -p.amount, p.from_balance FROM posting p"
    " JOIN account a ON a.id = p.from_account_id WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'MEMBER'"
)
_ALLOWED_MOVES = {
    "AWARD": ("ISSUANCE>MEMBER",),
    "SPEND": ("MEMBER>SPENT",),
    "REFUND": ("SPENT>MEMBER",),
    "HOLD": ("MEMBER>HELD",),
    "CAPTURE": ("HELD>SPENT",),
    "RELEASE": ("HELD>MEMBER",),
    "EXPIRY": ("MEMBER>EXPIRED",),
    "CLAW_BACK": ("MEMBER>ISSUANCE", "DEBT>ISSUANCE"),
    "REPAYMENT": ("MEMBER>DEBT",),
    "ADJUSTMENT": ("ISSUANCE>MEMBER", "MEMBER>ISSUANCE"),
}
require_each(EntryKind, _ALLOWED_MOVES)
_ALLOWED_MOVES_SQL = ", ".join(f"'{kind}:{move}'" for kind, moves in _ALLOWED_MOVES.items() for move in moves)
_EXPIRED_FROM_LOT = (
    "COALESCE((SELECT -sum(m.amount) FROM lot_movement m JOIN posting q ON q.id = m.posting_id"
    " JOIN account x ON x.id = q.to_account_id AND x.kind = 'EXPIRED' WHERE m.lot_id = l.id), 0)"
)

# Last part of a cause, such as check-in:7:2026-10-01 or purchase:12. The statements below look it up by an index.
_CAUSE_SUFFIX = (
    "substr(w.cause, length(CASE w.trigger WHEN 'CHECK_IN' THEN 'check-in:' || w.membership_id"
    " WHEN 'INTERACTION' THEN 'other' ELSE lower(w.trigger) END) + 2)"
)
_ACCOUNT_BATCH_SIZE = 200  # An account may have thousands of postings.

BALANCES_MATCH_POSTINGS = Invariant(
    "a balance is the sum of postings in, less postings out",
    "account",
    "SELECT a.id FROM account a WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'MEMBER' AND a.balance <>"
    " COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.to_account_id = a.id), 0)"
    " - COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.from_account_id = a.id), 0)",
    batch_size=_ACCOUNT_BATCH_SIZE,
)
BALANCES_MATCH_LOTS = Invariant(
    "a balance is the sum that remains of its lots",
    "account",
    "SELECT a.id FROM account a WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'MEMBER'"
    " AND a.balance <> COALESCE((SELECT sum(l.remaining) FROM lot l WHERE l.account_id = a.id), 0)",
    batch_size=_ACCOUNT_BATCH_SIZE,
)

INVARIANTS = (
    BALANCES_MATCH_POSTINGS,
    BALANCES_MATCH_LOTS,
    Invariant(
        "every posting stores the balance after it",
        "account",
        "SELECT DISTINCT account_id AS id FROM (SELECT account_id, balance, delta,"
        " lag(balance, 1, CAST(0 AS BIGINT)) OVER (PARTITION BY account_id ORDER BY id) AS before"
        f" FROM ({_POSTINGS_OF}) AS moved) AS followed WHERE balance IS NULL OR balance <> before + delta",
        batch_size=_ACCOUNT_BATCH_SIZE,
    ),
    Invariant(
        "a debt is the points that could not be clawed back, less repayments",
        "account",
        "SELECT a.id FROM account a WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'MEMBER' AND a.debt <>"
        " COALESCE((SELECT sum(p.amount) FROM award w JOIN posting p ON p.entry_id = w.entry_id"
        " JOIN account d ON d.id = p.from_account_id AND d.kind = 'DEBT'"
        " WHERE w.membership_id = a.membership_id AND w.community_id = a.community_id AND w.amount < 0), 0)"
        " - COALESCE((SELECT sum(p.amount) FROM posting p JOIN account d ON d.id = p.to_account_id"
        " AND d.kind = 'DEBT' WHERE p.from_account_id = a.id), 0)",
        batch_size=_ACCOUNT_BATCH_SIZE,
    ),
    Invariant(
        "a growth value is the sum of all awards",
        "account",
        "SELECT a.id FROM account a WHERE a.id > $1 AND a.id <= $2 AND a.kind = 'MEMBER' AND a.growth <>"
        " COALESCE((SELECT sum(w.amount) FROM award w WHERE w.membership_id = a.membership_id"
        " AND w.community_id = a.community_id AND w.amount > 0), 0)",
        batch_size=_ACCOUNT_BATCH_SIZE,
    ),
    Invariant(
        "points move as the entry's kind allows, within one community, not before the entry",
        "posting",
        "SELECT p.id FROM posting p JOIN journal_entry e ON e.id = p.entry_id"
        " JOIN account f ON f.id = p.from_account_id JOIN account t ON t.id = p.to_account_id"
        " WHERE p.id > $1 AND p.id <= $2 AND (e.kind || ':' || f.kind || '>' || t.kind"
        f" NOT IN ({_ALLOWED_MOVES_SQL}) OR e.community_id <> p.community_id OR f.community_id <> p.community_id"
        " OR t.community_id <> p.community_id OR p.created_at < e.created_at)",
    ),
    Invariant(
        "every entry has one posting, a claw-back at most two",
        "journal_entry",
        "SELECT e.id FROM journal_entry e WHERE e.id > $1 AND e.id <= $2 AND"
        " (SELECT count(*) FROM posting p WHERE p.entry_id = e.id) NOT BETWEEN"
        " CASE WHEN e.kind = 'CLAW_BACK' THEN 0 ELSE 1 END AND CASE WHEN e.kind = 'CLAW_BACK' THEN 2 ELSE 1 END",
    ),
    Invariant(
        "a source key is used once",
        "journal_entry",
        "SELECT e.id FROM journal_entry e WHERE e.id > $1 AND e.id <= $2 AND EXISTS (SELECT 1 FROM journal_entry o"
        " WHERE o.community_id = e.community_id AND o.source_key = e.source_key AND o.id <> e.id)",
    ),
    Invariant(
        "the rest of a lot is its amount plus its movements",
        "lot",
        "SELECT l.id FROM lot l JOIN posting p ON p.id = l.posting_id WHERE l.id > $1 AND l.id <= $2"
        " AND (l.amount <> p.amount OR l.account_id <> p.to_account_id OR l.remaining <> l.amount"
        " + COALESCE((SELECT sum(m.amount) FROM lot_movement m WHERE m.lot_id = l.id), 0))",
    ),
    Invariant(
        "every posting of a member equals its lots and movements",
        "posting",
        "SELECT p.id FROM posting p JOIN account f ON f.id = p.from_account_id JOIN account t ON t.id = p.to_account_id"
        " WHERE p.id > $1 AND p.id <= $2 AND"
        " COALESCE((SELECT sum(m.amount) FROM lot_movement m WHERE m.community_id = p.community_id"
        " AND m.posting_id = p.id), 0)"
        " + COALESCE((SELECT sum(l.amount) FROM lot l WHERE l.community_id = p.community_id"
        " AND l.posting_id = p.id), 0)"
        " <> CASE WHEN f.kind = 'MEMBER' THEN -p.amount WHEN t.kind = 'MEMBER' THEN p.amount ELSE 0 END",
    ),
    Invariant(
        "points are taken from and returned to lots of the same account",
        "lot_movement",
        "SELECT m.id FROM lot_movement m JOIN lot l ON l.id = m.lot_id JOIN posting p ON p.id = m.posting_id"
        " LEFT JOIN lot_movement r ON r.id = m.returns_id WHERE m.id > $1 AND m.id <= $2"
        " AND (l.account_id NOT IN (p.from_account_id, p.to_account_id)"
        " OR (m.returns_id IS NOT NULL AND (r.lot_id <> m.lot_id OR r.amount > 0)))",
    ),
    Invariant(
        "no more points are returned than were taken",
        "lot_movement",
        "SELECT m.id FROM lot_movement m WHERE m.id > $1 AND m.id <= $2 AND m.amount < 0 AND -m.amount <"
        " COALESCE((SELECT sum(r.amount) FROM lot_movement r WHERE r.returns_id = m.id), 0)",
    ),
    Invariant(
        "points of a lot are spent before its expiry and expire after it",
        "lot_movement",
        "SELECT m.id FROM lot_movement m JOIN lot l ON l.id = m.lot_id JOIN posting p ON p.id = m.posting_id"
        " JOIN account t ON t.id = p.to_account_id WHERE m.id > $1 AND m.id <= $2 AND m.amount < 0"
        " AND (t.kind = 'EXPIRED') = (p.created_at < l.expires_at)",
    ),
    Invariant(
        "a hold froze, captured and released its amounts for its member",
        "points_hold",
        "SELECT h.id FROM points_hold h WHERE h.id > $1 AND h.id <= $2 AND (h.amount <>"
        " COALESCE((SELECT sum(p.amount) FROM posting p JOIN account a ON a.id = p.from_account_id"
        " AND a.membership_id = h.membership_id WHERE p.entry_id = h.entry_id), 0) OR h.captured <>"
        " COALESCE((SELECT sum(p.amount) FROM posting p JOIN journal_entry e ON e.id = p.entry_id"
        " WHERE e.about_id = h.entry_id AND e.kind = 'CAPTURE'), 0)"
        " OR CASE WHEN h.state = 'OPEN' THEN 0 ELSE h.amount - h.captured END <>"
        " COALESCE((SELECT sum(p.amount) FROM posting p JOIN journal_entry e ON e.id = p.entry_id"
        " WHERE e.about_id = h.entry_id AND e.kind = 'RELEASE'), 0))",
    ),
    Invariant(
        "frozen points are the sum of the open holds",
        "community",
        "SELECT c.id FROM community c WHERE c.id > $1 AND c.id <= $2 AND"
        " COALESCE((SELECT sum(h.amount) FROM points_hold h WHERE h.community_id = c.id AND h.state = 'OPEN'), 0) <>"
        " COALESCE((SELECT sum(p.amount) FROM account a JOIN posting p ON p.to_account_id = a.id"
        " WHERE a.community_id = c.id AND a.kind = 'HELD'), 0)"
        " - COALESCE((SELECT sum(p.amount) FROM account a JOIN posting p ON p.from_account_id = a.id"
        " WHERE a.community_id = c.id AND a.kind = 'HELD'), 0)",
    ),
    Invariant(
        "a refund returns points that the same member spent",
        "journal_entry",
        "SELECT e.id FROM journal_entry e JOIN posting p ON p.entry_id = e.id WHERE e.id > $1 AND e.id <= $2"
        " AND e.kind = 'REFUND' AND NOT EXISTS (SELECT 1 FROM journal_entry s JOIN posting q"
        " ON q.entry_id = CASE s.kind WHEN 'CAPTURE' THEN s.about_id ELSE s.id END"
        " WHERE s.id = e.about_id AND s.kind IN ('SPEND', 'CAPTURE') AND q.from_account_id = p.to_account_id)",
    ),
    Invariant(
        "an award and its entry agree",
        "journal_entry",
        "SELECT e.id FROM journal_entry e JOIN posting p ON p.entry_id = e.id WHERE e.id > $1 AND e.id <= $2"
        " AND e.kind = 'AWARD' AND NOT EXISTS (SELECT 1 FROM award w JOIN account a ON a.id = p.to_account_id"
        " WHERE w.community_id = e.community_id AND w.entry_id = e.id AND w.amount = p.amount"
        " AND w.membership_id = a.membership_id)",
    ),
    Invariant(
        "a claw-back takes an award's unexpired points from the member who was awarded",
        "award",
        "SELECT r.id FROM award r JOIN award w ON w.id = r.reverses_id JOIN posting i ON i.entry_id = w.entry_id"
        " JOIN lot l ON l.community_id = i.community_id AND l.posting_id = i.id"
        " WHERE r.id > $1 AND r.id <= $2 AND (r.amount <> -w.amount"
        " OR r.membership_id <> w.membership_id OR r.earned_at <> w.earned_at"
        " OR COALESCE((SELECT sum(p.amount) FROM posting p WHERE p.entry_id = r.entry_id), 0)"
        f" NOT BETWEEN w.amount - {_EXPIRED_FROM_LOT} AND w.amount)",
    ),
    Invariant(
        "a member is awarded once per cause and trigger",
        "award",
        "SELECT w.id FROM award w WHERE w.id > $1 AND w.id <= $2 AND w.amount > 0 AND EXISTS (SELECT 1 FROM award o"
        " WHERE o.community_id = w.community_id AND o.cause = w.cause AND o.trigger = w.trigger"
        " AND o.membership_id = w.membership_id AND o.amount > 0 AND o.id <> w.id)",
    ),
    Invariant(
        "an award belongs to the rule that it names",
        "award",
        "SELECT w.id FROM award w JOIN earning_rule r ON r.id = w.rule_id WHERE w.id > $1 AND w.id <= $2"
        " AND (r.trigger <> w.trigger OR r.community_id NOT IN (0, w.community_id)"
        " OR (w.amount > 0 AND r.effective_from > w.earned_at))",
    ),
    Invariant(
        "an award for a check-in or interaction has its check-in or interaction",
        "award",
        "SELECT w.id FROM award w WHERE w.id > $1 AND w.id <= $2 AND ((w.trigger = 'CHECK_IN' AND NOT EXISTS"
        " (SELECT 1 FROM check_in c WHERE c.community_id = w.community_id AND c.membership_id = w.membership_id"
        f" AND c.day = {_CAUSE_SUFFIX} AND w.cause = 'check-in:' || c.membership_id || ':' || c.day))"
        " OR (w.trigger IN ('PURCHASE', 'PICK_UP', 'INTERACTION') AND NOT EXISTS"
        f" (SELECT 1 FROM interaction i WHERE i.id = {build_number_sql(_CAUSE_SUFFIX)}"
        " AND i.community_id = w.community_id AND i.membership_id = w.membership_id"
        " AND i.kind = CASE w.trigger WHEN 'INTERACTION' THEN 'OTHER' ELSE w.trigger END"
        " AND w.cause = lower(i.kind) || ':' || i.id)))",
    ),
    Invariant(
        "an award for a returned purchase was clawed back",
        "interaction",
        "SELECT r.id FROM interaction r JOIN interaction b ON b.community_id = r.community_id AND b.kind = 'PURCHASE'"
        " AND b.reference = r.purchase AND b.membership_id = r.membership_id JOIN award w"
        " ON w.community_id = b.community_id AND w.cause = 'purchase:' || b.id AND w.amount > 0"
        " WHERE r.id > $1 AND r.id <= $2 AND r.kind = 'RETURN' AND NOT EXISTS (SELECT 1 FROM award v"
        " WHERE v.community_id = w.community_id AND v.reverses_id = w.id)",
    ),
    Invariant(
        "an adjustment moved its amount for its member, and no member decided on their own account",
        "adjustment",
        "SELECT j.id FROM adjustment j WHERE j.id > $1 AND j.id <= $2 AND j.state = 'MADE' AND (j.decided_by ="
        " j.membership_id OR NOT EXISTS (SELECT 1 FROM posting p JOIN account a"
        " ON a.id = CASE WHEN j.amount > 0 THEN p.to_account_id ELSE p.from_account_id END"
        " WHERE p.entry_id = j.entry_id AND p.amount = abs(j.amount) AND a.membership_id = j.membership_id))",
    ),
)
"""Invariants of the points bank that `community audit` checks."""
