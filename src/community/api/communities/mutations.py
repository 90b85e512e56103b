"""Mutations of communities, memberships, invitations and roles."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.accounts import attempts
from community.api import ids
from community.api.communities.settings import declare_edit_fields, read_edit
from community.api.context import Caller, Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutations import (
    KeyedInput,
    ThingVerb,
    Verb,
    community_mutation,
    mutation,
    thing_mutation,
)
from community.api.nodes import CommunityId
from community.communities import invitations, memberships, profile, roles
from community.communities.models import Role
from community.communities.queries import CommunityRow, InvitationRow, MemberRow
from community.kernel.errors import InvalidInput
from community.safety import nicknames
from community.submissions import removal


@input_type
class CommunityJoinInput:
    """Input for `communityJoin`, which makes the viewer a member. Give exactly one of the two."""

    invitation_code: str | None = field(default=None, description="Invitation code of a leader.")
    community_id: strawberry.ID | None = field(default=None, description="Id of a community whose `joining` is OPEN.")


@input_type
@declare_edit_fields
class CommunityEditInput(KeyedInput):
    """Input for `communityEdit`, which changes a community. Null keeps a value."""

    version: int = field(description="Version that you read.")


async def _require_name(info: Info, community_id: int) -> None:
    """Raise TextBlocked unless the viewer may join with the nickname.

    A member may repeat the call.
    """
    (member,) = await info.context.find_own_memberships([community_id])
    if member is None or member.left_at is not None:
        await nicknames.require_allowed_in(info.context.viewer_id, community_id)


@object_type
class CommunitiesMutation:
    """Mutations of communities, memberships, invitations and roles."""

    @community_mutation("which creates an invitation code", invitation="Invitation.")
    def invitation_create(
        self,
        role: Annotated[Role | None, argument("Role that it gives. Null for none.")] = None,
        uses: Annotated[
            int | None,
            argument("Maximum number of uses, 1 to 1000. Null means 100, or 1 with a role, which allows no more."),
        ] = None,
        days: Annotated[int, argument("Validity in days, 1 to 90.")] = 30,
    ) -> Verb[InvitationRow]:
        """Create an invitation code. Refuses with LEADERS_ONLY."""
        return partial(invitations.invite, role=role, uses=uses, days=days)

    @thing_mutation(
        "which ends an invitation code", of=(InvitationRow, "invitation_id"), invitation="Ended invitation."
    )
    def invitation_revoke(self) -> ThingVerb[InvitationRow]:
        """End an invitation code for good. Members who used it stay. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return invitations.revoke

    @mutation(member="Viewer as a member of the community.")
    async def community_join(self, info: Info, input: CommunityJoinInput) -> MemberRow:
        """Join a community by a code, or an open community by its id.

        A nickname that may not be shown there is refused with TEXT_BLOCKED. Also refuses with INVITATION_INVALID,
        NOT_FOUND, CONSENT_MISSING, GUARDIAN_NEEDED or TOO_MANY_ATTEMPTS.
        Repeating: changes nothing and uses up nothing.
        """
        person_id = info.context.viewer_id
        if (input.invitation_code is None) == (input.community_id is None):
            raise InvalidInput("code_or_community", path=("invitationCode",))
        if input.invitation_code is not None:
            async with attempts.limit_attempts(info.context.settings, "invitation", str(person_id)):
                await _require_name(info, await invitations.get_community_id(input.invitation_code))
                return await memberships.join(person_id, invitation_code=input.invitation_code)
        community_id = ids.decode("Community", str(input.community_id), path="communityId")
        await _require_name(info, community_id)
        return await memberships.join_open(person_id, community_id=community_id)

    @mutation("which ends the viewer's membership", member="Former member.")
    async def community_leave(self, info: Info, community_id: CommunityId) -> MemberRow:
        """Leave a community. Roles end, content and points stay.

        Refuses with LAST_LEADER for the only leader. Repeating: is refused with NOT_A_MEMBER.
        """
        return await removal.leave_community(info.context.get_actor(community_id))

    @community_mutation(community="Community in its new state.")
    def community_edit(self, input: CommunityEditInput) -> Verb[CommunityRow]:
        """Edit a community's profile or settings. `communityHistory` keeps every edit.

        Refuses with LEADERS_ONLY, or with STALE_VERSION if the community has changed.
        """

        async def edit(actor: Caller) -> CommunityRow:
            return await profile.edit_community(actor, version=input.version, edit=read_edit(input))

        return edit

    @thing_mutation("which gives a role to a member", of=(MemberRow, "member_id"), member="Member with the role.")
    def role_give(self, role: Annotated[Role, argument("Role.")]) -> ThingVerb[MemberRow]:
        """Give a role to a member. Refuses with LEADERS_ONLY or NOT_FOUND."""
        return partial(roles.give_role, role=role)

    @thing_mutation(
        "which removes a role from a member",
        of=(MemberRow, "member_id", "Id of the member. The viewer's own is allowed."),
        member="Member without the role.",
    )
    def role_take(self, role: Annotated[Role, argument("Role.")]) -> ThingVerb[MemberRow]:
        """Remove a role from a member. Refuses with LEADERS_ONLY, NOT_FOUND or LAST_LEADER."""
        return partial(roles.take_role, role=role)
