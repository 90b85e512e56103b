"""The reasons that findings give a review case. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from community.kernel.enumerations import require_each
from community.review.models import CaseReason
from community.safety.facts import Finding, Reason

_REASONS = {
    Reason.LISTED_WORD: CaseReason.WORDS,
    Reason.ABSOLUTE_CLAIM: CaseReason.WORDS,
    Reason.TOO_MANY_WORDS: CaseReason.WORDS,
    Reason.PHONE_NUMBER: CaseReason.PERSONAL_DATA,
    Reason.IDENTITY_NUMBER: CaseReason.PERSONAL_DATA,
    Reason.BANK_CARD: CaseReason.PERSONAL_DATA,
    Reason.CONTACT_ID: CaseReason.PERSONAL_DATA,
    Reason.NEW_MEMBER: CaseReason.RECORD,
    Reason.MANY_REFUSALS: CaseReason.RECORD,
    Reason.REMOVED_PICTURE: CaseReason.PICTURE,
    Reason.KNOWN_PICTURE: CaseReason.PICTURE,
    Reason.UNCOMPARED_PICTURE: CaseReason.CHECK_FAILED,
    Reason.PLATFORM_FOUND: CaseReason.PLATFORM,
    Reason.PLATFORM_FAILED: CaseReason.PLATFORM,
    Reason.CHECK_FAILED: CaseReason.CHECK_FAILED,
}
require_each(Reason, _REASONS)


def list_reasons(findings: Iterable[Finding]) -> list[CaseReason]:
    """Return the reasons of a case with these findings, each once."""
    return list(dict.fromkeys(_REASONS[finding.reason] for finding in findings))
