"""Invariants of accounts, postings, lots and holds, as statements that find violations."""

from __future__ import annotations

from community.kernel.enumerations import require_each
from community.kernel.invariants import Invariant, build_near_sql, build_number_sql, forbid_rows
from community.points.kinds import EntryKind
from community.points.rules import MAX_HOLD_S

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
    "RESTORATION": ("ISSUANCE>MEMBER",),
}
require_each(EntryKind, _ALLOWED_MOVES)
_ALLOWED_MOVES_SQL = ", ".join(f"'{kind}:{move}'" for kind, moves in _ALLOWED_MOVES.items() for move in moves)
_SECONDS = "extract(epoch FROM {})"
_ACCOUNT_STRETCH = 500  # An account may have thousands of postings.

BALANCES_MATCH_POSTINGS = forbid_rows(
    "a balance is the sum of postings in, less postings out",
    "account a",
    "a.kind = 'MEMBER' AND a.balance <> COALESCE((SELECT sum(p.amount) FROM posting p"
    " WHERE p.to_account_id = a.id), 0) - COALESCE((SELECT sum(p.amount) FROM posting p"
    " WHERE p.from_account_id = a.id), 0)",
    stretch_rows=_ACCOUNT_STRETCH,
)
BALANCES_MATCH_LOTS = forbid_rows(
    "a balance is the sum that remains of its lots",
    "account a",
    "a.kind = 'MEMBER' AND a.balance <> COALESCE((SELECT sum(l.remaining) FROM lot l WHERE l.account_id = a.id), 0)",
    stretch_rows=_ACCOUNT_STRETCH,
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
        stretch_rows=_ACCOUNT_STRETCH,
    ),
    forbid_rows(
        "a debt is the points that could not be clawed back, less repayments",
        "account a",
        "a.kind = 'MEMBER' AND a.debt <> COALESCE((SELECT sum(p.amount) FROM award w JOIN posting p"
        " ON p.entry_id = w.entry_id JOIN account d ON d.id = p.from_account_id AND d.kind = 'DEBT'"
        " WHERE w.membership_id = a.membership_id AND w.community_id = a.community_id"
        " AND w.amount < 0), 0) - COALESCE((SELECT sum(p.amount) FROM posting p JOIN account d"
        " ON d.id = p.to_account_id AND d.kind = 'DEBT' WHERE p.from_account_id = a.id), 0)",
        stretch_rows=_ACCOUNT_STRETCH,
    ),
    forbid_rows(
        "a growth value is the sum of all awards",
        "account a",
        "a.kind = 'MEMBER' AND a.growth <> COALESCE((SELECT sum(w.amount) FROM award w"
        " WHERE w.membership_id = a.membership_id AND w.community_id = a.community_id AND w.reverses_id IS NULL), 0)",
        stretch_rows=_ACCOUNT_STRETCH,
    ),
    forbid_rows(
        "points move as the entry's kind allows, within one community, not before the entry",
        "posting p JOIN journal_entry e ON e.id = p.entry_id JOIN account f ON f.id = p.from_account_id"
        " JOIN account t ON t.id = p.to_account_id",
        f"(e.kind || ':' || f.kind || '>' || t.kind NOT IN ({_ALLOWED_MOVES_SQL})"
        " OR e.community_id <> p.community_id OR f.community_id <> p.community_id"
        " OR t.community_id <> p.community_id OR p.created_at < e.created_at)",
    ),
    forbid_rows(
        "every entry has one posting, a claw-back at most two",
        "journal_entry e",
        "(SELECT count(*) FROM posting p WHERE p.entry_id = e.id) NOT BETWEEN CASE"
        " WHEN e.kind IN ('CLAW_BACK', 'RESTORATION') THEN 0 ELSE 1 END AND CASE WHEN e.kind = 'CLAW_BACK' THEN 2"
        " ELSE 1 END",
    ),
    forbid_rows(
        "a source key is used once",
        "journal_entry e",
        "EXISTS (SELECT 1 FROM journal_entry o WHERE o.community_id = e.community_id"
        " AND o.source_key = e.source_key AND o.id <> e.id)",
    ),
    forbid_rows(
        "the rest of a lot is its amount plus its movements",
        "lot l JOIN posting p ON p.id = l.posting_id",
        "(l.amount <> p.amount OR l.account_id <> p.to_account_id OR l.remaining <> l.amount + COALESCE((SELECT"
        " sum(m.amount) FROM lot_movement m WHERE m.lot_id = l.id), 0))",
    ),
    forbid_rows(
        "every posting of a member equals its lots and movements",
        "posting p JOIN account f ON f.id = p.from_account_id JOIN account t ON t.id = p.to_account_id",
        "COALESCE((SELECT sum(m.amount) FROM lot_movement m WHERE m.community_id = p.community_id"
        " AND m.posting_id = p.id), 0) + COALESCE((SELECT sum(l.amount) FROM lot l"
        " WHERE l.community_id = p.community_id AND l.posting_id = p.id), 0) <> CASE WHEN f.kind = 'MEMBER'"
        " THEN -p.amount WHEN t.kind = 'MEMBER' THEN p.amount ELSE 0 END",
    ),
    forbid_rows(
        "points are taken from and returned to lots of the same account",
        "lot_movement m JOIN lot l ON l.id = m.lot_id JOIN posting p ON p.id = m.posting_id LEFT JOIN lot_movement r"
        " ON r.id = m.returns_id",
        "(l.account_id NOT IN (p.from_account_id, p.to_account_id) OR (m.returns_id IS NOT NULL"
        " AND (r.lot_id <> m.lot_id OR r.amount > 0)))",
    ),
    forbid_rows(
        "no more points are returned than were taken",
        "lot_movement m",
        "m.amount < 0 AND -m.amount < COALESCE((SELECT sum(r.amount) FROM lot_movement r"
        " WHERE r.returns_id = m.id), 0)",
    ),
    forbid_rows(
        "points of a lot are spent before its expiry and expire after it",
        "lot_movement m JOIN lot l ON l.id = m.lot_id JOIN posting p ON p.id = m.posting_id JOIN account t"
        " ON t.id = p.to_account_id",
        "m.amount < 0 AND (t.kind = 'EXPIRED') = (p.created_at < l.expires_at)",
    ),
    forbid_rows(
        "a hold froze, captured and released its amounts for its member",
        "points_hold h",
        "(h.amount <> COALESCE((SELECT sum(p.amount) FROM posting p JOIN account a ON a.id = p.from_account_id"
        " AND a.membership_id = h.membership_id WHERE p.entry_id = h.entry_id), 0)"
        " OR h.captured <> COALESCE((SELECT sum(p.amount) FROM posting p JOIN journal_entry e ON e.id = p.entry_id"
        " WHERE e.about_id = h.entry_id AND e.kind = 'CAPTURE'), 0) OR CASE WHEN h.state = 'OPEN' THEN 0"
        " ELSE h.amount - h.captured END <> COALESCE((SELECT sum(p.amount) FROM posting p JOIN journal_entry e"
        " ON e.id = p.entry_id WHERE e.about_id = h.entry_id AND e.kind = 'RELEASE'), 0))",
    ),
    forbid_rows(
        "frozen points are the sum of the open holds",
        "community c",
        "COALESCE((SELECT sum(h.amount) FROM points_hold h WHERE h.community_id = c.id"
        " AND h.state = 'OPEN'), 0) <> COALESCE((SELECT sum(p.amount) FROM account a JOIN posting p"
        " ON p.to_account_id = a.id WHERE a.community_id = c.id AND a.kind = 'HELD'), 0) - COALESCE((SELECT"
        " sum(p.amount) FROM account a JOIN posting p ON p.from_account_id = a.id WHERE a.community_id = c.id"
        " AND a.kind = 'HELD'), 0)",
    ),
    Invariant(
        "a hold ends within the longest time, and was resolved as its end allows",
        "points_hold",
        f"SELECT h.id FROM points_hold h WHERE h.id > $1 AND h.id <= $2 AND ({_SECONDS.format('h.expires_at')}"
        f" - {_SECONDS.format('h.created_at')} NOT BETWEEN 1 AND {MAX_HOLD_S}"
        # A pledge lasts as long as its project.
        " AND NOT EXISTS (SELECT 1 FROM journal_entry e WHERE e.id = h.entry_id AND e.source_key LIKE 'redemption:%')"
        f" OR (h.state = 'CAPTURED' AND {_SECONDS.format('h.resolved_at')} > {_SECONDS.format('h.expires_at')} + 60)"
        f" OR (h.state = 'TIMED_OUT' AND {_SECONDS.format('h.resolved_at')} < {_SECONDS.format('h.expires_at')} - 60)"
        " OR NOT EXISTS (SELECT 1 FROM journal_entry e WHERE e.id = h.entry_id AND e.kind = 'HOLD'"
        f" AND {build_near_sql('h.created_at')}) OR (h.state <> 'OPEN' AND NOT EXISTS (SELECT 1 FROM journal_entry e"
        f" WHERE e.about_id = h.entry_id AND {build_near_sql('h.resolved_at')} AND CASE h.state WHEN 'CAPTURED'"
        " THEN e.kind = 'CAPTURE' ELSE e.kind = 'RELEASE' AND e.explanation->'inputs'->>'because' = h.state END)))",
    ),
    forbid_rows(
        "every entry has the row that it was made for",
        "journal_entry e",
        "NOT CASE e.kind WHEN 'AWARD' THEN EXISTS (SELECT 1 FROM award w WHERE w.community_id = e.community_id"
        " AND w.entry_id = e.id AND w.reverses_id IS NULL) AND e.about_id IS NULL WHEN 'CLAW_BACK' THEN EXISTS"
        " (SELECT 1 FROM award r JOIN award w ON w.id = r.reverses_id WHERE r.community_id = e.community_id"
        " AND r.entry_id = e.id AND r.amount < 0 AND e.about_id = w.entry_id"
        " AND e.source_key = 'award:' || r.reverses_id || ':clawed-back') WHEN 'RESTORATION' THEN EXISTS (SELECT 1"
        " FROM award r JOIN award w ON w.id = r.reverses_id WHERE r.community_id = e.community_id"
        " AND r.entry_id = e.id AND r.amount > 0 AND e.about_id = w.entry_id"
        " AND e.source_key = 'award:' || r.reverses_id || ':restored') WHEN 'ADJUSTMENT' THEN EXISTS (SELECT 1"
        " FROM adjustment j WHERE j.entry_id = e.id AND j.state = 'MADE'"
        f" AND j.id = {build_number_sql('substr(e.source_key, 12)')} AND e.source_key = 'adjustment:' || j.id)"
        " WHEN 'HOLD' THEN EXISTS (SELECT 1 FROM points_hold h WHERE h.community_id = e.community_id"
        " AND h.entry_id = e.id) WHEN 'CAPTURE' THEN EXISTS (SELECT 1 FROM points_hold h"
        " WHERE h.community_id = e.community_id AND h.entry_id = e.about_id"
        " AND e.source_key = 'hold:' || h.id || ':captured') WHEN 'RELEASE' THEN EXISTS (SELECT 1 FROM points_hold h"
        " WHERE h.community_id = e.community_id AND h.entry_id = e.about_id"
        " AND e.source_key = 'hold:' || h.id || ':released') WHEN 'REPAYMENT'"
        " THEN COALESCE(e.source_key = 'entry:' || e.about_id || ':repayment', FALSE) WHEN 'EXPIRY'"
        " THEN e.source_key = COALESCE('entry:' || e.about_id || ':ended', e.source_key) WHEN 'REFUND'"
        " THEN e.about_id IS NOT NULL ELSE e.about_id IS NULL END",
    ),
    forbid_rows(
        "points return to the lots from which the same spend or hold took them",
        "lot_movement m JOIN lot_movement r ON r.id = m.returns_id JOIN posting t ON t.id = r.posting_id"
        " JOIN posting p ON p.id = m.posting_id JOIN journal_entry e ON e.id = p.entry_id LEFT JOIN journal_entry s"
        " ON s.id = e.about_id",
        "t.entry_id <> COALESCE(CASE WHEN e.kind = 'REFUND' AND s.kind = 'CAPTURE' THEN s.about_id ELSE s.id END, 0)",
    ),
    forbid_rows(
        "no more of a spend or capture is refunded than it spent",
        "journal_entry s JOIN posting q ON q.entry_id = s.id",
        "s.kind IN ('SPEND', 'CAPTURE') AND q.amount < COALESCE((SELECT sum(p.amount) FROM journal_entry e"
        " JOIN posting p ON p.entry_id = e.id WHERE e.about_id = s.id AND e.kind = 'REFUND'), 0)",
    ),
    forbid_rows(
        "a refund returns points that the same member spent",
        "journal_entry e JOIN posting p ON p.entry_id = e.id",
        "e.kind = 'REFUND' AND NOT EXISTS (SELECT 1 FROM journal_entry s JOIN posting q ON q.entry_id = CASE s.kind"
        " WHEN 'CAPTURE' THEN s.about_id ELSE s.id END WHERE s.id = e.about_id AND s.kind IN ('SPEND', 'CAPTURE')"
        " AND q.from_account_id = p.to_account_id)",
    ),
)
"""Invariants of the points bank that `community audit` checks."""
