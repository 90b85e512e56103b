"""Refusals of accounts."""

from __future__ import annotations

from community.kernel.errors import Forbidden, Refusal


class PlatformUnavailable(Refusal):
    """A platform without credentials here, or one that refuses them."""

    code = "PLATFORM_UNAVAILABLE"
    sentence = "This login is not offered here. Choose another one."


class LoginCodeInvalid(Refusal):
    """A login code that the platform does not know."""

    code = "LOGIN_CODE_INVALID"
    counts_as_attempt = True
    sentence = "The login code is not valid. Ask the platform for a new one."


class LoginBlocked(Refusal):
    """A person whom the platform has blocked."""

    code = "LOGIN_BLOCKED"
    counts_as_attempt = True
    sentence = "The platform has blocked this login."


class PlatformBusy(Refusal):
    """A platform without a usable response. Nothing was changed."""

    code = "PLATFORM_BUSY"
    sentence = "The platform does not respond. Try again in a moment, with a new code."


class TooManyAttempts(Refusal):
    """Too many failed attempts of one caller. `retry_at` is the end of the pause."""

    code = "TOO_MANY_ATTEMPTS"
    sentence = "Too many attempts have failed. Try again later."


class Banned(Refusal):
    """A person whom the operator has banned."""

    code = "BANNED"
    sentence = "This account is suspended."


class SessionEnded(Refusal):
    """A refresh token that is no longer valid, or an erased person."""

    code = "SESSION_ENDED"
    counts_as_attempt = True
    sentence = "This session has ended. Log in again."


class IdentityTaken(Refusal):
    """A login that belongs to another person."""

    code = "IDENTITY_TAKEN"
    sentence = "This login already belongs to another account. Use another login."


class LastIdentity(Refusal):
    """The only login of a person, which cannot be unlinked."""

    code = "LAST_IDENTITY"
    sentence = "This is your only login. Link another one first."


class GuardianNeeded(Forbidden):
    """A person under 14 whose guardian has not confirmed."""

    code = "GUARDIAN_NEEDED"
    is_stored = False
    sentence = "You are under 14. Ask a guardian to confirm first."
