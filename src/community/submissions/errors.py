"""Why submissions say no."""

from community.kernel.errors import Forbidden, Refusal


class StateForbids(Refusal):
    """The submission's state does not allow this."""

    code = "STATE_FORBIDS"
    sentence = "This cannot be done with a submission in its present state."


class AuthorsOnly(Forbidden):
    """Only the author may do this."""

    code = "AUTHORS_ONLY"
    sentence = "Only the author may do this."
