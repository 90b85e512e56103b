"""Rules of credentials and endorsements: texts, scope and expiry. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from community.experts.models import CredentialState
from community.kernel import mistakes, periods
from community.kernel.errors import InvalidInput
from community.kernel.texts import normalise_multiline_text, normalise_text
from community.safety.facts import Finding
from community.safety.masking import mask
from community.submissions.models import SubmissionKind
from community.submissions.rules import normalise_wanted_tags

MAX_PROFESSION_LENGTH = 30
MAX_ISSUER_LENGTH = 60
MAX_EVIDENCE_LENGTH = 500
MAX_NOTE_LENGTH = 200
MAX_REASON_LENGTH = 200
MAX_DAYS = 3_660
MAX_CREDENTIALS = 5
"""Largest number of credentials of a member that are verified or suspended, and have not expired."""
MAX_ENDED = 5
"""Largest number of refusals and withdrawals of a member's credentials within `ENDED_WITHIN`."""
ENDED_WITHIN = timedelta(days=30)
NOTICE_AHEAD = timedelta(days=30)
"""Time before the expiry from which its holder is notified."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application for a credential. `expires_on` is its last day in the community's time zone."""

    profession: str
    kinds: Sequence[SubmissionKind]
    tags: Sequence[str]
    issuer: str
    evidence: str
    expires_on: date


def normalise_application(given: Application) -> Application:
    """Return the application in its stored form. Raises InvalidInput with every mistake."""
    with mistakes.collect() as check:
        if not given.kinds:
            check.add(InvalidInput("no_kinds", path=("kinds",)))
        return Application(
            check(normalise_text, given.profession, max_length=MAX_PROFESSION_LENGTH, path=("profession",)),
            sorted(set(given.kinds)),
            check(normalise_wanted_tags, given.tags) if given.tags else [],
            check(normalise_text, given.issuer, max_length=MAX_ISSUER_LENGTH, path=("issuer",)),
            check(normalise_multiline_text, given.evidence, max_length=MAX_EVIDENCE_LENGTH, path=("evidence",)),
            given.expires_on,
        )


class PublicTexts(Protocol):
    """The texts of a credential that readers see. The evidence is for operators."""

    @property
    def profession(self) -> str:
        """Profession."""

    @property
    def issuer(self) -> str:
        """Issuer."""

    @property
    def tags(self) -> Sequence[str]:
        """Tags of the scope."""


def list_public_texts(given: PublicTexts) -> dict[str, str]:
    """Return the texts of an application or credential that readers see, by field."""
    tags = {f"tags.{place}": tag for place, tag in enumerate(given.tags)}
    return {"profession": given.profession, "issuer": given.issuer} | tags


def mask_application(given: Application, findings: Sequence[Finding]) -> Application:
    """Return the application with stars in the place of personal data."""
    shown = {field: mask(text, findings, field=field) for field, text in list_public_texts(given).items()}
    tags = [shown[f"tags.{place}"] for place in range(len(given.tags))]
    return replace(given, profession=shown["profession"], issuer=shown["issuer"], tags=tags)


def compute_expiry(last_day: date, *, time_zone: str, now: datetime) -> datetime:
    """Return the end of a credential's last day. Raises InvalidInput unless it is within ten years."""
    days = (last_day - periods.local_date(now, time_zone)).days
    if not 0 <= days <= MAX_DAYS:
        raise InvalidInput("credential_expiry", max=MAX_DAYS, path=("expiresOn",))
    return periods.midnight(last_day + timedelta(days=1), time_zone)


def is_current(state: CredentialState, expires_at: datetime, *, now: datetime) -> bool:
    """Return True if a credential allows endorsements."""
    return state is CredentialState.VERIFIED and expires_at > now


def is_in_scope(
    kinds: Collection[str], tags: Collection[str], *, kind: SubmissionKind, with_tags: Collection[str]
) -> bool:
    """Return True if a submission is in the scope of a credential."""
    return kind in kinds and (not tags or not set(tags).isdisjoint(with_tags))


def normalise_note(text: str) -> str:
    """Return the note of an endorsement. Raises InvalidInput."""
    return normalise_multiline_text(text, max_length=MAX_NOTE_LENGTH, path=("note",))


def normalise_reason(text: str) -> str:
    """Return the reason of a withdrawal or of an operator's decision. Raises InvalidInput."""
    return normalise_multiline_text(text, max_length=MAX_REASON_LENGTH, path=("reason",))
