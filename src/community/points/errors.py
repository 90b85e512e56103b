"""Refusals of the points bank."""

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class InsufficientPoints(Refusal):
    """The account has fewer unexpired points than the call needs."""

    code = "INSUFFICIENT_POINTS"


class InDebt(Refusal):
    """The member has a debt. New points must repay it first."""

    code = "IN_DEBT"


class HoldResolved(Refusal):
    """The frozen points were captured, released or timed out."""

    code = "HOLD_RESOLVED"


class RefundTooLarge(InvalidInput):
    """The refund is larger than the unrefunded rest of the spend."""

    code = "REFUND_TOO_LARGE"


class SourceReused(Refusal):
    """The source key was used for a call with other input."""

    code = "SOURCE_REUSED"


class AdjustmentDecided(Refusal):
    """The adjustment was made or declined."""

    code = "ADJUSTMENT_DECIDED"


class SeasonsUsedUp(InvalidInput):
    """The leaders' seasons would last more than 93 of any 365 days."""

    code = "SEASONS_USED_UP"


class OwnAccount(Forbidden):
    """Members may not correct their own account or approve their own request."""

    code = "OWN_ACCOUNT"
