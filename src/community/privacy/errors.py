"""Why privacy says no."""

from community.kernel.errors import Refusal


class ErasurePending(Refusal):
    """The person has asked to be erased already."""

    code = "ERASURE_STANDING"
    sentence = "You have asked to be erased already. Cancel that first, if you want something else."


class NoErasurePending(Refusal):
    """There is nothing to cancel, or it is too late."""

    code = "NO_ERASURE_STANDING"
    sentence = "There is no erasure of yours that could be cancelled."
