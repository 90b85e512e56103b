"""Refusals of privacy."""

from community.kernel.errors import Refusal


class ErasurePending(Refusal):
    """A second request while an erasure of the person is pending."""

    code = "ERASURE_STANDING"


class NoErasurePending(Refusal):
    """A person without a pending erasure, which may be done already."""

    code = "NO_ERASURE_STANDING"
