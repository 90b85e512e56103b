"""Refusals of the review."""

from community.kernel.errors import Forbidden


class OwnSubmission(Forbidden):
    """The leader is the author of the submission."""

    code = "OWN_SUBMISSION"
    sentence = "You cannot decide on your own submission. Ask another leader."


class AuthorDisagrees(Forbidden):
    """The author, or the author's guardian, no longer consents to publication."""

    code = "AUTHOR_DISAGREES"
    sentence = "Its author no longer agrees to publication, so you cannot approve it. Return or reject it."
