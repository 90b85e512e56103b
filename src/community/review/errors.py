"""Refusals of the review."""

from community.kernel.errors import Forbidden


class OwnSubmission(Forbidden):
    """The leader is the author of the submission."""

    code = "OWN_SUBMISSION"


class AuthorSuspended(Forbidden):
    """The author is suspended."""

    code = "AUTHOR_SUSPENDED"


class AuthorDisagrees(Forbidden):
    """The author, or the author's guardian, no longer consents to publication."""

    code = "AUTHOR_DISAGREES"
