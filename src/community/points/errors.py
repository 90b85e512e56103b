"""Refusals of the points bank."""

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class InsufficientPoints(Refusal):
    """The account has fewer unexpired points than the call needs."""


class InDebt(Refusal):
    """The member has a debt. New points must repay it first."""


class HoldResolved(Refusal):
    """The frozen points were captured, released or timed out."""


class RefundTooLarge(InvalidInput):
    """The refund is larger than the unrefunded rest of the spend."""


class SourceReused(Refusal):
    """The source key was used for a call with other input."""


class AdjustmentDecided(Refusal):
    """The adjustment was made or declined."""


class SeasonsUsedUp(InvalidInput):
    """The leaders' seasons would last more than 93 of any 365 days."""


class OwnAccount(Forbidden):
    """Members may not correct their own account or approve their own request."""
