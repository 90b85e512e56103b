"""Why the review says no."""

from community.kernel.errors import Forbidden


class OwnSubmission(Forbidden):
    """Nobody decides on what they wrote themselves."""

    code = "OWN_SUBMISSION"
    sentence = "You cannot decide on your own submission. Another leader must."


class AuthorDisagrees(Forbidden):
    """The author does not agree to publication any more, or a guardian does not for them."""

    code = "AUTHOR_DISAGREES"
    sentence = "Its author does not agree to publication any more: this cannot be approved."
