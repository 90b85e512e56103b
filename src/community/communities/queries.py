"""Reads of communities, members and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.accounts import person_lock
from community.accounts.queries import PersonRow
from community.communities.errors import NotAMember
from community.communities.models import Community, Invitation, Membership, Role
from community.communities.settings import EDITABLE_TEXTS, CommunitySettings, JoiningPolicy, Visibility
from community.consent import consents
from community.consent.models import ConsentPurpose
from community.kernel import db
from community.kernel.errors import NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of


@row_of(Community)
class CommunityRow(CommunitySettings):
    """A community with the values of its settings."""

    id: int
    version: int
    created_at: datetime

    closed_texts = EDITABLE_TEXTS
    """The stored texts agree with a sealed history."""


@row_of(Community, computed=("members",))
class SizedCommunityRow:
    """A community with the number of its members, for the operator."""

    id: int
    name: str
    created_at: datetime
    visibility: Visibility
    joining: JoiningPolicy
    members: int


_ROLES = {
    (False, False): (),
    (False, True): (Role.EXPERT,),
    (True, False): (Role.LEADER,),
    (True, True): (Role.LEADER, Role.EXPERT),
}
"""The roles of a member, by whether they are a leader and an expert."""


@row_of(Membership, computed=("is_leader", "is_expert", "muted_until"))
class MemberRow(db.Row):
    """A person in a community, with their roles. `muted_until` is the end of the last mute, also in the past."""

    id: int
    community_id: int
    person_id: int
    joined_at: datetime
    is_leader: bool
    is_expert: bool
    left_at: datetime | None
    muted_until: datetime | None

    @property
    def roles(self) -> list[Role]:
        """The roles of the member. A resident has none."""
        return list(_ROLES[self.is_leader, self.is_expert])


@row_of(Invitation)
class InvitationRow:
    """A code by which persons join a community."""

    id: int
    community_id: int
    code: str
    role: Role | None
    created_at: datetime
    expires_at: datetime
    most_uses: int
    uses: int
    created_by: int | None
    ended_at: datetime | None


COMMUNITY_COLUMNS = db.columns(CommunityRow)
INVITATION_COLUMNS = db.columns(InvitationRow)
MEMBER_COLUMNS = db.columns(
    MemberRow,
    "m",
    is_leader="EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id"
    " AND r.membership_id = m.id AND r.role = 'LEADER')",
    is_expert="EXISTS (SELECT 1 FROM membership_role r WHERE r.community_id = m.community_id"
    " AND r.membership_id = m.id AND r.role = 'EXPERT')",
    muted_until="(SELECT max(s.ends_at) FROM sanction s WHERE s.membership_id = m.id AND s.kind = 'MUTE'"
    " AND s.lifted_at IS NULL)",
)
MAX_OWN_MEMBERSHIPS = 20
OWN_MEMBERSHIPS = db.Related(
    "memberships",
    MemberRow,
    "FROM membership m WHERE m.person_id = {parent}.person_id" + f" ORDER BY m.id LIMIT {MAX_OWN_MEMBERSHIPS}",
    select=MEMBER_COLUMNS,
    many=True,
    below=(db.Related("community", CommunityRow, "FROM community WHERE id = {parent}.community_id"),),
)
"""The memberships of a person, ended or not, each with its community. There may be more than the limit."""

PUBLIC_COMMUNITY_IDS_SQL = "SELECT id FROM community WHERE visibility = 'PUBLIC'"
"""The communities that everyone may read, for the queries of other rooms."""

_FIND_COMMUNITIES = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community WHERE id = ANY($1)", CommunityRow)
_LIST_COMMUNITIES = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community ORDER BY id", CommunityRow)
_LIST_SIZES = db.Select(
    "SELECT "
    + db.columns(
        SizedCommunityRow,
        "c",
        members="(SELECT count(*) FROM membership m WHERE m.community_id = c.id AND m.left_at IS NULL)",
    )
    + " FROM community c ORDER BY c.id",
    SizedCommunityRow,
)
_FIND_MEMBERS = db.Select(f"SELECT {MEMBER_COLUMNS} FROM membership m WHERE m.id = ANY($1)", MemberRow)
_LIST_LEADERS = db.Select(
    "SELECT m.id FROM membership_role r JOIN membership m ON m.id = r.membership_id"
    " WHERE r.community_id = $1 AND r.role = 'LEADER' AND m.left_at IS NULL ORDER BY m.id",
    db.Id,
)
_FIND_MEMBER = db.Select(
    f"SELECT {MEMBER_COLUMNS} FROM membership m WHERE m.community_id = $1 AND m.person_id = $2 AND m.left_at IS NULL",
    MemberRow,
)
_FIND_OWN_MEMBERSHIPS = db.Select(
    f"SELECT {MEMBER_COLUMNS} FROM membership m WHERE m.person_id = $1 AND m.community_id = ANY($2)", MemberRow
)
_FIND_INVITER = db.Select(
    f"SELECT {MEMBER_COLUMNS} FROM membership i JOIN membership m ON m.id = i.invited_by WHERE i.id = $1"
    " AND m.left_at IS NULL",
    MemberRow,
)
_LIST_ALL_MEMBERSHIPS = db.Select(
    f"SELECT {MEMBER_COLUMNS} FROM membership m WHERE m.person_id = $1 ORDER BY m.id", MemberRow
)
_LIST_MEMBERSHIPS = Listing(
    f"SELECT {MEMBER_COLUMNS} FROM membership m WHERE m.person_id = $1 AND m.left_at IS NULL",
    MemberRow,
    by={"m.id": int},
)
_FIND_MEMBERSHIP_IDS = db.Select("SELECT id FROM membership WHERE community_id = $1 AND id = ANY($2)", db.Id)
_FIND_CURRENT_MEMBERSHIP_IDS = db.Select(f"{_FIND_MEMBERSHIP_IDS.sql} AND left_at IS NULL", db.Id)
_FIND_INVITATION = db.Select(
    f"SELECT {INVITATION_COLUMNS} FROM invitation WHERE community_id = $1 AND id = $2", InvitationRow
)
_FIND_VISIBLE_PERSON = db.Select(
    f"SELECT {db.columns(PersonRow, 'p')} FROM person p WHERE p.id = $2 AND (p.id = $1 OR EXISTS ("
    "SELECT 1 FROM membership other JOIN membership own ON own.community_id = other.community_id"
    " WHERE other.person_id = p.id AND own.person_id = $1 AND own.left_at IS NULL))",
    PersonRow,
)


async def get_communities(community_ids: Sequence[int]) -> list[CommunityRow]:
    """Return the community of each id, in order. Raises KeyError for an unknown id."""
    found = {row.id: row for row in await _FIND_COMMUNITIES.all(list(set(community_ids)))}
    return [found[community_id] for community_id in community_ids]


async def find_community(community_id: int) -> CommunityRow | None:
    """Return the community, or None."""
    return await _FIND_COMMUNITIES.first([community_id])


async def get_readable_community(person_id: int | None, community_id: int) -> CommunityRow:
    """Return the community if the person may read its publications.

    `person_id` is None without a login. Everyone reads a public community, and its members every other one. Raises
    NotFound, with the same sentence for an unknown community.
    """
    row = require_row(await find_community(community_id), NotFound("community", path=()))
    if row.visibility is not Visibility.PUBLIC and (
        person_id is None or await find_member(person_id, community_id) is None
    ):
        raise NotFound("community", path=())
    return row


async def list_all_communities() -> list[CommunityRow]:
    """Return all communities, oldest first, for the operator and jobs. A request must not call it."""
    return await _LIST_COMMUNITIES.all()


async def list_communities_with_sizes() -> list[SizedCommunityRow]:
    """Return all communities with their numbers of members, oldest first, for the operator."""
    return await _LIST_SIZES.all()


async def get_members(membership_ids: Sequence[int]) -> list[MemberRow]:
    """Return the member of each membership id, in order. Raises KeyError for an unknown id."""
    found = {row.id: row for row in await _FIND_MEMBERS.all(list(set(membership_ids)))}
    return [found[membership_id] for membership_id in membership_ids]


async def get_member_with_consents(membership_id: int, purposes: Sequence[ConsentPurpose]) -> MemberRow:
    """Return a member with `consents`, for `require_loaded_consent`. Raises LookupError for an unknown id."""
    return await _FIND_MEMBERS.including((consents.STATUS,)).one([membership_id], list(purposes))


async def find_active_members(rows: Sequence[MemberRow]) -> set[int]:
    """Return the membership ids of those who are neither erased nor suspended."""
    active = await person_lock.find_active([row.person_id for row in rows])
    return {row.id for row in rows if row.person_id in active}


async def find_members(membership_ids: Sequence[int]) -> list[MemberRow]:
    """Return those memberships that exist, ended or not, in no order."""
    return await _FIND_MEMBERS.all(list(membership_ids))


async def find_membership(membership_id: int) -> MemberRow | None:
    """Return the membership, ended or not, or None. The caller checks who may know of it."""
    return await _FIND_MEMBERS.first([membership_id])


async def find_member(person_id: int, community_id: int) -> MemberRow | None:
    """Return the person as a current member of the community, or None."""
    return await _FIND_MEMBER.first(community_id, person_id)


async def get_member(person_id: int, community_id: int) -> MemberRow:
    """Return the person as a current member of the community. Raises NotAMember."""
    return require_row(await find_member(person_id, community_id), NotAMember())


async def find_own_memberships(person_id: int, community_ids: Sequence[int]) -> list[MemberRow | None]:
    """Return the person's membership in each community, ended or not, or None, in order."""
    found = {row.community_id: row for row in await _FIND_OWN_MEMBERSHIPS.all(person_id, list(set(community_ids)))}
    return [found.get(community_id) for community_id in community_ids]


async def list_memberships(person_id: int, request: PageRequest) -> Page[MemberRow]:
    """Return a page of current memberships, in the order of joining."""
    return await _LIST_MEMBERSHIPS.page(request, person_id)


async def list_all_memberships(person_id: int) -> list[MemberRow]:
    """Return every membership of a person, ended or not, for jobs. A request must not call it."""
    return await _LIST_ALL_MEMBERSHIPS.all(person_id)


async def require_members(community_id: int, *membership_ids: int, path: str = "memberId") -> None:
    """Raise NotFound unless these are current members of the community."""
    await _require_found(_FIND_CURRENT_MEMBERSHIP_IDS, community_id, membership_ids, path)


async def require_memberships(community_id: int, *membership_ids: int, path: str = "memberId") -> None:
    """Raise NotFound unless these are memberships of it, ended or not."""
    await _require_found(_FIND_MEMBERSHIP_IDS, community_id, membership_ids, path)


async def _require_found(
    statement: db.Select[db.Id], community_id: int, membership_ids: Sequence[int], path: str
) -> None:
    found = {row.id for row in await statement.all(community_id, list(membership_ids))}
    if not found.issuperset(membership_ids):
        raise NotFound("member", path=(path,))


async def list_leader_ids(community_id: int) -> list[int]:
    """Return the ids of the present leaders."""
    return [row.id for row in await _LIST_LEADERS.all(community_id)]


async def find_inviter(membership_id: int) -> MemberRow | None:
    """Return the current member who invited this member, or None."""
    return await _FIND_INVITER.first(membership_id)


async def get_invitation(community_id: int, invitation_id: int) -> InvitationRow:
    """Return an invitation of the community. Raises NotFound."""
    return require_row(await _FIND_INVITATION.first(community_id, invitation_id), NotFound())


async def find_visible_person(person_id: int, other_id: int) -> PersonRow | None:
    """Return the other person if `person_id` may see them.

    A person sees themselves, and everyone who is or was a member of a community that they belong to. None otherwise.
    """
    return await _FIND_VISIBLE_PERSON.first(person_id, other_id)
