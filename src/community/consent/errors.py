"""Refusals of consent."""

from __future__ import annotations

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class ConsentMissing(Forbidden):
    """The person has not agreed to what this rests on, or has withdrawn it."""

    code = "CONSENT_MISSING"
    is_stored = False
    sentence = "This rests on your consent, which has not been given."


class GuardianUnsuitable(Refusal):
    """Not somebody who can confirm for this child."""

    code = "GUARDIAN_UNSUITABLE"
    sentence = "A guardian is another person, of 18 years or more, who has stated their date of birth."


class GuardianCodeInvalid(InvalidInput):
    """There is no such request, or it has expired."""

    code = "GUARDIAN_CODE_INVALID"
    counts_as_attempt = True
    sentence = "This guardian code is not valid any more. Ask for a new one."
