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
class _Ban:
    banned_at: datetime | None
    ban_reason: str | None


@dataclass(slots=True)
class _Platform:
    platform: str
    linked_at: datetime


@dataclass(slots=True)
class _Bound:
    bound_at: datetime


@dataclass(slots=True)
class _Asked:
    created_at: datetime
    code_expires_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str | None


@dataclass(slots=True)
class _Ward:
    person_id: int
    nickname: str
    created_at: datetime
    confirmed_at: datetime


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
class _Refresh:
    session_id: int
    issued_at: datetime
    used_at: datetime | None


@dataclass(slots=True)
class _Membership:
    id: int
    community_id: int
    joined_at: datetime
    invited_by: int | None
    left_at: datetime | None


@dataclass(slots=True)
class _Role:
    membership_id: int
    role: str
    granted_at: datetime


@dataclass(slots=True)
class _Invited:
    id: int
    community_id: int


@dataclass(slots=True)
class _Invitation:
    id: int
    community_id: int
    role: str | None
    created_at: datetime
    expires_at: datetime
    most_uses: int
    uses: int


_BAN = db.Select(f"SELECT {db.columns(_Ban)} FROM person WHERE id = $1", _Ban)
_PLATFORMS = db.Select(
    "SELECT platform, created_at AS linked_at FROM platform_identity WHERE person_id = $1 ORDER BY id", _Platform
)
_BOUND = db.Select("SELECT bound_at FROM person_phone WHERE person_id = $1", _Bound)
# Who confirmed for a child is told by the name that neighbours know; nothing else of the guardian is.
_ASKED = db.Select(
    "SELECT g.created_at, g.code_expires_at, g.confirmed_at, p.nickname AS confirmed_by FROM guardianship g"
    " LEFT JOIN person p ON p.id = g.guardian_id WHERE g.person_id = $1",
    _Asked,
)
_WARDS = db.Select(
    "SELECT g.person_id, p.nickname, g.created_at, g.confirmed_at FROM guardianship g JOIN person p"
    " ON p.id = g.person_id WHERE g.guardian_id = $1 ORDER BY g.id",
    _Ward,
)
_SESSIONS = db.Select(
    f"SELECT {db.columns(_Session)} FROM login_session WHERE person_id = $1 ORDER BY id",
    _Session,
)
_REFRESHES = db.Select(
    f"SELECT {db.columns(_Refresh, 't')} FROM refresh_token t JOIN login_session s ON s.id = t.session_id"
    " WHERE s.person_id = $1 ORDER BY t.id",
    _Refresh,
)
_MEMBERSHIPS = db.Select(
    f"SELECT {db.columns(_Membership)} FROM membership WHERE person_id = $1 ORDER BY id",
    _Membership,
)
_ROLES = db.Select(f"SELECT {db.columns(_Role)} FROM membership_role WHERE membership_id = ANY($1) ORDER BY id", _Role)
_INVITED = db.Select(f"SELECT {db.columns(_Invited)} FROM membership WHERE invited_by = ANY($1) ORDER BY id", _Invited)
_INVITATIONS = db.Select(
    f"SELECT {db.columns(_Invitation)} FROM invitation WHERE created_by = ANY($1) ORDER BY id",
    _Invitation,
)


async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]:
    """Who the person is. What a platform calls them stays on the server: it means nothing to anybody else."""
    person = await people.find_private(subject.person_id)
    if person is None:
        return
    yield File.of_rows(
        "person.json",
        [
            asdict(person)
            | asdict(await _BAN.one(subject.person_id))
            | {
                "telephone": await phones.whole(settings, subject.person_id),
                "telephone_bound_at": next((row.bound_at for row in await _BOUND.all(subject.person_id)), None),
                "platforms": [asdict(row) for row in await _PLATFORMS.all(subject.person_id)],
            }
        ],
    )
    yield File.of_rows("guardian.json", await _ASKED.all(subject.person_id))
    yield File.of_rows("guardian_of.json", await _WARDS.all(subject.person_id))
    yield File.of_rows("sessions.json", await _SESSIONS.all(subject.person_id))
    yield File.of_rows("refreshes.json", await _REFRESHES.all(subject.person_id))
    yield File.of_rows("memberships.json", await _memberships(subject))
    yield File.of_rows("invited.json", await _INVITED.all(subject.membership_ids))
    yield File.of_rows("invitations.json", await _INVITATIONS.all(subject.membership_ids))
    yield File.of_rows("service_tokens.json", await service_tokens.created_by(subject.membership_ids))
    yield File.of_rows("community_edits.json", await communities.changes_by(subject.membership_ids))
    agreed = await consents.every(subject.person_id)
    documents = await consents.documents_by_ids([row.document_id for row in agreed])
    yield File.of_rows(
        "consents.json",
        [asdict(row) | {"document": asdict(document)} for row, document in zip(agreed, documents, strict=True)],
    )


async def _memberships(subject: Subject) -> list[dict[str, object]]:
    roles = await _ROLES.all(subject.membership_ids)
    return [
        asdict(row) | {"roles": [asdict(role) for role in roles if role.membership_id == row.id]}
        for row in await _MEMBERSHIPS.all(subject.person_id)
    ]


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
