"""Why the review says no."""

from community.kernel.errors import Forbidden


class OwnSubmission(Forbidden):
    """Nobody decides on what they wrote themselves."""

    code = "OWN_SUBMISSION"
    sentence = "You cannot decide on your own submission. Another leader must."
