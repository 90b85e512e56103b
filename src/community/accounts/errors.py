"""Refusals of accounts."""

from __future__ import annotations

from community.kernel.errors import Forbidden, Refusal


class PlatformUnavailable(Refusal):
    """A platform without credentials here, or one that refuses them."""


class LoginCodeInvalid(Refusal):
    """A login code that the platform does not know."""

    counts_as_attempt = True


class LoginBlocked(Refusal):
    """A person whom the platform has blocked."""

    counts_as_attempt = True


class PlatformBusy(Refusal):
    """A platform without a usable response. Nothing was changed here.

    `is_unsent` is True if the call certainly did not reach the platform.
    """

    is_unsent = False


class TooManyAttempts(Refusal):
    """Too many failed attempts of one caller. `retry_at` is the end of the pause."""


class TooManyCalls(Refusal):
    """Too many logins or new accounts of one caller. `retry_at` is the end of the pause."""

    is_stored = False


class Banned(Refusal):
    """A person whom the operator has banned."""


class SessionEnded(Refusal):
    """A refresh token that is no longer valid, or an erased or suspended person."""

    is_stored = False


class IdentityTaken(Refusal):
    """A login that belongs to another person."""


class PlatformLinked(Refusal):
    """Another login of a platform from which the person can log in already."""


class ProofInvalid(Forbidden):
    """A proof that names no login of the person."""

    counts_as_attempt = True


class LastIdentity(Refusal):
    """The only login of a person, which cannot be unlinked."""


class GuardianNeeded(Forbidden):
    """A person under 14 whose guardian has not confirmed."""

    is_stored = False
