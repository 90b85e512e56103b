"""Refusals of accounts."""

from __future__ import annotations

from community.kernel.errors import Forbidden, Refusal


class PlatformUnavailable(Refusal):
    """This deployment does not offer that login."""

    code = "PLATFORM_UNAVAILABLE"
    sentence = "This way of logging in is not offered here."


class LoginCodeInvalid(Refusal):
    """The platform does not know the code."""

    code = "LOGIN_CODE_INVALID"
    counts_as_attempt = True
    sentence = "The login code is not valid. Ask the platform for a new one."


class LoginBlocked(Refusal):
    """The platform has blocked this person."""

    code = "LOGIN_BLOCKED"
    counts_as_attempt = True
    sentence = "The platform has blocked this login."


class PlatformBusy(Refusal):
    """The platform does not answer, answers oddly, or asks for patience. Nothing was changed."""

    code = "PLATFORM_BUSY"
    sentence = "The platform does not answer at the moment. Try again in a little while, with a new code."


class TooManyAttempts(Refusal):
    """Too many failed attempts from one place; `retry_at` says when it may be tried again."""

    code = "TOO_MANY_ATTEMPTS"
    sentence = "Too many attempts have failed. Try again later."


class Banned(Refusal):
    """The operator has suspended the person."""

    code = "BANNED"
    sentence = "This account is suspended."


class SessionEnded(Refusal):
    """The refresh token is not good any more."""

    code = "SESSION_ENDED"
    counts_as_attempt = True
    sentence = "This session has ended. Log in again."


class IdentityTaken(Refusal):
    """What is to be linked belongs to somebody else already."""

    code = "IDENTITY_TAKEN"
    sentence = "This login belongs to another account already."


class LastIdentity(Refusal):
    """The only way in cannot be taken away."""

    code = "LAST_IDENTITY"
    sentence = "This is your only way to log in. Link another one first."


class GuardianNeeded(Forbidden):
    """A person under 14 whose guardian has not confirmed."""

    code = "GUARDIAN_NEEDED"
    is_stored = False
    sentence = "You are under 14: a guardian has to confirm first."
