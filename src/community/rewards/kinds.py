"""Enumerations of rewards and redemptions."""

from __future__ import annotations

from enum import StrEnum


class RewardKind(StrEnum):
    """Kind of a reward.

    A PROJECT is a co-building project. Members pledge points to it, and its stock is the goal in points.
    """

    COUPON = "COUPON"
    GOODS = "GOODS"
    SERVICE = "SERVICE"
    TRIAL = "TRIAL"
    PROJECT = "PROJECT"


class RewardState(StrEnum):
    """State of a reward. A reward is sold out when its stock is taken."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class LimitPeriod(StrEnum):
    """Period of a limit, in the time zone of the community."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class RedemptionState(StrEnum):
    """State of a redemption. RESERVED and CONFIRMED are open, the others name how its last part ended."""

    RESERVED = "RESERVED"
    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


OPEN_STATES = (RedemptionState.RESERVED, RedemptionState.CONFIRMED)


class RedemptionEventKind(StrEnum):
    """Event of a redemption. UNDONE is about a FULFILLED event."""

    RESERVED = "RESERVED"
    CONFIRMED = "CONFIRMED"
    FULFILLED = "FULFILLED"
    UNDONE = "UNDONE"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class PromiseState(StrEnum):
    """State of the promise to review a trial."""

    OPEN = "OPEN"
    KEPT = "KEPT"
    BROKEN = "BROKEN"


class ProjectState(StrEnum):
    """State of a co-building project. FUNDED and FAILED are final."""

    OPEN = "OPEN"
    FUNDED = "FUNDED"
    FAILED = "FAILED"
