"""Enumerations of rewards and redemptions in the graph."""

from __future__ import annotations

from community.api.declare import declare_enum
from community.rewards.kinds import (
    LimitPeriod,
    ProjectState,
    PromiseState,
    RedemptionEventKind,
    RedemptionState,
    RewardKind,
    RewardState,
)
from community.rewards.listing import RewardOrder

declare_enum(
    RewardKind,
    name="RewardKind",
    values={
        "COUPON": "卡券: a code of a supplier.",
        "GOODS": "实物: goods to collect at a pick-up point.",
        "SERVICE": "服务: an appointment.",
        "TRIAL": "试用: a sample against a promised review.",
        "PROJECT": "共建项目: points for a common goal.",
    },
)
declare_enum(
    RewardState,
    name="RewardState",
    values={
        "DRAFT": "Visible only to leaders.",
        "PUBLISHED": "Offered in the catalogue.",
        "WITHDRAWN": "No longer offered.",
    },
)
declare_enum(
    LimitPeriod,
    name="LimitPeriod",
    values={"DAY": "Day.", "WEEK": "Week from Monday.", "MONTH": "Month."},
)
declare_enum(
    RedemptionState,
    name="RedemptionState",
    values={
        "RESERVED": "Paid, and waiting until it is ready.",
        "CONFIRMED": "Ready to be collected.",
        "FULFILLED": "Handed over.",
        "CANCELLED": "Cancelled by the member or a leader. The points were given back.",
        "EXPIRED": "Not collected in time, or not confirmed: the points were given back. Or missed: they are used.",
    },
)
declare_enum(
    RedemptionEventKind,
    name="RedemptionEventKind",
    values={
        "RESERVED": "Reserved and paid by the member.",
        "CONFIRMED": "Prepared by a leader.",
        "FULFILLED": "Handed over.",
        "UNDONE": "A handing over was undone.",
        "CANCELLED": "Cancelled by the actor.",
        "EXPIRED": "Expired.",
    },
)
declare_enum(
    RewardOrder,
    name="RewardOrder",
    values={
        "NEWEST": "Newest publication first.",
        "CHEAPEST": "Lowest price first.",
        "CLOSING_SOON": "Earliest end first. Without those that have no end.",
    },
)
declare_enum(
    ProjectState,
    name="ProjectState",
    values={
        "OPEN": "Members can pledge points, and take them back.",
        "FUNDED": "The goal was reached. The points are spent.",
        "FAILED": "The goal was not reached in time. The points are given back.",
    },
)
declare_enum(
    PromiseState,
    name="TrialPromiseState",
    values={
        "OPEN": "The review is not published yet.",
        "KEPT": "The review was published.",
        "BROKEN": "The review was not sent in time. A later publication repairs it.",
    },
)
