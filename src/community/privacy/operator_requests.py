"""Exports and erasures that the operator requests for a person.

A banned person cannot log in and has the same rights as everyone else.
"""

from __future__ import annotations

from pathlib import Path

from community.consent import guardians
from community.kernel import audit, clock, db
from community.kernel.errors import NotFound
from community.kernel.personal import ErasureContent
from community.privacy import archives, erasures, exports
from community.privacy.erasures import ErasureRow
from community.privacy.parts import PARTS
from community.settings import Settings


async def export(settings: Settings, person_id: int, *, into: Path) -> Path:
    """Write all data about a person into a new file.

    Returns the path in the folder `into`. Only the user of this process can read the file. Raises NotFound, and OSError
    if it cannot be written.
    """
    await _require_person(person_id)
    path = into / f"person-{person_id}-{clock.now():%Y%m%dT%H%M%SZ}.zip"
    subject = await exports.get_subject(person_id)
    await archives.pack(path, exports.iterate_files(settings, PARTS, subject))
    await _record(person_id, "person.export")
    return path


@db.transactional
async def request_erasure(settings: Settings, person_id: int, *, content: ErasureContent) -> ErasureRow:
    """Request the erasure of a person after the waiting period.

    The person can cancel it meanwhile. Raises NotFound, ErasurePending.
    """
    await _require_person(person_id)
    row = await erasures.request(settings, person_id, content=content)
    await _record(person_id, "person.erase", content=content.value, at_once=False)
    return row


@db.transactional
async def request_immediate_erasure(settings: Settings, person_id: int, *, content: ErasureContent) -> ErasureRow:
    """Request the erasure of a person without a waiting period. Raises NotFound, ErasurePending."""
    await _require_person(person_id)
    without_wait = settings.model_copy(update={"erasure_wait_days": 0})
    row = await erasures.request(without_wait, person_id, content=content)
    await _record(person_id, "person.erase", content=content.value, at_once=True)
    return row


async def _require_person(person_id: int) -> None:
    if await guardians.find_private(person_id) is None:
        raise NotFound("person", path=())


@db.transactional
async def _record(person_id: int, action: str, **detail: object) -> None:
    await audit.record(audit.NO_COMMUNITY_ID, None, action, subject="person", subject_id=person_id, **detail)
