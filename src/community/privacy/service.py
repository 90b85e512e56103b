"""What the jobs call: exports, erasures and retention with every room's part in them."""

from __future__ import annotations

from community.kernel import db
from community.privacy import archives, erasures, exports
from community.privacy.parts import PARTS
from community.settings import Settings


async def export(settings: Settings, export_id: int) -> None:
    """Build the archive of an export."""
    await exports.build(settings, PARTS, export_id)


async def erase(erasure_id: int) -> None:
    """Forget a person whose erasure is due, and leave nothing of them in the database's log. Outside of a transaction.

    Doing it again does no harm. A log that is being read is emptied by the next retention run.
    """
    await erasures.execute(PARTS, erasure_id)
    await db.checkpoint_wal()


async def delete_archive(settings: Settings, archive: str) -> None:
    """Take an archive away; one that is gone stays so."""
    archives.delete(settings, archive)
