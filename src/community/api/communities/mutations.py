"""Mutations of communities, memberships, invitations and roles."""

from __future__ import annotations

from functools import partial

import strawberry

from community.accounts import attempts
from community.api import ids
from community.api.communities.settings import declare_edit_fields, read_edit
from community.api.context import Caller, Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import (
    KeyedInput,
    KeyedThingInput,
    MutationPayload,
    mutation,
    run_mutation_once,
    run_thing_mutation_once,
)
from community.communities import invitations, memberships, profile, roles
from community.communities.models import Role
from community.communities.queries import CommunityRow, InvitationRow, MemberRow
from community.kernel.errors import InvalidInput
from community.submissions import removal


@input_type
class InvitationCreateInput(KeyedInput):
    """Input for `invitationCreate`, which creates an invitation code."""

    role: Role | None = field(default=None, description="Role that it gives. Null for none.")
    uses: int | None = field(
        default=None,
        description="Maximum number of uses, 1 to 1000. Null means 100, or 1 with a role, which allows no more.",
    )
    days: int = field(default=30, description="Validity in days, 1 to 90.")


@object_type
class InvitationCreatePayload(MutationPayload):
    """Result of `invitationCreate`."""

    invitation: InvitationRow | None = field(default=None, description="Invitation.")


@input_type
class InvitationRevokeInput(KeyedThingInput):
    """Input for `invitationRevoke`, which ends an invitation code."""

    invitation_id: strawberry.ID = field(description="Id of the invitation.")


@object_type
class InvitationRevokePayload(MutationPayload):
    """Result of `invitationRevoke`."""

    invitation: InvitationRow | None = field(default=None, description="Ended invitation.")


@input_type
class CommunityJoinInput:
    """Input for `communityJoin`, which makes the viewer a member. Give exactly one of the two."""

    invitation_code: str | None = field(default=None, description="Invitation code of a leader.")
    community_id: strawberry.ID | None = field(default=None, description="Id of a community whose `joining` is OPEN.")


@object_type
class CommunityJoinPayload(MutationPayload):
    """Result of `communityJoin`."""

    member: MemberRow | None = field(default=None, description="Viewer as a member of the community.")


@input_type
@declare_edit_fields
class CommunityEditInput(KeyedInput):
    """Input for `communityEdit`, which changes a community. Null keeps a value."""

    version: int = field(description="Version that you read.")


@object_type
class CommunityEditPayload(MutationPayload):
    """Result of `communityEdit`."""

    community: CommunityRow | None = field(default=None, description="Community in its new state.")


@input_type
class CommunityLeaveInput:
    """Input for `communityLeave`, which ends the viewer's membership."""

    community_id: strawberry.ID = field(description="Id of the community.")


@object_type
class CommunityLeavePayload(MutationPayload):
    """Result of `communityLeave`."""

    member: MemberRow | None = field(default=None, description="Former member.")


@input_type
class RoleGiveInput(KeyedThingInput):
    """Input for `roleGive`, which gives a role to a member."""

    member_id: strawberry.ID = field(description="Id of the member.")
    role: Role = field(description="Role.")


@object_type
class RoleGivePayload(MutationPayload):
    """Result of `roleGive`."""

    member: MemberRow | None = field(default=None, description="Member with the role.")


@input_type
class RoleTakeInput(KeyedThingInput):
    """Input for `roleTake`, which removes a role from a member."""

    member_id: strawberry.ID = field(description="Id of the member. The viewer's own is allowed.")
    role: Role = field(description="Role.")


@object_type
class RoleTakePayload(MutationPayload):
    """Result of `roleTake`."""

    member: MemberRow | None = field(default=None, description="Member without the role.")


@object_type
class CommunitiesMutation:
    """Mutations of communities, memberships, invitations and roles."""

    @mutation
    async def invitation_create(self, info: Info, input: InvitationCreateInput) -> InvitationCreatePayload:
        """Create an invitation code. Refuses with LEADERS_ONLY."""

        async def invite(actor: Caller) -> ids.HasId:
            return await invitations.invite(actor, role=input.role, uses=input.uses, days=input.days)

        row = await run_mutation_once(info, "invitationCreate", input, invite, returns=InvitationRow)
        return InvitationCreatePayload(invitation=row)

    @mutation
    async def invitation_revoke(self, info: Info, input: InvitationRevokeInput) -> InvitationRevokePayload:
        """End an invitation code for good. Members who used it stay. Refuses with LEADERS_ONLY or NOT_FOUND."""
        row = await run_thing_mutation_once(
            info, "invitationRevoke", input, invitations.revoke,
            of=(InvitationRow, "invitation_id"), returns=InvitationRow,
        )  # fmt: skip
        return InvitationRevokePayload(invitation=row)

    @mutation
    async def community_join(self, info: Info, input: CommunityJoinInput) -> CommunityJoinPayload:
        """Join a community by a code, or an open community by its id.

        Refuses with INVITATION_INVALID, NOT_FOUND, CONSENT_MISSING, GUARDIAN_NEEDED or TOO_MANY_ATTEMPTS.
        Repeating: changes nothing and uses up nothing.
        """
        person_id = info.context.viewer_id
        if (input.invitation_code is None) == (input.community_id is None):
            raise InvalidInput("code_or_community", path=("invitationCode",))
        if input.invitation_code is not None:
            async with attempts.limit_attempts(info.context.settings, "invitation", str(person_id)):
                member = await memberships.join(person_id, invitation_code=input.invitation_code)
        else:
            community_id = ids.decode("Community", str(input.community_id), path="communityId")
            member = await memberships.join_open(person_id, community_id=community_id)
        return CommunityJoinPayload(member=member)

    @mutation
    async def community_leave(self, info: Info, input: CommunityLeaveInput) -> CommunityLeavePayload:
        """Leave a community. Roles end, content and points stay.

        Refuses with LAST_LEADER for the only leader. Repeating: is refused with NOT_A_MEMBER.
        """
        return CommunityLeavePayload(member=await removal.leave_community(info.context.get_actor(input.community_id)))

    @mutation
    async def community_edit(self, info: Info, input: CommunityEditInput) -> CommunityEditPayload:
        """Edit a community's profile or settings. `communityHistory` keeps every edit.

        Refuses with LEADERS_ONLY, or with STALE_VERSION if the community has changed.
        """

        async def edit(actor: Caller) -> ids.HasId:
            return await profile.edit_community(actor, version=input.version, edit=read_edit(input))

        row = await run_mutation_once(info, "communityEdit", input, edit, returns=CommunityRow)
        return CommunityEditPayload(community=row)

    @mutation
    async def role_give(self, info: Info, input: RoleGiveInput) -> RoleGivePayload:
        """Give a role to a member. Refuses with LEADERS_ONLY or NOT_FOUND."""
        row = await run_thing_mutation_once(
            info, "roleGive", input, partial(roles.give_role, role=input.role),
            of=(MemberRow, "member_id"), returns=MemberRow,
        )  # fmt: skip
        return RoleGivePayload(member=row)

    @mutation
    async def role_take(self, info: Info, input: RoleTakeInput) -> RoleTakePayload:
        """Remove a role from a member. Refuses with LEADERS_ONLY, NOT_FOUND or LAST_LEADER."""
        row = await run_thing_mutation_once(
            info, "roleTake", input, partial(roles.take_role, role=input.role),
            of=(MemberRow, "member_id"), returns=MemberRow,
        )  # fmt: skip
        return RoleTakePayload(member=row)
