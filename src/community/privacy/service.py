"""Verbs of the jobs, with the parts of all rooms."""

from __future__ import annotations

from community.kernel import db
from community.privacy import archives, erasures, exports
from community.privacy.parts import PARTS
from community.settings import Settings


async def export(settings: Settings, export_id: int) -> None:
    """Build the archive of a pending export. Idempotent."""
    await exports.build(settings, PARTS, export_id)


async def erase(erasure_id: int) -> None:
    """Erase a person whose erasure is due, and empty SQLite's write-ahead log. Idempotent.

    It must run outside a transaction. If a reader keeps the log, the next retention run empties it.
    """
    await erasures.execute(PARTS, erasure_id)
    await db.checkpoint_wal()


async def delete_archive(settings: Settings, archive: str) -> None:
    """Delete an archive. Idempotent."""
    archives.delete(settings, archive)
