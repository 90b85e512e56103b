"""What privacy itself and the kernel keep of a person: their exports, their calls' keys, what they did."""

from __future__ import annotations

from collections.abc import AsyncIterator

from community.kernel import audit, db, idempotency, outbox
from community.kernel.personal import Content, File, Part, Subject
from community.privacy import erasures
from community.privacy.exports import every, every_archive
from community.privacy.models import EVERYWHERE
from community.settings import Settings


async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]:
    """What the person did and what was done to them, line by line, and what they asked for about their data."""
    del settings
    yield File.of_rows("deeds.json", await audit.deeds_of(subject.membership_ids))
    me = [(community_id, "membership", membership_id) for community_id, membership_id in subject.memberships]
    yield File.of_rows("about_me.json", await audit.about([(EVERYWHERE, "person", subject.person_id), *me]))
    yield File.of_rows("calls.json", await idempotency.calls_of(subject.person_id))
    yield File.of_rows("exports.json", await every(subject.person_id))
    yield File.of_rows("erasures.json", await erasures.every(subject.person_id))


async def erase(subject: Subject, content: Content) -> None:
    """Drop the exports with their archives, and the idempotency keys; take the details out of the trail."""
    del content
    for archive in await every_archive(subject.person_id):
        await outbox.put("effects.drop_archive", archive=archive)
    await db.execute("DELETE FROM data_export WHERE person_id = $1", subject.person_id)
    await idempotency.erase(subject.person_id)
    await audit.redact_about(subject.memberships)


PART = Part("privacy", export, erase)
