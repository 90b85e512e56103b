"""The search for copies of a picture among the sent pictures of a community."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from community.kernel import clock, db
from community.media import fingerprint_store
from community.media.fingerprint_store import FingerprintRow
from community.media.fingerprints import keys, squares
from community.media.fingerprints.comparison import Likeness, compare
from community.media.fingerprints.hashes import (
    Hashes,
    Question,
    build_question,
    find_pairings,
    is_near_copy,
    unpack,
)

MAX_FOUND = 20_000
"""Number of keys in the bands of the asked picture. With more of them the search leaves out neighbours of the bands.

Among 100,000 different pictures a question finds about 2,000 keys. So it is complete up to about a million.
"""
MAX_COMPARED = 10
"""Number of candidates whose detail is compared, the nearest ones."""
MAX_COMPARING_S = 0.07
"""Processor time after which no further candidate is compared. A copy takes 8 ms, another picture up to 40."""
MAX_MATCHES = 10
"""Number of other submissions that are reported for each copy."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """The fingerprints with near hashes, the nearest first.

    `is_complete` is False if the search left out keys.
    """

    ids: Sequence[int]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """The fingerprints that are like an asked one.

    `is_complete` is False if the search left out keys or candidates. Then copies may be unknown, and a leader looks.
    """

    kinds: Mapping[int, Likeness]
    is_complete: bool


@dataclass(slots=True)
class _PendingRow:
    id: int
    fingerprint_id: int


@dataclass(slots=True)
class _HashesRow:
    id: int
    hashes: bytes


@dataclass(slots=True)
class MatchRow:
    """A picture of a submission, and one of another submission that is like it.

    `is_earlier` is True if leaders got the other one first. `is_blocked` is True if a leader removed it.
    """

    submission_id: int
    media_id: int
    kind: Likeness
    other_submission_id: int
    other_media_id: int
    is_earlier: bool
    is_blocked: bool


_PENDING = db.Select(
    f"SELECT {db.columns(_PendingRow)} FROM sent_picture WHERE community_id = $1 AND submission_id = $2"
    " AND compared_at IS NULL ORDER BY id",
    _PendingRow,
)
_EXACT = db.Select(
    "SELECT id FROM ("
    + " UNION ALL ".join(
        f"SELECT f.id, s.blocked_at FROM picture_fingerprint f JOIN {table} s ON s.fingerprint_id = f.id"
        " WHERE f.digest = $2 AND s.community_id = $1"
        for table in ("sent_picture", "comment_picture")
    )
    + f") AS known GROUP BY id ORDER BY count(blocked_at) DESC, id LIMIT {MAX_COMPARED}",
    db.Id,
)
_KEYS_SQL = (
    "SELECT COALESCE(json_agg(band), '[]') AS bands, COALESCE(json_agg(hash), '[]') AS hashes,"
    " COALESCE(json_agg(fingerprint_id), '[]') AS fingerprint_ids FROM (SELECT band, hash, fingerprint_id"
    " FROM picture_fingerprint_key WHERE community_id = $1 AND band = ANY($2)"
)
_KEYS = db.Select(f"{_KEYS_SQL} LIMIT {MAX_FOUND + 1}) AS found", keys.FoundKeys)
_FIRST_KEYS = db.Select(f"{_KEYS_SQL} ORDER BY band, hash, fingerprint_id LIMIT {MAX_FOUND}) AS found", keys.FoundKeys)
_COMPARED = db.Select(
    "SELECT f.media_id AS id FROM sent_picture s JOIN picture_fingerprint f ON f.id = s.fingerprint_id"
    " WHERE s.community_id = $1 AND s.submission_id = $2 AND s.compared_at IS NOT NULL",
    db.Id,
)
_HASHES = db.Select("SELECT id, hashes FROM picture_fingerprint WHERE id = ANY($1) AND hashes IS NOT NULL", _HashesRow)
_ADD_MATCH = (
    "INSERT INTO picture_match (community_id, earlier_id, later_id, kind)"
    " SELECT s.community_id, CASE WHEN (o.sent_at, o.id) < (s.sent_at, s.id) THEN o.id ELSE s.id END,"
    " CASE WHEN (o.sent_at, o.id) < (s.sent_at, s.id) THEN s.id ELSE o.id END, $4"
    " FROM sent_picture s JOIN sent_picture o ON o.community_id = s.community_id AND o.fingerprint_id = $3"
    " AND o.submission_id <> s.submission_id WHERE s.community_id = $1 AND s.id = $2"
    " ORDER BY o.blocked_at IS NULL, o.sent_at, o.id"
    f" LIMIT {MAX_MATCHES} ON CONFLICT (community_id, earlier_id, later_id) DO NOTHING"
)
_MATCHES = db.Select(
    " UNION ALL ".join(
        "SELECT s.submission_id, f.media_id, m.kind, o.submission_id AS other_submission_id,"
        f" p.media_id AS other_media_id, {is_earlier} AS is_earlier, o.blocked_at IS NOT NULL AS is_blocked"
        f" FROM sent_picture s JOIN picture_match m ON m.{own}_id = s.id JOIN sent_picture o ON o.id = m.{other}_id"
        " JOIN picture_fingerprint f ON f.id = s.fingerprint_id JOIN picture_fingerprint p ON p.id = o.fingerprint_id"
        " WHERE s.community_id = ANY($1) AND s.submission_id = ANY($2)"
        for own, other, is_earlier in (("later", "earlier", "TRUE"), ("earlier", "later", "FALSE"))
    ),
    MatchRow,
)


async def compare_sent(community_id: int, submission_id: int) -> None:
    """Compare the sent pictures of a submission with the community's others.

    It stores the matches. Idempotent. An interrupted comparison continues with the next picture. A picture whose
    comparison is not complete stays one that was not compared.
    """
    pending = await _PENDING.all(community_id, submission_id)
    rows = {row.id: row for row in await fingerprint_store.get_by_ids([row.fingerprint_id for row in pending])}
    for one in pending:
        if one.fingerprint_id in rows:
            await _store(community_id, one.id, await find_alike(community_id, rows[one.fingerprint_id]))


@db.transactional
async def _store(community_id: int, sent_id: int, found: Alike) -> None:
    for fingerprint_id, kind in found.kinds.items():
        await db.execute(_ADD_MATCH, community_id, sent_id, fingerprint_id, kind)
    if found.is_complete:
        await db.execute(
            "UPDATE sent_picture SET compared_at = $3 WHERE community_id = $1 AND id = $2",
            community_id, sent_id, clock.now(),
        )  # fmt: skip


async def list_compared(community_id: int, submission_id: int) -> set[int]:
    """Return the pictures of a submission that were compared with all others."""
    return {row.id for row in await _COMPARED.all(community_id, submission_id)}


async def find_alike(community_id: int, asked: FingerprintRow, *, only: db.Select[db.Id] | None = None) -> Alike:
    """Return the likeness of those fingerprints of the community that are like this one.

    The same file is EXACT, also of the asked picture itself. It takes up to 150 ms of processor time. `only` selects
    the fingerprints that count, of the community `$1` and with the ids `$2`.
    """
    exact = [row.id for row in await _EXACT.all(community_id, asked.digest)]
    found = dict.fromkeys(await _select(only, community_id, exact), Likeness.EXACT)
    if asked.square is None or asked.hashes is None:
        return Alike(found, is_complete=True)
    question = await asyncio.to_thread(_ask, asked.square, unpack(asked.hashes))
    candidates = await list_candidates(community_id, question)
    near = await _select(only, community_id, [number for number in candidates.ids if number not in exact])
    nearest = near[:MAX_COMPARED]
    rows = db.in_order_or_none(await fingerprint_store.get_by_ids(nearest), nearest)
    alike = await asyncio.to_thread(_compare_all, asked.square, question, rows)
    is_complete = candidates.is_complete and alike.is_complete and len(nearest) == len(near)
    return Alike(found | dict(alike.kinds), is_complete)


async def _select(only: db.Select[db.Id] | None, community_id: int, fingerprint_ids: list[int]) -> list[int]:
    if only is None or not fingerprint_ids:
        return fingerprint_ids
    kept = {row.id for row in await only.all(community_id, fingerprint_ids)}
    return [number for number in fingerprint_ids if number in kept]


async def list_candidates(community_id: int, question: Question) -> Candidates:
    """Return the fingerprints whose hashes are near, the nearest first.

    With too many keys the search reads those that have a band of the question itself, in the order of the keys.
    """
    search = keys.Search(question)
    found = await _KEYS.one(community_id, search.list_bands())
    is_complete = len(found.bands) <= MAX_FOUND
    if not is_complete:
        found = await _FIRST_KEYS.one(community_id, search.list_own_bands())
    near = sorted(search.find_near(found))
    pairings = [(find_pairings(question, unpack(row.hashes))[0], row.id) for row in await _HASHES.all(near)]
    return Candidates([fingerprint_id for _, fingerprint_id in sorted(pairings)], is_complete)


async def list_matches(community_ids: Sequence[int], submission_ids: Sequence[int]) -> list[MatchRow]:
    """Return the matches of submissions in these communities, in any order."""
    return await _MATCHES.all(list(set(community_ids)), list(set(submission_ids)))


def _ask(square: bytes, hashes: Hashes) -> Question:
    return build_question(squares.read_square(square), hashes)


def _compare_all(square: bytes, question: Question, rows: Sequence[FingerprintRow | None]) -> Alike:
    asked = squares.read_square(square)
    found: dict[int, Likeness] = {}
    started = time.thread_time()
    for row in rows:
        if row is None or row.hashes is None:
            continue
        if time.thread_time() - started > MAX_COMPARING_S:
            return Alike(found, is_complete=False)
        stored = unpack(row.hashes)
        if row.square is not None:
            kind = compare(asked, squares.read_square(row.square), find_pairings(question, stored))
        else:
            kind = Likeness.SAME if is_near_copy(question, stored) else None
        if kind is not None:
            found[row.id] = kind
    return Alike(found, is_complete=True)
