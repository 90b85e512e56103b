"""Fingerprints of pictures in the database."""

from __future__ import annotations

from collections.abc import Sequence

from community.kernel import db
from community.kernel.tables import row_of
from community.media.fingerprints.fingerprint import Fingerprint
from community.media.models import PictureFingerprint


@row_of(PictureFingerprint)
class FingerprintRow:
    """A stored fingerprint."""

    id: int
    media_id: int
    digest: str
    hashes: bytes | None
    square: bytes | None


_INSERT = db.Change(
    "INSERT INTO picture_fingerprint (media_id, digest, hashes, square) SELECT id, digest, $2, $3 FROM media"
    " WHERE id = $1 AND digest IS NOT NULL ON CONFLICT (media_id) DO NOTHING RETURNING id",
    db.Id,
)
_BY_MEDIA = db.Select(
    f"SELECT {db.columns(FingerprintRow)} FROM picture_fingerprint WHERE media_id = ANY($1)", FingerprintRow
)
_BY_IDS = db.Select(f"SELECT {db.columns(FingerprintRow)} FROM picture_fingerprint WHERE id = ANY($1)", FingerprintRow)


async def insert(media_id: int, made: Fingerprint) -> None:
    """Store the fingerprint of a picture unless it is removed. Idempotent."""
    await _INSERT.all(media_id, made.hashes, made.square)


async def find_by_media(media_ids: Sequence[int]) -> list[FingerprintRow]:
    """Return the fingerprints of these pictures, in any order."""
    return await _BY_MEDIA.all(list(media_ids))


async def get_by_ids(fingerprint_ids: Sequence[int]) -> list[FingerprintRow]:
    """Return these fingerprints, in any order."""
    return await _BY_IDS.all(list(fingerprint_ids))
