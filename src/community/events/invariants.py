"""Invariants of votes, results and prizes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from community.events import draws, seeds
from community.kernel.invariants import Check, Invariant, build_number_sql, forbid_rows
from community.kernel.sealing import UnsealFailed


@dataclass(slots=True)
class _ResultRow:
    id: int
    document: str
    digest: str


async def _load_digest_check() -> Check:
    """Return the check of a result's digest."""

    def is_right(row: _ResultRow) -> bool:
        return hashlib.sha256(row.document.encode()).hexdigest() == row.digest

    return is_right


@dataclass(slots=True)
class _SeedRow:
    id: int
    draw_seed: str
    draw_commitment: str


async def _load_seed_check() -> Check:
    """Return the check of a draw's commitment."""

    def is_right(row: _SeedRow) -> bool:
        try:
            return draws.compute_commitment(seeds.unseal(row.draw_seed)) == row.draw_commitment
        except UnsealFailed:
            return False

    return is_right


_NAMES = "{key} || ':' LIKE 'event_prize:' || {prize}.id || ':%'"
"""True in SQL if the key of a redemption names the prize."""
INVARIANTS = (
    Invariant(
        "the seed of a draw is the one whose commitment was published",
        "event",
        "SELECT t.id, t.draw_seed, t.draw_commitment FROM event t WHERE t.id > $1 AND t.id <= $2"
        " AND t.draw_seed IS NOT NULL",
        _SeedRow,
        _load_seed_check,
    ),
    forbid_rows(
        "no more members have a place than an activity has",
        "event t",
        "CAST(t.rules->>'capacity' AS BIGINT) < (SELECT count(*) FROM event_entry e WHERE e.event_id = t.id"
        " AND e.state = 'ENTERED')",
    ),
    forbid_rows(
        "a vote is for an entry of its event and of another member",
        "event_vote t",
        "NOT EXISTS (SELECT 1 FROM event_entry e WHERE e.id = t.entry_id AND e.event_id = t.event_id"
        " AND e.community_id = t.community_id AND e.membership_id <> t.membership_id)",
    ),
    forbid_rows(
        "the count of a voter is that of the votes",
        "event_voter t",
        "t.total <> (SELECT count(*) FROM event_vote v JOIN event_entry e ON e.id = v.entry_id"
        " WHERE v.membership_id = t.membership_id AND e.event_id = t.event_id)",
    ),
    Invariant(
        "the digest of a result is that of its document",
        "event_result",
        "SELECT t.id, t.document, t.digest FROM event_result t WHERE t.id > $1 AND t.id <= $2",
        _ResultRow,
        _load_digest_check,
    ),
    forbid_rows(
        "a closed event has a result, and its entries have the counted votes",
        "event_entry t JOIN event v ON v.id = t.event_id",
        "v.state = 'CLOSED' AND (COALESCE(t.votes, -1) <> (SELECT count(*) FROM event_vote w"
        " WHERE w.event_id = t.event_id AND w.entry_id = t.id) OR NOT EXISTS (SELECT 1 FROM event_result r"
        " WHERE r.event_id = t.event_id))",
    ),
    forbid_rows(
        "an award for attendance has an attended entry, and is clawed back while it is disqualified",
        f"award w LEFT JOIN event_entry e ON e.id = {build_number_sql('substr(w.cause, 13)')}"
        " AND w.cause = 'event_entry:' || e.id AND e.membership_id = w.membership_id"
        " AND e.community_id = w.community_id",
        "w.trigger = 'EVENT_PARTICIPATION' AND w.cause LIKE 'event_entry:%' AND w.reverses_id IS NULL"
        " AND (e.id IS NULL OR e.attended_at IS NULL OR (SELECT sum(r.amount) FROM award r"
        " WHERE r.community_id = w.community_id AND r.cause = w.cause AND r.trigger = w.trigger) <> CASE e.state"
        " WHEN 'DISQUALIFIED' THEN 0 ELSE w.amount END)",
    ),
    forbid_rows(
        "an award for an answer has a right and early answer",
        f"award w LEFT JOIN event_answer a ON a.id = {build_number_sql('substr(w.cause, 14)')}"
        " AND w.cause = 'event_answer:' || a.id AND a.membership_id = w.membership_id"
        " AND a.community_id = w.community_id LEFT JOIN event v ON v.id = a.event_id",
        "w.trigger = 'EVENT_PARTICIPATION' AND w.cause LIKE 'event_answer:%' AND w.reverses_id IS NULL"
        " AND COALESCE(a.rank > CAST(v.rules->>'paid_answers' AS BIGINT), TRUE)",
    ),
    forbid_rows(
        "the reward of a prize is that of its tier in the rules",
        "event_prize t JOIN event v ON v.id = t.event_id",
        "COALESCE(t.reward_id, 0) <> COALESCE(CAST(v.rules->>(lower(t.tier) || '_reward_id') AS BIGINT), 0)",
    ),
    forbid_rows(
        "a redemption for nothing is one piece of the reward of its prize",
        "redemption t",
        # A piece that a leader cancelled may have been replaced.
        "t.prize_key IS NOT NULL AND (t.price <> 0 OR t.quantity <> 1 OR (t.state <> 'CANCELLED' AND NOT EXISTS"
        " (SELECT 1 FROM event_prize p WHERE p.redemption_id = t.id AND"
        f" {_NAMES.format(key='t.prize_key', prize='p')} AND p.community_id = t.community_id"
        " AND p.membership_id = t.membership_id AND p.reward_id = t.reward_id)))",
    ),
    Invariant(
        "a prize has the redemption of its entry's prize, which ends when it is taken back",
        "event_prize",
        "SELECT t.id FROM event_prize t LEFT JOIN redemption r ON r.id = t.redemption_id"
        " AND r.membership_id = t.membership_id AND r.reward_id = t.reward_id LEFT JOIN event_prize k"
        f" ON k.entry_id = t.entry_id AND {_NAMES.format(key='r.prize_key', prize='k')} WHERE t.id > $1 AND t.id <= $2"
        " AND t.redemption_id IS NOT NULL AND (k.id IS NULL OR (t.taken_back_at IS NOT NULL AND r.ended_at IS NULL"
        # A handover that was undone later.
        " AND NOT EXISTS (SELECT 1 FROM redemption_event u WHERE u.redemption_id = r.id AND u.kind = 'UNDONE'"
        " AND u.created_at >= t.taken_back_at)))",
    ),
    forbid_rows(
        "an award for a prize has its prize, which counts until the award is clawed back",
        f"award w LEFT JOIN event_prize p ON p.id = {build_number_sql('substr(w.cause, 13)')}"
        " AND w.cause = 'event_prize:' || p.id AND p.membership_id = w.membership_id"
        " AND p.community_id = w.community_id",
        "w.trigger = 'EVENT_PRIZE' AND w.reverses_id IS NULL AND (p.id IS NULL"
        " OR (p.taken_back_at IS NOT NULL) <> EXISTS (SELECT 1 FROM award r WHERE r.community_id = w.community_id"
        " AND r.reverses_id = w.id))",
    ),
)
"""Invariants of this room that `community audit` checks."""
