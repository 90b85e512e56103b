"""Refusals of comments."""

from community.conversation.models import CommentState
from community.kernel.errors import Refusal


class CommentRepeated(Refusal):
    """The author has sent the same text under the same submission within a day."""


class CommentTooSoon(Refusal):
    """The author comments faster than is possible. It is possible again at `retry_at`."""

    is_stored = False


class ThreadClosed(Refusal):
    """A leader has closed the comments of the submission."""


class CommentStateForbids(Refusal):
    """The comment's state does not allow this."""

    reasons = frozenset(state.value.lower() for state in CommentState)


class EditPeriodOver(Refusal):
    """The comment is too old for an edit."""
