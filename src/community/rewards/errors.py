"""Refusals of rewards and redemptions."""

from community.kernel.errors import Forbidden, Refusal
from community.rewards.kinds import RedemptionState, RewardState


class RewardNotOpen(Refusal):
    """The reward is not published, or its window has not started or has ended."""


class SoldOut(Refusal):
    """Fewer pieces are left than the call asks for."""


class LevelTooLow(Refusal):
    """The member's level is lower than the reward asks for."""


class LimitReached(Refusal):
    """The member has redeemed as much of the reward as its limit allows."""


class RedemptionStateForbids(Refusal):
    """The redemption's state does not allow this."""

    reasons = frozenset(state.value.lower() for state in RedemptionState)


class RewardStateForbids(Refusal):
    """The reward's state does not allow this."""

    reasons = frozenset(state.value.lower() for state in RewardState)


class TooLateToCancel(Refusal):
    """The time in which the member may cancel is over."""


class ProjectFunded(Refusal):
    """The project has reached its goal, so that its pledges stay."""


class TrialPromiseOpen(Refusal):
    """The member has a trial that waits to be collected or reviewed."""


class TrialPromiseBroken(Refusal):
    """The member has not reviewed an earlier trial as promised."""


class OwnRedemption(Forbidden):
    """Leaders and helpers may not decide about their own redemption."""


class SlotClosed(Refusal):
    """The slot was cancelled, or has started."""


class SlotOverlaps(Refusal):
    """The member has another appointment at that time."""


class TooManySlots(Refusal):
    """The service has as many coming slots as possible."""
