"""Refusals of consent."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class ConsentMissing(Forbidden):
    """A necessary consent that is not given or is withdrawn."""

    code = "CONSENT_MISSING"
    is_stored = False
    sentence = "This needs your consent. Read the document and agree to it first."


class GuardianUnsuitable(Refusal):
    """A person who cannot be the guardian of this child."""

    code = "GUARDIAN_UNSUITABLE"
    sentence = "You cannot be the guardian. A guardian is another person, 18 or older, who has stated a date of birth."


class GuardianCodeInvalid(InvalidInput):
    """A guardian code that does not exist or has expired."""

    code = "GUARDIAN_CODE_INVALID"
    counts_as_attempt = True
    sentence = "This guardian code is not valid. Ask for a new one."
