"""Refusals of submissions."""

from community.kernel.errors import Forbidden, Refusal
from community.submissions.models import SubmissionState


class StateForbids(Refusal):
    """The submission's state does not allow this."""

    reasons = frozenset(state.value.lower() for state in SubmissionState)


class AuthorsOnly(Forbidden):
    """Only the author may do this."""


class RemovalFinal(Refusal):
    """A removed submission can no longer be restored."""


class TooManyToday(Refusal):
    """Too many drafts, edits, submissions, complaints, reports or comments in a day."""

    reasons = frozenset({"created", "edited", "sent", "complained", "reported", "commented"})
    is_stored = False


class TopicExists(Refusal):
    """A second topic for a tag whose topic has not ended."""
