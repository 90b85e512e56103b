"""Refusals of consent."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class ConsentMissing(Forbidden):
    """A necessary consent that is not given or is withdrawn."""

    code = "CONSENT_MISSING"
    is_stored = False


class GuardianUnsuitable(Refusal):
    """A person who cannot be the guardian of this child."""

    code = "GUARDIAN_UNSUITABLE"


class GuardianCodeInvalid(InvalidInput):
    """A guardian code that does not exist or has expired."""

    code = "GUARDIAN_CODE_INVALID"
    counts_as_attempt = True
