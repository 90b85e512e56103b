"""Mutations of communities, memberships, invitations and roles."""

from __future__ import annotations

import strawberry

from community.accounts import attempts
from community.api import ids
from community.api.communities.settings import declare_edit_fields, read_edit
from community.api.communities.types import Community, Invitation, Member
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import KeyedInput, MutationPayload, mutation, run_mutation_once
from community.communities import invitations, memberships, profile, queries, roles
from community.communities.models import Role
from community.communities.queries import MemberRow
from community.kernel.errors import InvalidInput


@input_type
class InvitationCreateInput(KeyedInput):
    """Whom to invite, and for how long."""

    role: Role | None = field(default=None, description="What those who use it become besides residents.")
    uses: int = field(default=100, description="How many people it is for, 1 to 1000.")
    days: int = field(default=30, description="How many days it works, 1 to 90.")


@object_type
class InvitationCreatePayload(MutationPayload):
    """What `invitationCreate` answers."""

    invitation: Invitation | None = field(default=None, description="The invitation.")


@input_type
class CommunityJoinInput:
    """Which community to join: by an invitation's code, or one that is open to all."""

    invitation_code: str | None = field(default=None, description="The code that a leader gave out.")
    community_id: strawberry.ID | None = field(default=None, description="A community that is open to all.")


@object_type
class CommunityJoinPayload(MutationPayload):
    """What `communityJoin` answers."""

    member: Member | None = field(default=None, description="The person as a member of the community.")


@input_type
@declare_edit_fields
class CommunityEditInput(KeyedInput):
    """What to change of a community; what is left out stays."""

    version: int = field(description="The version that the edit is made on.")


@object_type
class CommunityEditPayload(MutationPayload):
    """What `communityEdit` answers."""

    community: Community | None = field(default=None, description="The community as it is now.")


@input_type
class CommunityLeaveInput:
    """Which community to leave."""

    community_id: strawberry.ID = field(description="The community.")


@object_type
class CommunityLeavePayload(MutationPayload):
    """What `communityLeave` answers."""

    member: Member | None = field(default=None, description="The member that I was.")


@input_type
class RoleGiveInput(KeyedInput):
    """Who is to have which role."""

    member_id: strawberry.ID = field(description="The member.")
    role: Role = field(description="The role.")


@object_type
class RoleGivePayload(MutationPayload):
    """What `roleGive` answers."""

    member: Member | None = field(default=None, description="The member, with the role.")


@input_type
class RoleTakeInput(KeyedInput):
    """Who is to have which role no more."""

    member_id: strawberry.ID = field(description="The member; oneself, to step down.")
    role: Role = field(description="The role.")


@object_type
class RoleTakePayload(MutationPayload):
    """What `roleTake` answers."""

    member: Member | None = field(default=None, description="The member, without the role.")


@object_type
class CommunitiesMutation:
    """Mutations of communities, memberships, invitations and roles."""

    @mutation
    async def invitation_create(self, info: Info, input: InvitationCreateInput) -> InvitationCreatePayload:
        """Make a code with which people join. Leaders only."""

        async def invite(actor: MemberRow) -> int:
            return (await invitations.invite(actor, role=input.role, uses=input.uses, days=input.days)).id

        member, invitation_id = await run_mutation_once(info.context, "invitationCreate", input, invite)
        row = await queries.get_invitation(member.community_id, invitation_id)
        return InvitationCreatePayload(invitation=Invitation.of(row))

    @mutation
    async def community_join(self, info: Info, input: CommunityJoinInput) -> CommunityJoinPayload:
        """Become a member of a community. Harmless to repeat: a second time uses nothing up."""
        person_id = info.context.viewer_id
        if (input.invitation_code is None) == (input.community_id is None):
            raise InvalidInput("Give an invitation code, or the id of an open community.", path=("invitationCode",))
        if input.invitation_code is not None:
            async with attempts.limit_attempts(info.context.settings, "invitation", str(person_id)):
                member = await memberships.join(person_id, invitation_code=input.invitation_code)
        else:
            community_id = ids.decode("Community", str(input.community_id), path="communityId")
            member = await memberships.join_open(person_id, community_id=community_id)
        return CommunityJoinPayload(member=Member.of(member))

    @mutation
    async def community_leave(self, info: Info, input: CommunityLeaveInput) -> CommunityLeavePayload:
        """Leave a community: roles end at once, what I made and my points stay. Its only leader cannot."""
        actor = await info.context.get_member(input.community_id)
        await memberships.leave(actor)
        (row,) = await queries.get_members([actor.id])
        return CommunityLeavePayload(member=Member.of(row))

    @mutation
    async def community_edit(self, info: Info, input: CommunityEditInput) -> CommunityEditPayload:
        """Change a community's profile or settings. Leaders only; every edit is kept in its history."""

        async def edit(actor: MemberRow) -> int:
            return (await profile.edit_community(actor, version=input.version, edit=read_edit(input))).id

        _, community_id = await run_mutation_once(info.context, "communityEdit", input, edit)
        (row,) = await queries.get_communities([community_id])
        return CommunityEditPayload(community=Community.of(row))

    @mutation
    async def role_give(self, info: Info, input: RoleGiveInput) -> RoleGivePayload:
        """Give a member a role. Leaders only."""
        number = ids.decode("Member", input.member_id, path="memberId")

        async def give(actor: MemberRow) -> int:
            return (await roles.give_role(actor, number, role=input.role)).id

        _, member_id = await run_mutation_once(info.context, "roleGive", input, give)
        (row,) = await queries.get_members([member_id])
        return RoleGivePayload(member=Member.of(row))

    @mutation
    async def role_take(self, info: Info, input: RoleTakeInput) -> RoleTakePayload:
        """Take a role from a member, oneself included. Leaders only; one leader always stays."""
        number = ids.decode("Member", input.member_id, path="memberId")

        async def take(actor: MemberRow) -> int:
            return (await roles.take_role(actor, number, role=input.role)).id

        _, member_id = await run_mutation_once(info.context, "roleTake", input, take)
        (row,) = await queries.get_members([member_id])
        return RoleTakePayload(member=Member.of(row))
