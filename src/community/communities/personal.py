"""Export and erasure of what accounts, consent and communities keep about a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime

from community.accounts import leaderboard_effects, logins, people, phones, sessions
from community.accounts.personal import _BAN, _PHONE_BINDING, _PLATFORMS, _REFRESHES, _SESSIONS
from community.communities import memberships, profile, queries, service_tokens
from community.consent import consents, guardians
from community.consent import documents as consent_documents
from community.consent.personal import _DEPENDANTS, _GUARDIAN_REQUEST
from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.settings import Settings


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
class _InvitedMemberRow:
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


_MEMBERSHIPS = db.Select(
    f"SELECT {db.columns(_Membership)} FROM membership WHERE person_id = $1 ORDER BY id",
    _Membership,
)
_ROLES = db.Select(f"SELECT {db.columns(_Role)} FROM membership_role WHERE membership_id = ANY($1) ORDER BY id", _Role)
_INVITED_MEMBERS = db.Select(
    f"SELECT {db.columns(_InvitedMemberRow)} FROM membership WHERE invited_by = ANY($1) ORDER BY id", _InvitedMemberRow
)
_INVITATIONS = db.Select(
    f"SELECT {db.columns(_Invitation)} FROM invitation WHERE created_by = ANY($1) ORDER BY id",
    _Invitation,
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Who the person is. What a platform calls them stays on the server: it means nothing to anybody else."""
    person = await guardians.find_private(subject.person_id)
    if person is None:
        return
    yield ExportFile.from_rows(
        "person.json",
        [
            asdict(person)
            | asdict(await _BAN.one(subject.person_id))
            | {
                "telephone": await phones.find_full_number(settings, subject.person_id),
                "telephone_bound_at": next((row.bound_at for row in await _PHONE_BINDING.all(subject.person_id)), None),
                "platforms": [asdict(row) for row in await _PLATFORMS.all(subject.person_id)],
            }
        ],
    )
    yield ExportFile.from_rows("guardian.json", await _GUARDIAN_REQUEST.all(subject.person_id))
    yield ExportFile.from_rows("guardian_of.json", await _DEPENDANTS.all(subject.person_id))
    yield ExportFile.from_rows("sessions.json", await _SESSIONS.all(subject.person_id))
    yield ExportFile.from_rows("refreshes.json", await _REFRESHES.all(subject.person_id))
    yield ExportFile.from_rows("memberships.json", await _list_memberships(subject))
    yield ExportFile.from_rows("invited.json", await _INVITED_MEMBERS.all(subject.membership_ids))
    yield ExportFile.from_rows("invitations.json", await _INVITATIONS.all(subject.membership_ids))
    yield ExportFile.from_rows("service_tokens.json", await service_tokens.list_created_by(subject.membership_ids))
    yield ExportFile.from_rows("community_edits.json", await profile.list_changes_by(subject.membership_ids))
    agreed = await consents.list_all(subject.person_id)
    documents = await consent_documents.get_documents([row.document_id for row in agreed])
    yield ExportFile.from_rows(
        "consents.json",
        [asdict(row) | {"document": asdict(document)} for row, document in zip(agreed, documents, strict=True)],
    )


async def _list_memberships(subject: DataSubject) -> list[dict[str, object]]:
    roles = await _ROLES.all(subject.membership_ids)
    return [
        asdict(row) | {"roles": [asdict(role) for role in roles if role.membership_id == row.id]}
        for row in await _MEMBERSHIPS.all(subject.person_id)
    ]


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """End every membership, and leave of the person a row that leads to nobody."""
    for member in await queries.list_all_memberships(subject.person_id):
        if member.left_at is None:
            await memberships.end_membership(member)
    if content is ErasureContent.REMOVE:
        for community_id, membership_id in subject.memberships:
            await profile.erase_member_texts(community_id, membership_id)
        await service_tokens.redact_names(subject.membership_ids)
    await logins.erase(subject.person_id)
    await sessions.erase(subject.person_id)
    await people.erase(subject.person_id)
    await guardians.erase(subject.person_id)
    await consents.withdraw_all(subject.person_id)
    await leaderboard_effects.queue_rebuild(subject.person_id)


PART = Part("identity", export, erase)
