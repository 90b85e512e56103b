"""Identity's part in a person's rights: who they are, where they log in and belong, what they agreed to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime

from community.identity import communities, consents, logins, people, phones, queries, service_tokens, sessions
from community.kernel import db
from community.kernel.personal import Content, File, Part, Subject
from community.settings import Settings


@dataclass(slots=True)
class _Session:
    id: int
    platform: str
    device: str | None
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ended_why: str | None


@dataclass(slots=True)
class _Invitation:
    id: int
    community_id: int
    role: str | None
    created_at: datetime
    expires_at: datetime
    most_uses: int
    uses: int


_SESSIONS = db.Select(
    "SELECT id, platform, device, created_at, refreshed_at, expires_at, ended_at, ended_why FROM login_session"
    " WHERE person_id = $1 ORDER BY id",
    _Session,
)
_INVITATIONS = db.Select(
    "SELECT id, community_id, role, created_at, expires_at, most_uses, uses FROM invitation"
    " WHERE created_by = ANY($1) ORDER BY id",
    _Invitation,
)


async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]:
    """Who the person is. What a platform calls them stays on the server: it means nothing to anybody else."""
    person = await people.find_private(subject.person_id)
    if person is None:
        return
    linked = await logins.links(subject.person_id)
    yield File.of_rows(
        "person.json",
        [
            asdict(person)
            | {
                "telephone": await phones.whole(settings, subject.person_id),
                "platforms": [{"platform": row.platform, "linked_at": row.created_at} for row in linked],
                "guardian_of": await people.wards(subject.person_id),
            }
        ],
    )
    yield File.of_rows("sessions.json", await _SESSIONS.all(subject.person_id))
    yield File.of_rows("memberships.json", await queries.every_membership(subject.person_id))
    yield File.of_rows("invitations.json", await _INVITATIONS.all(subject.membership_ids))
    yield File.of_rows("community_edits.json", await communities.changes_by(subject.membership_ids))
    agreed = await consents.mine(subject.person_id)
    documents = await consents.documents_by_ids([row.document_id for row in agreed])
    yield File.of_rows(
        "consents.json",
        [asdict(row) | {"document": asdict(document)} for row, document in zip(agreed, documents, strict=True)],
    )


async def erase(subject: Subject, content: Content) -> None:
    """End every membership, and leave of the person a row that leads to nobody."""
    for member in await queries.every_membership(subject.person_id):
        if member.left_at is None:
            await communities.end_membership(member)
    if content is Content.REMOVE:
        for community_id, membership_id in subject.memberships:
            await communities.take_words_back(community_id, membership_id)
        await service_tokens.redact_names(subject.membership_ids)
    await logins.erase(subject.person_id)
    await sessions.erase(subject.person_id)
    await people.erase(subject.person_id)
    await consents.refresh_boards(subject.person_id)


PART = Part("identity", export, erase)
