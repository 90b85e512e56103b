"""Refusals of submissions."""

from community.kernel.errors import Forbidden, Refusal


class StateForbids(Refusal):
    """The submission's state does not allow this."""

    code = "STATE_FORBIDS"
    sentence = "This is not possible in the submission's present state. Reload it to see its state."


class AuthorsOnly(Forbidden):
    """Only the author may do this."""

    code = "AUTHORS_ONLY"
    sentence = "Only the author may do this."
