"""Logging in, inviting, joining."""

from __future__ import annotations

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.identity.types import AccessToken, Invitation, Member, Person
from community.api.payloads import KeyedInput, MutationPayload, mutation, once
from community.identity import queries, service, tokens
from community.identity.models import Platform, Role
from community.identity.queries import MemberRow
from community.kernel.errors import InvalidInput


@input_type
class LoginInput:
    """What a platform's client hands out, once."""

    platform: Platform = field(description="Where the person comes from.")
    code: str = field(description="The one-time code that the platform's client gave (`wx.login` and its like).")
    nickname: str | None = field(default=None, description="What to call the person at their first login.")


@object_type
class LoginPayload(MutationPayload):
    """What `login` answers."""

    access_token: AccessToken | None = field(default=None, description="What proves who is calling from now on.")
    person: Person | None = field(default=None, description="Who has logged in.")


@input_type
class PersonRenameInput:
    """Another nickname."""

    nickname: str = field(description="1 to 20 characters on one line.")


@object_type
class PersonRenamePayload(MutationPayload):
    """What `personRename` answers."""

    person: Person | None = field(default=None, description="The person, with the new nickname.")


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


@object_type
class IdentityMutation:
    """Logging in, inviting, joining."""

    @mutation
    async def login(self, info: Info, input: LoginInput) -> LoginPayload:
        """Log in with a platform's code; the first time makes the person. Harmless to repeat."""
        settings = info.context.settings
        person_id = await service.login(settings, input.platform, input.code, nickname=input.nickname)
        token = tokens.issue(settings, person_id)
        (row,) = await queries.people([person_id])
        return LoginPayload(
            access_token=AccessToken(token=token.token, expires_at=token.expires_at), person=Person.of(row)
        )

    @mutation
    async def person_rename(self, info: Info, input: PersonRenameInput) -> PersonRenamePayload:
        """Give myself another nickname. Harmless to repeat."""
        await service.rename(info.context.viewer_id, nickname=input.nickname)
        (row,) = await queries.people([info.context.viewer_id])
        return PersonRenamePayload(person=Person.of(row))

    @mutation
    async def invitation_create(self, info: Info, input: InvitationCreateInput) -> InvitationCreatePayload:
        """Make a code with which people join. Leaders only."""

        async def invite(actor: MemberRow) -> int:
            return (await service.invite(actor, role=input.role, uses=input.uses, days=input.days)).id

        member, invitation_id = await once(info.context, "invitationCreate", input, invite)
        row = await queries.get_invitation(member.community_id, invitation_id)
        return InvitationCreatePayload(invitation=Invitation.of(row))

    @mutation
    async def community_join(self, info: Info, input: CommunityJoinInput) -> CommunityJoinPayload:
        """Become a member of a community. Harmless to repeat: a second time uses nothing up."""
        person_id = info.context.viewer_id
        if (input.invitation_code is None) == (input.community_id is None):
            raise InvalidInput("Give an invitation code, or the id of an open community.", path=("invitationCode",))
        if input.invitation_code is not None:
            member = await service.join(person_id, invitation_code=input.invitation_code)
        else:
            community_id = ids.decode("Community", str(input.community_id), path="communityId")
            member = await service.join_open(person_id, community_id=community_id)
        return CommunityJoinPayload(member=Member.of(member))
