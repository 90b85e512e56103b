"""Export and erasure of what communities keep about a person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from community.communities import blocks, memberships, names, profile, queries, service_tokens
from community.communities.models import Invitation, MemberBlock, Membership
from community.communities.sanctions import service as sanctions
from community.communities.sanctions.models import Sanction
from community.communities.trust import service as trust
from community.communities.trust.models import Trust
from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, omit_others, own_rows
from community.kernel.tables import pick
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
_OWN = (
    own_rows("invited.json", pick(Membership, "id community_id"), by="invited_by"),
    own_rows(
        "invitations.json",
        pick(Invitation, "id community_id role created_at expires_at most_uses uses ended_at"),
        by="created_by",
    ),
    own_rows(
        "sanctions.json",
        pick(
            Sanction,
            "id community_id membership_id kind reason given_by starts_at ends_at ended_at lifted_at lifted_by"
            " lift_reason",
        ),
        by="membership_id given_by lifted_by",
        others="membership_id given_by lifted_by",
    ),
    own_rows(
        "trusts.json",
        pick(Trust, "id community_id membership_id reason given_by given_at ended_at end_cause ended_by"),
        by="membership_id given_by ended_by",
        others="membership_id given_by ended_by",
    ),
    own_rows("blocks.json", pick(MemberBlock, "community_id blocked_id created_at"), by="membership_id"),
    own_rows("community_edits.json", profile.CommunityChangeRow, by="changed_by"),
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's memberships, and the service tokens that they made or approved."""
    del settings
    yield ExportFile.from_rows("memberships.json", await _list_memberships(subject))
    tokens = await service_tokens.list_of_members(subject.membership_ids)
    yield ExportFile.from_rows(
        "service_tokens.json", omit_others(tokens, subject.membership_ids, "created_by", "approved_by")
    )


async def _list_memberships(subject: DataSubject) -> list[dict[str, object]]:
    roles = await _LIST_ROLES.all(subject.membership_ids)
    uses = await _LIST_USES.all(subject.membership_ids)
    return [
        db.as_dict(row)
        | {"roles": [db.as_dict(role) for role in roles if role.membership_id == row.id]}
        | {"invitations_used": [db.as_dict(use) for use in uses if use.membership_id == row.id]}
        for row in await _LIST_MEMBERSHIPS.all(subject.person_id)
    ]


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """End the person's memberships and blocks, and redact reasons about them.

    REMOVE also removes their texts as a leader.
    """
    for member in await queries.list_all_memberships(subject.person_id):
        if member.left_at is None:
            await memberships.end_membership(member)
    await names.delete_parts(subject.membership_ids)
    await blocks.erase(subject.membership_ids)
    await sanctions.redact_received(subject.membership_ids)
    await trust.redact_received(subject.membership_ids)
    if content is ErasureContent.REMOVE:
        await sanctions.redact_given(subject.membership_ids)
        await trust.redact_given(subject.membership_ids)
        for community_id, membership_id in subject.memberships:
            await profile.erase_member_texts(community_id, membership_id)
        await service_tokens.redact_names(subject.membership_ids)


PART = Part(room="communities", own=_OWN, export=export, erase=erase)
