"""Refusals of consent."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class ConsentMissing(Forbidden):
    """A necessary consent that is not given or is withdrawn."""

    is_stored = False


class GuardianUnsuitable(Refusal):
    """A person who cannot be the guardian of this child."""


class GuardianCodeInvalid(InvalidInput):
    """A guardian code that does not exist or has expired."""

    counts_as_attempt = True
