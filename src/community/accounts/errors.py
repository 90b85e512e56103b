"""Refusals of accounts."""

from __future__ import annotations

from community.kernel.errors import Forbidden, Refusal


class PlatformUnavailable(Refusal):
    """A platform without credentials here, or one that refuses them."""

    code = "PLATFORM_UNAVAILABLE"


class LoginCodeInvalid(Refusal):
    """A login code that the platform does not know."""

    code = "LOGIN_CODE_INVALID"
    counts_as_attempt = True


class LoginBlocked(Refusal):
    """A person whom the platform has blocked."""

    code = "LOGIN_BLOCKED"
    counts_as_attempt = True


class PlatformBusy(Refusal):
    """A platform without a usable response. Nothing was changed."""

    code = "PLATFORM_BUSY"


class TooManyAttempts(Refusal):
    """Too many failed attempts of one caller. `retry_at` is the end of the pause."""

    code = "TOO_MANY_ATTEMPTS"


class TooManyCalls(Refusal):
    """Too many logins or new accounts of one caller. `retry_at` is the end of the pause."""

    code = "TOO_MANY_CALLS"
    is_stored = False


class Banned(Refusal):
    """A person whom the operator has banned."""

    code = "BANNED"


class SessionEnded(Refusal):
    """A refresh token that is no longer valid, or an erased or suspended person."""

    code = "SESSION_ENDED"
    is_stored = False


class IdentityTaken(Refusal):
    """A login that belongs to another person."""

    code = "IDENTITY_TAKEN"


class PlatformLinked(Refusal):
    """Another login of a platform from which the person can log in already."""

    code = "PLATFORM_LINKED"


class ProofInvalid(Forbidden):
    """A proof that names no login of the person."""

    code = "PROOF_INVALID"
    counts_as_attempt = True


class LastIdentity(Refusal):
    """The only login of a person, which cannot be unlinked."""

    code = "LAST_IDENTITY"


class GuardianNeeded(Forbidden):
    """A person under 14 whose guardian has not confirmed."""

    code = "GUARDIAN_NEEDED"
    is_stored = False
