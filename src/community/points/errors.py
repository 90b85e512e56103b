"""Refusals of the points bank."""

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class InsufficientPoints(Refusal):
    """The account has fewer unexpired points than the call needs."""

    code = "INSUFFICIENT_POINTS"
    sentence = "There are not enough points for this."


class InDebt(Refusal):
    """The member has a debt. New points must repay it first."""

    code = "IN_DEBT"
    sentence = "Points were taken back after you had spent them. Earn them again before you spend more."


class HoldResolved(Refusal):
    """The frozen points were captured, released or timed out."""

    code = "HOLD_RESOLVED"
    sentence = "These frozen points have been captured, released or timed out already."


class RefundTooLarge(InvalidInput):
    """The refund is larger than the unrefunded rest of the spend."""

    code = "REFUND_TOO_LARGE"
    sentence = "This is more than is left of what was spent."


class SourceReused(Refusal):
    """The source key was used for a call with other input."""

    code = "SOURCE_REUSED"
    sentence = "This key was used for another call. Use a new key."


class AdjustmentDecided(Refusal):
    """The adjustment was made or declined."""

    code = "ADJUSTMENT_DECIDED"
    sentence = "This adjustment has been made or declined already."


class SeasonsUsedUp(InvalidInput):
    """The leaders' seasons would last more than 93 of any 365 days."""

    code = "SEASONS_USED_UP"
    sentence = (
        "The leaders of a community may open at most 93 days of seasons in any 365 days. Choose a shorter season."
    )


class OwnAccount(Forbidden):
    """Members may not correct their own account or approve their own request."""

    code = "OWN_ACCOUNT"
    sentence = "This is your own account or your own request. Ask another leader to do it."
