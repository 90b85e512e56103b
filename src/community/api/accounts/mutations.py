"""Mutations of logins, sessions and platforms."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.accounts import attempts, logins, queries, rules, sessions
from community.accounts.access_tokens import AccessToken
from community.accounts.models import Platform
from community.accounts.queries import PersonRow
from community.api import ids
from community.api.accounts.types import RefreshToken, to_refresh_token
from community.api.context import Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutations import mutation
from community.kernel import mistakes


@input_type
class LoginInput:
    """Input for `login`, which starts a session with a platform's code."""

    platform: Platform = field(description="Platform that issued the code.")
    code: str = field(description="One-time code of the platform's client, such as that of `wx.login`.")
    nickname: str | None = field(
        default=None, description="Nickname of a new person, 1 to 20 characters. Ignored after the first login."
    )
    device: str | None = field(
        default=None, description="Name of this device in the list of sessions, 1 to 60 characters."
    )


@input_type
class LoginProofInput:
    """A fresh login on a linked platform, as a proof of the person."""

    platform: Platform = field(description="Platform that is linked.")
    code: str = field(description="New one-time code of its client.")


@input_type
class PlatformLinkInput:
    """Input for `platformLink`, which adds a platform to the viewer."""

    platform: Platform = field(description="Platform to add.")
    code: str = field(description="One-time code of the platform's client.")
    proof: LoginProofInput = field(description="Fresh login on a platform that is linked already.")


@object_type
class AccountsMutation:
    """Mutations of logins, sessions and platforms."""

    @mutation(
        access_token="Access token of the session.",
        refresh_token="Refresh token of the session.",
        person="Person who logged in.",
    )
    async def login(
        self, info: Info, input: LoginInput
    ) -> tuple[AccessToken | None, RefreshToken | None, PersonRow | None]:
        """Log in with a platform's code. The first login creates the person.

        Refuses with LOGIN_CODE_INVALID, LOGIN_BLOCKED, BANNED, PLATFORM_UNAVAILABLE, PLATFORM_BUSY or TOO_MANY_CALLS.
        Repeating: needs a new code and starts another session.
        """
        settings, subscriber = info.context.settings, info.context.subscriber
        # Before the code is used up. A refused device must not leave a new person behind.
        with mistakes.collect() as check:
            device = None if input.device is None else check(rules.normalise_device_name, input.device)
            if check.has_mistakes() and input.nickname is not None:
                # A wrong nickname alone refuses only new people.
                check(rules.normalise_nickname, input.nickname)
        # Only calls are limited: a platform's code cannot be guessed, and many people may share the address.
        await attempts.count_platform_call(settings, subscriber)
        person_id = await logins.login(
            settings, input.platform, input.code, nickname=input.nickname, address=subscriber
        )
        tokens = await sessions.begin(settings, person_id, input.platform, device=device)
        (row,) = await queries.get_people([person_id])
        return tokens.access, to_refresh_token(tokens), row

    @mutation("which returns the next tokens", access_token="Next access token.", refresh_token="Next refresh token.")
    async def session_refresh(
        self,
        info: Info,
        refresh_token: Annotated[
            str, argument("Latest refresh token of the session. Send this call without an access token.")
        ],
    ) -> tuple[AccessToken | None, RefreshToken | None]:
        """Return the next tokens of a session.

        Refuses with SESSION_ENDED. Repeating: within a minute the same refresh token returns the same next
        one. A later repetition ends the session.
        """
        # Without a limit: 256 bits cannot be guessed, and a limit would lock out all people behind one address.
        tokens = await sessions.refresh(info.context.settings, refresh_token)
        return tokens.access, to_refresh_token(tokens)

    @mutation("which logs out one device", ended_session_id="Id of the session that ended.")
    async def session_end(
        self,
        info: Info,
        session_id: Annotated[
            strawberry.ID, argument("Id of a session of the viewer. The session of this call is allowed.")
        ],
    ) -> strawberry.ID | None:
        """End one session of the viewer immediately. Refuses with NOT_FOUND. Repeating: changes nothing."""
        number = ids.decode("Session", session_id, path="sessionId")
        await sessions.end(info.context.viewer_id, session_id=number)
        return session_id

    @mutation("which logs out several devices", ended="Number of sessions that ended.")
    async def session_end_all(
        self, info: Info, keep_this: Annotated[bool, argument("True keeps the session of this call.")] = True
    ) -> int | None:
        """End all sessions of the viewer, or all others, immediately. Repeating: changes nothing."""
        kept = (info.context.session_id or 0) if keep_this else 0
        return await sessions.end_all(info.context.viewer_id, except_session_id=kept)

    @mutation(platform="Platform that was added.")
    async def platform_link(self, info: Info, input: PlatformLinkInput) -> Platform | None:
        """Link another platform to the viewer, who can then log in from both.

        Refuses with IDENTITY_TAKEN if the login belongs to another person. Refuses with PLATFORM_LINKED if the viewer
        has another login of the platform. Refuses with PROOF_INVALID, LOGIN_CODE_INVALID, LOGIN_BLOCKED,
        PLATFORM_UNAVAILABLE, PLATFORM_BUSY, TOO_MANY_ATTEMPTS or TOO_MANY_CALLS.
        Repeating: needs new codes and changes nothing.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "link", str(person_id)):
            for _ in (input.proof, input):  # Each code is a call.
                await attempts.count_platform_call(settings, str(person_id))
            await logins.link(
                settings,
                person_id,
                logins.LoginCode(input.platform, input.code),
                proof=logins.LoginCode(input.proof.platform, input.proof.code),
            )
        return input.platform

    @mutation("which removes a platform from the viewer", removed_id="Id of the login that was removed.")
    async def platform_unlink(
        self,
        info: Info,
        linked_platform_id: Annotated[
            strawberry.ID, argument("Id of the login to remove. The last one cannot be removed.")
        ],
        proof: Annotated[LoginProofInput, argument("Fresh login on a platform that is linked.")],
    ) -> strawberry.ID | None:
        """Unlink a login from the viewer, and end the sessions of its platform.

        Refuses with LAST_IDENTITY if no other login works. Refuses with PROOF_INVALID, LOGIN_CODE_INVALID,
        LOGIN_BLOCKED, PLATFORM_UNAVAILABLE, PLATFORM_BUSY, TOO_MANY_ATTEMPTS or TOO_MANY_CALLS.
        Repeating: is refused with NOT_FOUND.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        identity_id = ids.decode("LinkedPlatform", linked_platform_id, path="linkedPlatformId")
        async with attempts.limit_attempts(settings, "link", str(person_id)):
            await attempts.count_platform_call(settings, str(person_id))
            await logins.unlink(
                settings,
                person_id,
                identity_id=identity_id,
                proof=logins.LoginCode(proof.platform, proof.code),
            )
        return linked_platform_id

    @mutation(
        "which checks the platform's own session",
        good="True if the platform's session is valid. If false, log in again with a new code.",
    )
    async def platform_session_check(
        self,
        info: Info,
        platform: Annotated[Platform, argument("WECHAT. No other platform offers this.")] = Platform.WECHAT,
    ) -> bool | None:
        """Check the platform's own session of the viewer (`checksession`).

        Refuses with LOGIN_BLOCKED, PLATFORM_UNAVAILABLE, PLATFORM_BUSY or TOO_MANY_CALLS. Repeating: changes nothing.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        await attempts.count_platform_call(settings, str(person_id))
        return await logins.is_session_key_valid(settings, person_id, platform=platform)
