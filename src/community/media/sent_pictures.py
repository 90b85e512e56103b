"""Verbs about pictures that leaders have got for review.

Only these pictures are searched for copies. So a leader never learns of a draft. The rows end with the use of the
picture. Those of a submission that a leader removed stay, so that the picture is recognised again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.kernel import clock, db
from community.media import fingerprint_store
from community.media.fingerprints import keys
from community.media.fingerprints.hashes import unpack


@dataclass(slots=True)
class _SentRow:
    id: int
    community_id: int
    fingerprint_id: int


_ADD = db.Change(
    "INSERT INTO sent_picture (community_id, submission_id, fingerprint_id, sent_at) SELECT $1, $2, f.id, $4"
    " FROM picture_fingerprint f WHERE f.media_id = ANY($3) AND EXISTS (SELECT 1 FROM media_use u"
    " WHERE u.subject = 'SUBMISSION' AND u.subject_id = $2 AND u.media_id = f.media_id) ORDER BY f.id"
    " ON CONFLICT (community_id, submission_id, fingerprint_id) DO NOTHING RETURNING fingerprint_id AS id",
    db.Id,
)
_ADD_KEYS = (
    "INSERT INTO picture_fingerprint_key (community_id, band, hash, fingerprint_id) SELECT $1, b.band, h.hash, $4"
    " FROM unnest($2::bigint[]) WITH ORDINALITY AS b (band, place)"
    " JOIN unnest($3::bigint[]) WITH ORDINALITY AS h (hash, place) ON h.place = b.place"
    " WHERE b.place > 0 ON CONFLICT (community_id, band, hash, fingerprint_id) DO NOTHING"
)
_DELETE_KEYS = "DELETE FROM picture_fingerprint_key WHERE community_id = $1 AND band = ANY($2) AND fingerprint_id = $3"
_OF_SUBMISSION = db.Select(
    f"SELECT {db.columns(_SentRow, 's')} FROM sent_picture s JOIN picture_fingerprint f ON f.id = s.fingerprint_id"
    " WHERE s.community_id = $1 AND s.submission_id = $2 AND f.media_id = ANY($3) AND s.blocked_at IS NULL",
    _SentRow,
)
_OF_MEDIA, _OF_COMMENTS = (
    db.Select(
        f"SELECT {db.columns(_SentRow, 's')} FROM {table} s JOIN picture_fingerprint f ON f.id = s.fingerprint_id"
        " WHERE f.media_id = ANY($1) AND s.blocked_at IS NULL",
        _SentRow,
    )
    for table in ("sent_picture", "comment_picture")
)
_OF_COMMENT = db.Select(
    f"{_OF_COMMENTS.sql} AND s.community_id = $2 AND s.comment_id = $3",
    _SentRow,
)
_STILL_SENT = db.Select(
    " UNION ".join(
        f"SELECT fingerprint_id AS id FROM {table} WHERE community_id = $1 AND fingerprint_id = ANY($2)"
        for table in ("sent_picture", "comment_picture")
    ),
    db.Id,
)
_BLOCK = (
    "UPDATE sent_picture SET blocked_at = $4 WHERE community_id = $1 AND submission_id = $2 AND fingerprint_id IN"
    " (SELECT id FROM picture_fingerprint WHERE media_id = ANY($3))"
)
_DISCARD = (
    "DELETE FROM picture_fingerprint WHERE media_id = ANY($1)"
    " AND NOT EXISTS (SELECT 1 FROM sent_picture s WHERE s.fingerprint_id = picture_fingerprint.id)"
    " AND NOT EXISTS (SELECT 1 FROM comment_picture c WHERE c.fingerprint_id = picture_fingerprint.id)"
)


@db.transactional
async def add(community_id: int, submission_id: int, media_ids: Sequence[int], *, sent_at: datetime) -> None:
    """Add the pictures of a submission that leaders have got. Idempotent.

    Pictures without a fingerprint, and those that the submission no longer uses, are left out. The caller has locked
    the submission.
    """
    await add_keys(
        community_id, [row.id for row in await _ADD.all(community_id, submission_id, list(media_ids), sent_at)]
    )


@db.transactional
async def add_keys(community_id: int, fingerprint_ids: Sequence[int]) -> None:
    """Add the keys by which fingerprints are searched for in a community. Idempotent."""
    for row in await fingerprint_store.get_by_ids(fingerprint_ids) if fingerprint_ids else ():
        if row.hashes is not None:
            found = keys.list_stored_keys(unpack(row.hashes))
            bands, hashes = [key.band for key in found], [key.hash for key in found]
            await db.execute(_ADD_KEYS, community_id, bands, hashes, row.id)


@db.transactional
async def block(community_id: int, submission_id: int, media_ids: Sequence[int]) -> None:
    """Mark pictures of a submission that a leader removes. Their uses have not ended yet."""
    await add(community_id, submission_id, media_ids, sent_at=clock.now())
    await db.execute(_BLOCK, community_id, submission_id, list(media_ids), clock.now())


@db.transactional
async def unblock(community_id: int, submission_id: int) -> None:
    """Remove the mark of `block` from the pictures of a submission that is restored."""
    await db.execute(
        "UPDATE sent_picture SET blocked_at = NULL WHERE community_id = $1 AND submission_id = $2",
        community_id, submission_id,
    )  # fmt: skip


@db.transactional
async def forget(community_id: int, submission_id: int, media_ids: Sequence[int]) -> None:
    """Delete the rows of pictures that a submission no longer uses, and their matches."""
    if media_ids:
        await _delete(await _OF_SUBMISSION.all(community_id, submission_id, list(media_ids)))


@db.transactional
async def forget_of_comment(community_id: int, comment_id: int, media_ids: Sequence[int]) -> None:
    """Delete the rows of pictures that a comment no longer uses."""
    if media_ids:
        await _delete_of_comments(await _OF_COMMENT.all(list(media_ids), community_id, comment_id))


@db.transactional
async def forget_everywhere(media_ids: Sequence[int]) -> None:
    """Delete the rows of pictures in every community, and their matches."""
    if media_ids:
        await _delete(await _OF_MEDIA.all(list(media_ids)))
        await _delete_of_comments(await _OF_COMMENTS.all(list(media_ids)))


@db.transactional
async def discard_fingerprints(media_ids: Sequence[int]) -> None:
    """Delete the fingerprints of removed pictures that no leader removed."""
    if media_ids:
        await db.execute(_DISCARD, list(media_ids))


@db.transactional
async def delete_squares(media_ids: Sequence[int]) -> None:
    """Delete the squares that are left of removed pictures.

    This is for erasure. No picture can be made from the hashes.
    """
    await db.execute(
        "UPDATE picture_fingerprint SET square = NULL WHERE square IS NOT NULL AND media_id IN"
        " (SELECT id FROM media WHERE id = ANY($1) AND state = 'REMOVED')",
        list(media_ids),
    )


async def _delete(rows: Sequence[_SentRow]) -> None:
    if not rows:
        return
    ids = [row.id for row in rows]
    await db.execute("DELETE FROM picture_match WHERE earlier_id = ANY($1)", ids)
    await db.execute("DELETE FROM picture_match WHERE later_id = ANY($1)", ids)
    await db.execute("DELETE FROM sent_picture WHERE id = ANY($1)", ids)
    await _delete_all_keys(rows)


async def _delete_of_comments(rows: Sequence[_SentRow]) -> None:
    if rows:
        await db.execute("DELETE FROM comment_picture WHERE id = ANY($1)", [row.id for row in rows])
        await _delete_all_keys(rows)


async def _delete_all_keys(rows: Sequence[_SentRow]) -> None:
    for community_id in sorted({row.community_id for row in rows}):
        await _delete_keys(community_id, {row.fingerprint_id for row in rows if row.community_id == community_id})


async def _delete_keys(community_id: int, fingerprint_ids: set[int]) -> None:
    """Delete the keys of those fingerprints that the community no longer has."""
    kept = {row.id for row in await _STILL_SENT.all(community_id, list(fingerprint_ids))}
    for row in await fingerprint_store.get_by_ids(sorted(fingerprint_ids - kept)):
        if row.hashes is not None:
            bands = [key.band for key in keys.list_stored_keys(unpack(row.hashes))]
            await db.execute(_DELETE_KEYS, community_id, bands, row.id)
