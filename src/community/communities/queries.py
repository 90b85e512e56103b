"""Reads of communities, members and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.accounts.queries import PersonRow
from community.communities.errors import NotAMember
from community.communities.models import Community, Invitation, Membership, Role
from community.communities.settings import CommunitySettings, Visibility
from community.kernel import db
from community.kernel.errors import NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of


@row_of(Community)
@dataclass(slots=True)
class CommunityRow(CommunitySettings):
    """A community with the values of its settings."""

    id: int
    version: int
    created_at: datetime


@row_of(Membership, computed=("is_leader", "is_expert"))
@dataclass(slots=True)
class MemberRow:
    """A person in a community: who acts there, and as what."""

    id: int
    community_id: int
    person_id: int
    joined_at: datetime
    is_leader: bool
    is_expert: bool
    left_at: datetime | None

    @property
    def roles(self) -> list[Role]:
        """The roles besides being a resident."""
        return [role for role, has in ((Role.LEADER, self.is_leader), (Role.EXPERT, self.is_expert)) if has]


@row_of(Invitation)
@dataclass(slots=True)
class InvitationRow:
    """A code that lets people join."""

    id: int
    community_id: int
    code: str
    role: Role | None
    expires_at: datetime
    most_uses: int
    uses: int
    created_by: int | None


_MEMBER_COLUMNS = db.columns(
    MemberRow,
    "m",
    is_leader="EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id"
    " AND r.membership_id = m.id AND r.role = 'LEADER')",
    is_expert="EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id"
    " AND r.membership_id = m.id AND r.role = 'EXPERT')",
)
COMMUNITY_COLUMNS = db.columns(CommunityRow)


# The communities that anybody may read: for the queries of the rooms above.
PUBLIC_COMMUNITY_IDS_SQL = "SELECT id FROM community WHERE visibility = 'PUBLIC'"
_COMMUNITIES = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community WHERE id = ANY($1)", CommunityRow)


_MEMBERS = db.Select(f"SELECT {_MEMBER_COLUMNS} FROM membership m WHERE m.id = ANY($1)", MemberRow)
_MEMBER = db.Select(
    f"SELECT {_MEMBER_COLUMNS} FROM membership m WHERE m.community_id = $1 AND m.person_id = $2 AND m.left_at IS NULL",
    MemberRow,
)
_EVERY_MEMBERSHIP = db.Select(
    f"SELECT {_MEMBER_COLUMNS} FROM membership m WHERE m.person_id = $1 ORDER BY m.id", MemberRow
)
_MEMBERSHIPS_IN = db.Select(
    f"SELECT {_MEMBER_COLUMNS} FROM membership m WHERE m.person_id = $1 AND m.community_id = ANY($2)"
    " AND m.left_at IS NULL",
    MemberRow,
)
_MEMBERSHIPS = Listing(
    f"SELECT {_MEMBER_COLUMNS} FROM membership m WHERE m.person_id = $1 AND m.left_at IS NULL",
    MemberRow,
    by={"m.id": int},
)
INVITATION_COLUMNS = db.columns(InvitationRow)
_INVITATION = db.Select(
    f"SELECT {INVITATION_COLUMNS} FROM invitation WHERE community_id = $1 AND id = $2",
    InvitationRow,
)
_EVERY_COMMUNITY = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community ORDER BY id", CommunityRow)
_FIND_VISIBLE_PERSON = db.Select(
    f"SELECT {db.columns(PersonRow, 'p')} FROM person p WHERE p.id = $2 AND (p.id = $1 OR EXISTS ("
    "SELECT 1 FROM membership theirs JOIN membership mine ON mine.community_id = theirs.community_id"
    " WHERE theirs.person_id = p.id AND mine.person_id = $1 AND mine.left_at IS NULL))",
    PersonRow,
)


async def find_visible_person(person_id: int, other_id: int) -> PersonRow | None:
    """The other one, when that is the person themselves or somebody of a community that both belong to; else None."""
    return await _FIND_VISIBLE_PERSON.first(person_id, other_id)


async def get_communities(community_ids: Sequence[int]) -> list[CommunityRow]:
    """The community of each id, in order."""
    found = {row.id: row for row in await _COMMUNITIES.all(list(set(community_ids)))}
    return [found[community_id] for community_id in community_ids]


async def find_community(community_id: int) -> CommunityRow | None:
    """The community, or None."""
    return await _COMMUNITIES.first([community_id])


async def get_readable_community(person_id: int | None, community_id: int) -> CommunityRow:
    """The community, when this person may read what it has published: anybody if it is public, else its members.

    Raises NotFound, the same for a community that does not exist and for one that is closed to the person.
    """
    row = await find_community(community_id)
    if row is None:
        raise NotFound("There is no such community, or it is open to its members only.")
    if row.visibility is not Visibility.PUBLIC and (
        person_id is None or await find_member(person_id, community_id) is None
    ):
        raise NotFound("There is no such community, or it is open to its members only.")
    return row


async def list_all_communities() -> list[CommunityRow]:
    """All communities, oldest first: for the operator's own work, never for a request."""
    return await _EVERY_COMMUNITY.all()


async def get_members(membership_ids: Sequence[int]) -> list[MemberRow]:
    """The member of each membership id, in order."""
    found = {row.id: row for row in await _MEMBERS.all(list(set(membership_ids)))}
    return [found[membership_id] for membership_id in membership_ids]


_FIND_MEMBERSHIPS = db.Select("SELECT id FROM membership WHERE community_id = $1 AND id = ANY($2)", db.Id)
_FIND_CURRENT_MEMBERS = db.Select(f"{_FIND_MEMBERSHIPS.sql} AND left_at IS NULL", db.Id)


async def require_members(community_id: int, *membership_ids: int, path: str = "memberId") -> None:
    """Raise NotFound with `path` unless these are memberships of current members of the community."""
    await _require_found(_FIND_CURRENT_MEMBERS, community_id, membership_ids, path)


async def require_memberships(community_id: int, *membership_ids: int, path: str = "memberId") -> None:
    """Raise NotFound with `path` unless these are memberships in the community, ended or not."""
    await _require_found(_FIND_MEMBERSHIPS, community_id, membership_ids, path)


async def _require_found(
    statement: db.Select[db.Id], community_id: int, membership_ids: Sequence[int], path: str
) -> None:
    found = {row.id for row in await statement.all(community_id, list(membership_ids))}
    if not found.issuperset(membership_ids):
        raise NotFound("There is no such member in this community.", path=(path,))


_INVITER = db.Select(
    f"SELECT {_MEMBER_COLUMNS} FROM membership i JOIN membership m ON m.id = i.invited_by WHERE i.id = $1"
    " AND m.left_at IS NULL",
    MemberRow,
)


async def find_inviter(membership_id: int) -> MemberRow | None:
    """Who invited this member, or None."""
    return await _INVITER.first(membership_id)


async def find_membership(membership_id: int) -> MemberRow | None:
    """The membership, of somebody who has left too, or None: the caller must see to who may know of it."""
    return await _MEMBERS.first([membership_id])


async def list_all_memberships(person_id: int) -> list[MemberRow]:
    """Every membership that a person has or had, for what they are owed: an export, an erasure."""
    return await _EVERY_MEMBERSHIP.all(person_id)


async def find_member(person_id: int, community_id: int) -> MemberRow | None:
    """This person as a member of that community, or None, also when they have left it."""
    return await _MEMBER.first(community_id, person_id)


async def find_person_memberships(person_id: int, community_ids: Sequence[int]) -> list[MemberRow | None]:
    """This person as a member of each community, in order; None where they are none."""
    found = {row.community_id: row for row in await _MEMBERSHIPS_IN.all(person_id, list(set(community_ids)))}
    return [found.get(community_id) for community_id in community_ids]


async def get_member(person_id: int, community_id: int) -> MemberRow:
    """This person as a member of that community. Raises NotAMember."""
    row = await find_member(person_id, community_id)
    if row is None:
        raise NotAMember
    return row


async def list_memberships(person_id: int, request: PageRequest) -> Page[MemberRow]:
    """The communities a person belongs to, in the order of joining."""
    return await _MEMBERSHIPS.page(request, person_id)


async def get_invitation(community_id: int, invitation_id: int) -> InvitationRow:
    """An invitation of that community. Raises NotFound."""
    row = await _INVITATION.first(community_id, invitation_id)
    if row is None:
        raise NotFound
    return row
