"""Mutations of logins, sessions, platforms, phones and names."""

from __future__ import annotations

import strawberry

from community.accounts import attempts, logins, people, phones, queries, sessions
from community.accounts.models import Platform
from community.api import ids
from community.api.accounts.types import AccessToken, Person, RefreshToken, to_access_token, to_refresh_token
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import MutationPayload, mutation
from community.consent import phone_binding


@input_type
class LoginInput:
    """What a platform's client hands out, once."""

    platform: Platform = field(description="Where the person comes from.")
    code: str = field(description="The one-time code that the platform's client gave (`wx.login` and its like).")
    nickname: str | None = field(default=None, description="What to call the person at their first login.")
    device: str | None = field(default=None, description="What to call this device in the list of sessions.")


@object_type
class LoginPayload(MutationPayload):
    """What `login` answers."""

    access_token: AccessToken | None = field(default=None, description="What proves who is calling from now on.")
    refresh_token: RefreshToken | None = field(default=None, description="What gets the next access token.")
    person: Person | None = field(default=None, description="Who has logged in.")


@input_type
class SessionRefreshInput:
    """The refresh token that was given out last."""

    refresh_token: str = field(description="It is good once. Send this call without an access token.")


@object_type
class SessionRefreshPayload(MutationPayload):
    """What `sessionRefresh` answers."""

    access_token: AccessToken | None = field(default=None, description="The next access token.")
    refresh_token: RefreshToken | None = field(default=None, description="The next refresh token.")


@input_type
class SessionEndInput:
    """Which session to end."""

    session_id: strawberry.ID = field(description="One of mine; the one of this call logs me out here.")


@object_type
class SessionEndPayload(MutationPayload):
    """What `sessionEnd` answers."""

    ended_session_id: strawberry.ID | None = field(default=None, description="The session, which has ended.")


@input_type
class SessionEndAllInput:
    """Which sessions to leave."""

    keep_this: bool = field(default=True, description="Whether the session of this call goes on.")


@object_type
class SessionEndAllPayload(MutationPayload):
    """What `sessionEndAll` answers."""

    ended: int | None = field(default=None, description="How many sessions ended.")


@input_type
class PlatformLinkInput:
    """Another platform to log in from."""

    platform: Platform = field(description="Which one.")
    code: str = field(description="The one-time code that its client gave: it proves that the login is mine.")


@object_type
class PlatformLinkPayload(MutationPayload):
    """What `platformLink` answers."""

    platform: Platform | None = field(default=None, description="The platform that I can log in from now.")


@input_type
class PlatformUnlinkInput:
    """A platform to log in from no more."""

    platform: Platform = field(description="Which one; never the only one.")


@object_type
class PlatformUnlinkPayload(MutationPayload):
    """What `platformUnlink` answers."""

    platform: Platform | None = field(default=None, description="The platform that I cannot log in from any more.")


@input_type
class PlatformSessionCheckInput:
    """Whose session key to check."""

    platform: Platform = field(default=Platform.WECHAT, description="WECHAT: no other platform offers this.")


@object_type
class PlatformSessionCheckPayload(MutationPayload):
    """What `platformSessionCheck` answers."""

    good: bool | None = field(
        default=None, description="Whether the platform's session is still good; if not, log in again with a new code."
    )


@input_type
class PhoneBindInput:
    """What the button for the telephone number gave."""

    code: str = field(description="The code of `getPhoneNumber`, good once; not the one of `wx.login`.")


@object_type
class PhoneBindPayload(MutationPayload):
    """What `phoneBind` answers."""

    masked: str | None = field(default=None, description="The number that is bound, with its middle left out.")


@input_type
class PhoneUnbindInput:
    """Whether to forget my telephone number."""

    confirm: bool = field(default=True, description="False changes nothing.")


@object_type
class PhoneUnbindPayload(MutationPayload):
    """What `phoneUnbind` answers."""

    bound: bool | None = field(default=None, description="Whether a number is still bound.")


@input_type
class PersonRenameInput:
    """Another nickname."""

    nickname: str = field(description="1 to 20 characters on one line.")


@object_type
class PersonRenamePayload(MutationPayload):
    """What `personRename` answers."""

    person: Person | None = field(default=None, description="The person, with the new nickname.")


@input_type
class PersonCorrectInput:
    """What is wrong about me; what is left out stays."""

    nickname: str | None = field(default=None, description="1 to 20 characters on one line.")
    born_on: str | None = field(
        default=None,
        description="My date of birth, YYYY-MM-DD. Nobody else sees it. No correction makes a child (under 14) older.",
    )


@object_type
class PersonCorrectPayload(MutationPayload):
    """What `personCorrect` answers."""

    person: Person | None = field(default=None, description="Myself, corrected.")


@object_type
class AccountsMutation:
    """Mutations of logins, sessions, platforms, phones and names."""

    @mutation
    async def login(self, info: Info, input: LoginInput) -> LoginPayload:
        """Log in with a platform's code; the first time makes the person. A repeat is one more session."""
        settings = info.context.settings
        async with attempts.limit_attempts(settings, "login", info.context.address):
            person_id = await logins.login(settings, input.platform, input.code, nickname=input.nickname)
        opened = await sessions.begin(settings, person_id, input.platform, device=input.device)
        (row,) = await queries.get_people([person_id])
        return LoginPayload(
            access_token=to_access_token(opened), refresh_token=to_refresh_token(opened), person=Person.of(row)
        )

    @mutation
    async def session_refresh(self, info: Info, input: SessionRefreshInput) -> SessionRefreshPayload:
        """Get the next access token. A lost answer may be asked for again within a minute; later the session ends."""
        settings = info.context.settings
        async with attempts.limit_attempts(settings, "refresh", info.context.address):
            opened = await sessions.refresh(settings, input.refresh_token)
        return SessionRefreshPayload(access_token=to_access_token(opened), refresh_token=to_refresh_token(opened))

    @mutation
    async def session_end(self, info: Info, input: SessionEndInput) -> SessionEndPayload:
        """Log out on one of my devices, at once. Harmless to repeat."""
        number = ids.decode("Session", input.session_id, path="sessionId")
        await sessions.end(info.context.viewer_id, session_id=number)
        return SessionEndPayload(ended_session_id=input.session_id)

    @mutation
    async def session_end_all(self, info: Info, input: SessionEndAllInput) -> SessionEndAllPayload:
        """Log out on all my devices, or on all others, at once. Harmless to repeat."""
        kept = (info.context.session_id or 0) if input.keep_this else 0
        return SessionEndAllPayload(ended=await sessions.end_all(info.context.viewer_id, except_session_id=kept))

    @mutation
    async def platform_link(self, info: Info, input: PlatformLinkInput) -> PlatformLinkPayload:
        """Let me log in from another platform too: my session proves the one, the code the other."""
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "link", str(person_id)):
            await logins.link(settings, person_id, input.platform, input.code)
        return PlatformLinkPayload(platform=input.platform)

    @mutation
    async def platform_unlink(self, info: Info, input: PlatformUnlinkInput) -> PlatformUnlinkPayload:
        """Log in from a platform no more, while another one is left."""
        await logins.unlink(info.context.viewer_id, platform=input.platform)
        return PlatformUnlinkPayload(platform=input.platform)

    @mutation
    async def platform_session_check(self, info: Info, input: PlatformSessionCheckInput) -> PlatformSessionCheckPayload:
        """Whether the platform's own session of mine is still good (`checksession`). Harmless to repeat."""
        good = await logins.is_session_key_valid(info.context.settings, info.context.viewer_id, platform=input.platform)
        return PlatformSessionCheckPayload(good=good)

    @mutation
    async def phone_bind(self, info: Info, input: PhoneBindInput) -> PhoneBindPayload:
        """Bind the telephone number that WeChat has verified. Whoever had it before loses it."""
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "phone", str(person_id)):
            await phone_binding.bind(settings, person_id, input.code)
        phone = await phones.find(settings, person_id)
        return PhoneBindPayload(masked=None if phone is None else phone.masked)

    @mutation
    async def phone_unbind(self, info: Info, input: PhoneUnbindInput) -> PhoneUnbindPayload:
        """Forget my telephone number. Harmless to repeat."""
        person_id = info.context.viewer_id
        if input.confirm:
            await phones.unbind(person_id)
        return PhoneUnbindPayload(bound=await phones.find(info.context.settings, person_id) is not None)

    @mutation
    async def person_rename(self, info: Info, input: PersonRenameInput) -> PersonRenamePayload:
        """Give myself another nickname. Harmless to repeat."""
        await people.rename(info.context.viewer_id, nickname=input.nickname)
        (row,) = await queries.get_people([info.context.viewer_id])
        return PersonRenamePayload(person=Person.of(row))

    @mutation
    async def person_correct(self, info: Info, input: PersonCorrectInput) -> PersonCorrectPayload:
        """Correct what is known of me. Harmless to repeat."""
        person_id = info.context.viewer_id
        await people.correct(person_id, nickname=input.nickname, born_on=input.born_on)
        (row,) = await queries.get_people([person_id])
        return PersonCorrectPayload(person=Person.of(row))
