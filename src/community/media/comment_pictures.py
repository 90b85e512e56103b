"""The pictures of comments, compared with earlier ones of the community.

Those are the pictures of sent submissions and of other comments. The rows end with the use of the picture.
Those of a comment that a leader hid stay, so that the picture is recognised again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from community.kernel import clock, db
from community.media import duplicates, fingerprint_store, sent_pictures
from community.media.fingerprints.comparison import Likeness


@dataclass(slots=True)
class _CopiesRow:
    copies: int
    removed: int


_ADD = db.Change(
    "INSERT INTO comment_picture (community_id, comment_id, fingerprint_id, sent_at) SELECT $1, $2, f.id, $4"
    " FROM picture_fingerprint f WHERE f.media_id = $3"
    " ON CONFLICT (community_id, comment_id, fingerprint_id) DO NOTHING RETURNING fingerprint_id AS id",
    db.Id,
)
_COPIES = db.Select(
    "SELECT count(*) AS copies, count(blocked_at) AS removed FROM (SELECT blocked_at FROM sent_picture"
    " WHERE community_id = $1 AND fingerprint_id = ANY($3) UNION ALL SELECT blocked_at FROM comment_picture"
    " WHERE community_id = $1 AND comment_id <> $2 AND fingerprint_id = ANY($3)) AS other",
    _CopiesRow,
)
_HIDDEN = db.Select(
    "SELECT fingerprint_id AS id FROM comment_picture WHERE community_id = $1 AND fingerprint_id = ANY($2)"
    " AND blocked_at IS NOT NULL",
    db.Id,
)
_OF_MEDIA = (
    "WHERE community_id = $1 AND comment_id = $2 AND fingerprint_id IN"
    " (SELECT id FROM picture_fingerprint WHERE media_id = ANY($3))"
)
_NEW = db.Select(f"SELECT id FROM comment_picture {_OF_MEDIA} AND NOT is_known", db.Id)


@db.transactional
async def add(community_id: int, comment_id: int, media_id: int) -> None:
    """Add the picture of a comment. Idempotent. The caller has locked the comment, which uses it."""
    added = [row.id for row in await _ADD.all(community_id, comment_id, media_id, clock.now())]
    await sent_pictures.add_keys(community_id, added)


async def compare(community_id: int, comment_id: int, media_id: int) -> bool:
    """Compare the picture, and return True if a leader removed one like it.

    Idempotent. It takes up to 150 ms of processor time. Call it outside a transaction. `is_known` has the result. A
    picture whose comparison is not complete counts as known, so that a leader looks.
    """
    alike: set[int] = set()
    is_complete = True
    for asked in await fingerprint_store.find_by_media([media_id]):
        found = await duplicates.find_alike(community_id, asked)
        alike |= _list_copies(found.kinds)
        is_complete = is_complete and found.is_complete
    others = await _COPIES.one(community_id, comment_id, sorted(alike))
    await _store(community_id, comment_id, media_id, is_known=others.copies > 0 or not is_complete)
    return others.removed > 0


async def list_hidden(community_id: int, media_ids: Sequence[int]) -> set[int]:
    """Return those of the pictures that are like one of a hidden comment.

    It takes processor time as `compare` does, for each picture.
    """
    return {
        asked.media_id
        for asked in await fingerprint_store.find_by_media(media_ids)
        if _list_copies((await duplicates.find_alike(community_id, asked, only=_HIDDEN)).kinds)
    }


def _list_copies(found: Mapping[int, Likeness]) -> set[int]:
    return {number for number, kind in found.items() if kind in {Likeness.EXACT, Likeness.SAME}}


@db.transactional
async def _store(community_id: int, comment_id: int, media_id: int, *, is_known: bool) -> None:
    await db.execute(
        f"UPDATE comment_picture SET is_known = $4 {_OF_MEDIA}", community_id, comment_id, [media_id], is_known
    )


async def is_known(community_id: int, comment_id: int, media_id: int) -> bool:
    """Return True if an earlier picture is like this one, or may be.

    It may be where the comparison was not complete, and where the picture has no fingerprint.
    """
    return await _NEW.first(community_id, comment_id, [media_id]) is None


@db.transactional
async def block(community_id: int, comment_id: int, media_id: int) -> None:
    """Mark the picture of a comment that a leader hides. Its use has not ended yet."""
    await add(community_id, comment_id, media_id)
    await db.execute(
        f"UPDATE comment_picture SET blocked_at = $4 {_OF_MEDIA}", community_id, comment_id, [media_id], clock.now()
    )


@db.transactional
async def unblock(community_id: int, comment_id: int) -> None:
    """Remove the mark of `block` from the picture of a comment that is restored."""
    await db.execute(
        "UPDATE comment_picture SET blocked_at = NULL WHERE community_id = $1 AND comment_id = $2",
        community_id, comment_id,
    )  # fmt: skip
