"""Refusals of endorsements."""

from community.experts.models import CredentialState
from community.kernel.errors import Forbidden, Refusal


class CredentialNotCurrent(Refusal):
    """The credential is not verified, or has expired."""

    reasons = frozenset(state.value.lower() for state in CredentialState)


class OwnContent(Forbidden):
    """An author may not endorse their own submission."""


class OutsideCredential(Refusal):
    """The submission is outside the scope of the credential."""


class AlreadyEndorsed(Refusal):
    """The expert's endorsement of this revision is current."""
