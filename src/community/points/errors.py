"""Why the points bank says no."""

from community.kernel.errors import Forbidden, InvalidInput, Refusal


class InsufficientPoints(Refusal):
    """The account does not hold so many points that have not expired."""

    code = "INSUFFICIENT_POINTS"
    sentence = "There are not enough points for this."


class InDebt(Refusal):
    """Points that had been spent were clawed back: nothing can be spent until they are earned again."""

    code = "IN_DEBT"
    sentence = "Points were taken back after they had been spent. Earn them again first."


class HoldResolved(Refusal):
    """The frozen points have been captured, released or timed out already."""

    code = "HOLD_RESOLVED"
    sentence = "These frozen points have been captured, released or timed out already."


class RefundTooLarge(InvalidInput):
    """More would be given back than was spent."""

    code = "REFUND_TOO_LARGE"
    sentence = "This is more than is left of what was spent."


class SourceReused(Refusal):
    """The key of the deed has been used for another member or amount."""

    code = "SOURCE_REUSED"
    sentence = "This key was used for something else. Use a new key for a new deed."


class AdjustmentDecided(Refusal):
    """The adjustment is not waiting any more."""

    code = "ADJUSTMENT_DECIDED"
    sentence = "This adjustment has been made or declined already."


class SeasonsUsedUp(InvalidInput):
    """With this season, a community's leaders would have too much of a year in seasons."""

    code = "SEASONS_USED_UP"
    sentence = "The seasons that a community's leaders open last at most 93 of any 365 days together."


class OwnAccount(Forbidden):
    """Nobody adjusts their own account, and nobody approves what they asked for."""

    code = "OWN_ACCOUNT"
    sentence = "Somebody else must do this: it is your own account, or your own request."
