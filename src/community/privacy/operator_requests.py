"""What the operator does for somebody who cannot ask themselves: who is suspended has the same rights."""

from __future__ import annotations

from pathlib import Path

from community.consent import guardians
from community.kernel import audit, clock, db
from community.kernel.errors import NotFound
from community.kernel.personal import ErasureContent
from community.privacy import archives, erasures, exports
from community.privacy.erasures import ErasureRow
from community.privacy.models import NO_COMMUNITY_ID
from community.privacy.parts import PARTS
from community.settings import Settings


async def export(settings: Settings, person_id: int, *, into: Path) -> Path:
    """Write everything about a person into a new file in that folder, which this user alone can read.

    Raises NotFound, and OSError when it cannot be written.
    """
    await _require_person(person_id)
    path = into / f"person-{person_id}-{clock.now():%Y%m%dT%H%M%SZ}.zip"
    subject = await exports.get_subject(person_id)
    await archives.pack(path, exports.iterate_files(settings, PARTS, subject))
    await _record(person_id, "person.export")
    return path


@db.transactional
async def erase(settings: Settings, person_id: int, *, content: ErasureContent, at_once: bool = False) -> ErasureRow:
    """Ask that a person be forgotten: the same erasure as they could ask for, and cancel while it waits.

    Raises NotFound, ErasureStanding.
    """
    await _require_person(person_id)
    if at_once:
        settings = settings.model_copy(update={"erasure_wait_days": 0})
    row = await erasures.request(settings, person_id, content=content)
    await _record(person_id, "person.erase", content=content.value, at_once=at_once)
    return row


async def _require_person(person_id: int) -> None:
    if await guardians.find_private(person_id) is None:
        raise NotFound("There is no such person.")


@db.transactional
async def _record(person_id: int, action: str, **detail: object) -> None:
    await audit.record(NO_COMMUNITY_ID, None, action, subject="person", subject_id=person_id, **detail)
