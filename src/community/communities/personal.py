"""Export and erasure of what communities keep about a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime

from community.communities import memberships, profile, queries, service_tokens
from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.settings import Settings


@dataclass(slots=True)
class _ExportedMembershipRow:
    id: int
    community_id: int
    joined_at: datetime
    invited_by: int | None
    left_at: datetime | None


@dataclass(slots=True)
class _ExportedRoleRow:
    membership_id: int
    role: str
    granted_at: datetime


@dataclass(slots=True)
class _ExportedUseRow:
    membership_id: int
    invitation_id: int
    used_at: datetime


@dataclass(slots=True)
class _InvitedMemberRow:
    id: int
    community_id: int


@dataclass(slots=True)
class _ExportedInvitationRow:
    id: int
    community_id: int
    role: str | None
    created_at: datetime
    expires_at: datetime
    most_uses: int
    uses: int
    ended_at: datetime | None


_LIST_MEMBERSHIPS = db.Select(
    f"SELECT {db.columns(_ExportedMembershipRow)} FROM membership WHERE person_id = $1 ORDER BY id",
    _ExportedMembershipRow,
)
_LIST_ROLES = db.Select(
    f"SELECT {db.columns(_ExportedRoleRow)} FROM membership_role WHERE membership_id = ANY($1) ORDER BY id",
    _ExportedRoleRow,
)
_LIST_USES = db.Select(
    f"SELECT {db.columns(_ExportedUseRow)} FROM invitation_use WHERE membership_id = ANY($1) ORDER BY id",
    _ExportedUseRow,
)
_LIST_INVITED_MEMBERS = db.Select(
    f"SELECT {db.columns(_InvitedMemberRow)} FROM membership WHERE invited_by = ANY($1) ORDER BY id", _InvitedMemberRow
)
_LIST_INVITATIONS = db.Select(
    f"SELECT {db.columns(_ExportedInvitationRow)} FROM invitation WHERE created_by = ANY($1) ORDER BY id",
    _ExportedInvitationRow,
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's memberships and what they made as a leader."""
    del settings
    yield ExportFile.from_rows("memberships.json", await _list_memberships(subject))
    yield ExportFile.from_rows("invited.json", await _LIST_INVITED_MEMBERS.all(subject.membership_ids))
    yield ExportFile.from_rows("invitations.json", await _LIST_INVITATIONS.all(subject.membership_ids))
    yield ExportFile.from_rows("service_tokens.json", await _list_tokens(subject))
    yield ExportFile.from_rows("community_edits.json", await profile.list_changes_by(subject.membership_ids))


async def _list_tokens(subject: DataSubject) -> list[dict[str, object]]:
    """Return the tokens without the ids of other members."""
    tokens = [asdict(row) for row in await service_tokens.list_of_members(subject.membership_ids)]
    for token, column in ((token, column) for token in tokens for column in ("created_by", "approved_by")):
        if token[column] not in subject.membership_ids:
            del token[column]
    return tokens


async def _list_memberships(subject: DataSubject) -> list[dict[str, object]]:
    roles = await _LIST_ROLES.all(subject.membership_ids)
    uses = await _LIST_USES.all(subject.membership_ids)
    return [
        asdict(row)
        | {"roles": [asdict(role) for role in roles if role.membership_id == row.id]}
        | {"invitations_used": [asdict(use) for use in uses if use.membership_id == row.id]}
        for row in await _LIST_MEMBERSHIPS.all(subject.person_id)
    ]


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """End the person's memberships. REMOVE also removes their texts as a leader."""
    for member in await queries.list_all_memberships(subject.person_id):
        if member.left_at is None:
            await memberships.end_membership(member)
    if content is ErasureContent.REMOVE:
        for community_id, membership_id in subject.memberships:
            await profile.erase_member_texts(community_id, membership_id)
        await service_tokens.redact_names(subject.membership_ids)


PART = Part("communities", export, erase)
