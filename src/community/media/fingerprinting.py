"""The fingerprints of pictures that an earlier release processed."""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass

from PIL import Image

from community.kernel import clock, db, outbox, storage
from community.media import fingerprint_store, paths
from community.media.fingerprints.fingerprint import Fingerprint, make_fingerprint
from community.media.models import MediaSubject
from community.media.renditions import RenditionFormat, RenditionSize, build_rendition_name

log = logging.getLogger(__name__)

BATCH_SIZE = 500
"""Number of pictures of one run of the job. Other effects wait for about ten seconds."""
_RENDITION = build_rendition_name(RenditionSize.WIDE_480, RenditionFormat.JPEG)


@dataclass(slots=True)
class _MissingRow:
    id: int
    name: str


_MISSING = db.Select(
    f"SELECT {db.columns(_MissingRow)} FROM media WHERE state = 'READY' AND fingerprinted_at IS NULL"
    f" ORDER BY id LIMIT {BATCH_SIZE}",
    _MissingRow,
)
_MARK = db.Change(
    "UPDATE media SET fingerprinted_at = $2 WHERE id = $1 AND state = 'READY' AND fingerprinted_at IS NULL"
    " RETURNING id",
    db.Id,
)
_SUBMISSIONS = db.Select(
    f"SELECT u.subject_id AS id FROM media_use u WHERE u.media_id = $1 AND u.subject = '{MediaSubject.SUBMISSION}'"
    " ORDER BY u.id",
    db.Id,
)


async def fingerprint_missing() -> int:
    """Make up to 500 missing fingerprints, and return the number made.

    Each is a transaction. So an interrupted run loses nothing, and the next one continues. Idempotent. Raises TryAgain
    if the store is not available.
    """
    found = await _MISSING.all()
    for row in found:
        made = await asyncio.to_thread(_make, row, await storage.find(paths.build_rendition_path(row.name, _RENDITION)))
        await _store(row.id, made)
    return len(found)


def _make(row: _MissingRow, data: bytes | None) -> Fingerprint:
    """Return the fingerprint from the rendition. Without a usable one only the same file is recognised."""
    try:
        return make_fingerprint(Image.open(io.BytesIO(data or b""), formats=("JPEG",)))
    except OSError:
        log.warning("no fingerprint, the rendition is missing or damaged: media=%s", row.id)
        return Fingerprint()


@db.transactional
async def _store(media_id: int, made: Fingerprint) -> None:
    if await _MARK.first(media_id, clock.now()) is None:
        return
    await fingerprint_store.insert(media_id, made)
    for use in await _SUBMISSIONS.all(media_id):
        await outbox.put("effects.compare_pictures", submission_id=use.id)
