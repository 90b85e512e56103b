"""Export and erasure of what privacy and kernel keep about persons."""

from __future__ import annotations

from collections.abc import AsyncIterator

from community.kernel import audit, db, idempotency, outbox
from community.kernel.models import IdempotencyRecord
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, own_rows
from community.kernel.tables import pick
from community.privacy import erasures
from community.privacy.exports import list_all, list_archive_names
from community.settings import Settings


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield audit events by and about the person, exports and erasures."""
    del settings
    yield ExportFile.from_rows("actions.json", await audit.list_by_actors(subject.membership_ids))
    memberships = [(community_id, "membership", membership_id) for community_id, membership_id in subject.memberships]
    yield ExportFile.from_rows(
        "about_me.json", await audit.list_about([(audit.NO_COMMUNITY_ID, "person", subject.person_id), *memberships])
    )
    yield ExportFile.from_rows("exports.json", await list_all(subject.person_id))
    yield ExportFile.from_rows("erasures.json", await erasures.list_all(subject.person_id))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete exports and idempotency keys, and redact events about the person."""
    del content
    for archive in await list_archive_names(subject.person_id):
        await outbox.put("effects.drop_archive", archive=archive)
    await db.execute("DELETE FROM data_export WHERE person_id = $1", subject.person_id)
    await idempotency.erase(subject.person_id)
    await audit.redact_about(subject.memberships)


# The answers are left out, because the person may no longer be allowed to see them.
_CALLS = own_rows("calls.json", pick(IdempotencyRecord, "community_id operation key created_at"), by="person_id")
PART = Part(room="privacy", own=(_CALLS,), export=export, erase=erase)
