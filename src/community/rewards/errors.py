"""Refusals of rewards and redemptions."""

from community.kernel.errors import Forbidden, Refusal
from community.rewards.kinds import RedemptionState, RewardState


class RewardNotOpen(Refusal):
    """The reward is not published, or its window has not started or has ended."""

    code = "REWARD_NOT_OPEN"


class SoldOut(Refusal):
    """Fewer pieces are left than the call asks for."""

    code = "SOLD_OUT"


class LevelTooLow(Refusal):
    """The member's level is lower than the reward asks for."""

    code = "LEVEL_TOO_LOW"


class LimitReached(Refusal):
    """The member has redeemed as much of the reward as its limit allows."""

    code = "LIMIT_REACHED"


class RedemptionStateForbids(Refusal):
    """The redemption's state does not allow this."""

    code = "REDEMPTION_STATE_FORBIDS"
    reasons = frozenset(state.value.lower() for state in RedemptionState)


class RewardStateForbids(Refusal):
    """The reward's state does not allow this."""

    code = "REWARD_STATE_FORBIDS"
    reasons = frozenset(state.value.lower() for state in RewardState)


class TooLateToCancel(Refusal):
    """The time in which the member may cancel is over."""

    code = "TOO_LATE_TO_CANCEL"


class ProjectFunded(Refusal):
    """The project has reached its goal, so that its pledges stay."""

    code = "PROJECT_FUNDED"


class TrialPromiseOpen(Refusal):
    """The member has a trial that waits to be collected or reviewed."""

    code = "TRIAL_PROMISE_OPEN"


class TrialPromiseBroken(Refusal):
    """The member has not reviewed an earlier trial as promised."""

    code = "TRIAL_PROMISE_BROKEN"


class OwnRedemption(Forbidden):
    """Leaders and helpers may not decide about their own redemption."""

    code = "OWN_REDEMPTION"


class SlotClosed(Refusal):
    """The slot was cancelled, or has started."""

    code = "SLOT_CLOSED"


class SlotOverlaps(Refusal):
    """The member has another appointment at that time."""

    code = "SLOT_OVERLAPS"


class TooManySlots(Refusal):
    """The service has as many coming slots as possible."""

    code = "TOO_MANY_SLOTS"
