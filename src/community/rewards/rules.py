"""Limits of rewards, and the decision about a redemption, as pure rules.

`decide` serves the verb and the field `viewerRefusal`. It checks in this order, and the first condition that does not
hold is the refusal:

1. the reward is published, its window is open, and its project is not resolved;
2. the slot of a service was not cancelled and has not started;
3. the level;
4. for a trial: no other trial waits for its review, and no promise was broken lately;
5. the limit per person, then the limit per period;
6. no other appointment of the member at that time;
7. the stock, or the places of the slot;
8. no debt, and enough points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from community.kernel import mistakes, periods
from community.kernel.errors import InvalidInput, Refusal
from community.kernel.texts import normalise_multiline_text, normalise_text
from community.points.errors import InDebt, InsufficientPoints
from community.points.rules import LEVELS, MAX_POINTS
from community.rewards.errors import LevelTooLow, LimitReached, RewardNotOpen, SlotClosed, SlotOverlaps, SoldOut
from community.rewards.kinds import LimitPeriod, ProjectState, RewardKind, RewardState
from community.rewards.special import trial_rules

MAX_TITLE_LENGTH = 60
MAX_TEXT_LENGTH = 2_000
MAX_REASON_LENGTH = 500
MAX_MEDIA = 9
MAX_POINTS_OF_REWARD = 20
"""Pick-up points at which one reward can be collected."""
MAX_STOCK = 1_000_000
MAX_QUANTITY = 100
"""Pieces of one redemption. A pledge may have up to MAX_POINTS points."""
MAX_LIMIT = 10_000
MAX_DAYS = 365
MAX_HOURS = 24 * 30
VERIFY_SLOT_WITHIN = timedelta(days=1)
"""Time after the end of a slot in which its redemptions can still be verified. After it they are missed."""

HAS_STOCK = frozenset({RewardKind.COUPON, RewardKind.GOODS, RewardKind.TRIAL, RewardKind.PROJECT})
"""Kinds whose stock is one row. The places of a service lie in its slots."""
HAS_CODE = frozenset({RewardKind.GOODS, RewardKind.TRIAL, RewardKind.SERVICE})
"""Kinds that are handed over by a verification code."""
IS_COLLECTED = frozenset({RewardKind.GOODS, RewardKind.TRIAL})
"""Kinds that a member collects at a pick-up point, and that expire if they are not collected."""

_PERIODS = {LimitPeriod.DAY: periods.day, LimitPeriod.WEEK: periods.week, LimitPeriod.MONTH: periods.month}


def compute_period(period: LimitPeriod, now: datetime, time_zone: str) -> periods.CalendarPeriod:
    """Return the present period of a limit in the community's time zone."""
    return _PERIODS[period](now, time_zone)


class Slot(Protocol):
    """The times of an appointment."""

    starts_at: datetime
    ends_at: datetime
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Offer:
    """The conditions of a reward at a moment."""

    kind: RewardKind
    state: RewardState
    price: int
    opens_at: datetime | None
    closes_at: datetime | None
    min_level: int | None
    max_per_person: int | None
    max_per_period: int | None
    period_end: datetime | None
    """The start of the next period, None without a limit per period."""
    left: int | None
    """Pieces that are left, None if the slot is not known yet."""
    slot: Slot | None = None
    project: ProjectState | None = None
    """State of a co-building project."""


@dataclass(frozen=True, slots=True)
class Taker:
    """Figures of a member: points, and redeemed pieces in total and in the period."""

    level: int
    balance: int
    debt: int
    redeemed: int
    redeemed_in_period: int
    appointments: Sequence[Slot] = ()
    has_open_trial: bool = False
    """True if a trial waits to be collected or reviewed."""
    broke_promise_at: datetime | None = None


def decide(offer: Offer, taker: Taker, *, quantity: int, now: datetime) -> Refusal | None:
    """Return the refusal of a redemption of so many pieces, or None."""
    return (
        _check_window(offer, now)
        or _check_slot(offer, now)
        or _check_level(offer, taker)
        or (trial_rules.decide(taker, now) if offer.kind is RewardKind.TRIAL else None)
        or _check_limits(offer, taker, quantity)
        or _check_appointments(offer, taker)
        or _check_stock(offer, quantity)
        or _check_points(offer, taker, quantity)
    )


def _check_window(offer: Offer, now: datetime) -> Refusal | None:
    if offer.state is RewardState.DRAFT:
        return RewardNotOpen()
    if offer.state is RewardState.WITHDRAWN:
        return RewardNotOpen("withdrawn")
    if offer.opens_at is not None and now < offer.opens_at:
        return RewardNotOpen("not_yet", retry_at=offer.opens_at)
    if offer.project is ProjectState.FUNDED:
        return RewardNotOpen("funded")
    if offer.project is ProjectState.FAILED or (offer.closes_at is not None and now >= offer.closes_at):
        return RewardNotOpen("closed")
    return None


def _check_slot(offer: Offer, now: datetime) -> Refusal | None:
    if offer.slot is None:
        return None
    if offer.slot.cancelled_at is not None:
        return SlotClosed("cancelled", path=("slotId",))
    return SlotClosed("started", path=("slotId",)) if now >= offer.slot.starts_at else None


def _check_level(offer: Offer, taker: Taker) -> Refusal | None:
    if offer.min_level is not None and taker.level < offer.min_level:
        return LevelTooLow("level", min=offer.min_level, actual=taker.level)
    return None


def _check_limits(offer: Offer, taker: Taker, quantity: int) -> Refusal | None:
    if offer.max_per_person is not None and taker.redeemed + quantity > offer.max_per_person:
        return LimitReached("person", max=offer.max_per_person, actual=taker.redeemed, path=("quantity",))
    if offer.max_per_period is not None and taker.redeemed_in_period + quantity > offer.max_per_period:
        retry_at = offer.period_end if quantity <= offer.max_per_period else None
        return LimitReached(
            "period", max=offer.max_per_period, actual=taker.redeemed_in_period, retry_at=retry_at, path=("quantity",)
        )
    return None


def _check_appointments(offer: Offer, taker: Taker) -> Refusal | None:
    if offer.slot is None:
        return None
    starts_at, ends_at = offer.slot.starts_at, offer.slot.ends_at
    # Times are half open, so that one appointment may begin when another ends.
    if any(other.starts_at < ends_at and starts_at < other.ends_at for other in taker.appointments):
        return SlotOverlaps(path=("slotId",))
    return None


def _check_stock(offer: Offer, quantity: int) -> Refusal | None:
    if offer.left == 0:
        return SoldOut("none", max=0, actual=quantity, path=("quantity",))
    if offer.left is not None and offer.left < quantity:
        return SoldOut("left", max=offer.left, actual=quantity, path=("quantity",))
    return None


def _check_points(offer: Offer, taker: Taker, quantity: int) -> Refusal | None:
    cost = offer.price * quantity
    if cost and taker.debt:
        return InDebt()
    if taker.balance < cost:
        return InsufficientPoints("redemption", min=cost, actual=taker.balance)
    return None


def can_cancel(*, is_reserved: bool, cancellable_until: datetime | None, now: datetime) -> bool:
    """Return True if the member may still cancel an open redemption."""
    return is_reserved if cancellable_until is None else now < cancellable_until


def add_days(moment: datetime, days: int | None) -> datetime | None:
    """Return the moment so many days later, None without a number."""
    return None if days is None else moment + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class RewardContent:
    """The content of a reward, as a leader writes it. A figure that is None is no limit."""

    title: str
    text: str
    price: int
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    min_level: int | None = None
    max_per_person: int | None = None
    max_per_period: int | None = None
    period: LimitPeriod | None = None
    collect_days: int | None = None
    cancel_hours: int | None = None
    needs_preparation: bool = False
    low_stock_at: int | None = None
    review_days: int | None = None
    media_ids: tuple[int, ...] = ()
    pick_up_point_ids: tuple[int, ...] = ()


_FIGURES = {
    "min_level": (1, len(LEVELS)),
    "max_per_person": (1, MAX_LIMIT),
    "max_per_period": (1, MAX_LIMIT),
    "collect_days": (1, MAX_DAYS),
    "cancel_hours": (0, MAX_HOURS),
    "low_stock_at": (0, MAX_STOCK),
    "review_days": (1, MAX_DAYS),
}
_PATHS = {name: name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]) for name in _FIGURES}


def normalise_reward(kind: RewardKind, given: RewardContent) -> RewardContent:
    """Return the content in NFC. Raises InvalidInput with every part beyond its limits."""
    with mistakes.collect() as check:
        title = check(normalise_text, given.title, max_length=MAX_TITLE_LENGTH, path=("content", "title"))
        text = check(normalise_multiline_text, given.text, max_length=MAX_TEXT_LENGTH, path=("content", "text"))
        check(_validate_price, kind, given.price)
        for name, (least, most) in _FIGURES.items():
            check(_validate_figure, getattr(given, name), least, most, _PATHS[name])
        check(_validate_window, kind, given)
        if (given.max_per_period is None) != (given.period is None):
            check.add(InvalidInput("period_limit", path=("content", "period")))
        if (given.review_days is not None) != (kind is RewardKind.TRIAL):
            check.add(InvalidInput("review_days", path=("content", "reviewDays")))
        check(validate_ids, given.media_ids, MAX_MEDIA, ("content", "mediaIds"))
        check(validate_ids, given.pick_up_point_ids, MAX_POINTS_OF_REWARD, ("content", "pickUpPointIds"))
    return RewardContent(title, text, *(getattr(given, name) for name in list(RewardContent.__slots__)[2:]))


def _validate_price(kind: RewardKind, price: int) -> None:
    least, most = 0 if kind is RewardKind.TRIAL else 1, 1 if kind is RewardKind.PROJECT else MAX_POINTS // MAX_QUANTITY
    _validate_figure(price, least, most, "price")


def _validate_figure(value: int | None, least: int, most: int, path: str) -> None:
    if value is not None and not least <= value <= most:
        raise InvalidInput("reward_figure", min=least, max=most, actual=value, path=("content", path))


def _validate_window(kind: RewardKind, given: RewardContent) -> None:
    if given.opens_at is not None and given.closes_at is not None and given.opens_at >= given.closes_at:
        raise InvalidInput("reward_window", path=("content", "closesAt"))
    if kind is RewardKind.PROJECT and given.closes_at is None:
        raise InvalidInput("project_deadline", path=("content", "closesAt"))


def validate_ids(ids: Sequence[int], most: int, path: tuple[str, ...]) -> None:
    """Raise InvalidInput for more ids, or for one that is given twice."""
    if len(ids) > most:
        raise InvalidInput("reward_list", max=most, actual=len(ids), path=path)
    if len(set(ids)) != len(ids):
        raise InvalidInput("reward_list_twice", path=path)


def validate_stock(kind: RewardKind, stock: int | None, *, least: int = 0) -> None:
    """Raise InvalidInput unless a leader may set this stock. Coupons and services have none of their own.

    `least` is the number of pieces that are taken.
    """
    if kind in {RewardKind.COUPON, RewardKind.SERVICE}:
        if stock is not None:
            raise InvalidInput("no_stock", path=("stock",))
        return
    most = MAX_POINTS if kind is RewardKind.PROJECT else MAX_STOCK
    least = max(least, 1 if kind is RewardKind.PROJECT else 0)
    if stock is None:
        raise InvalidInput("stock_missing", min=least, max=most, path=("stock",))
    if not least <= stock <= most:
        raise InvalidInput("stock", min=least, max=most, actual=stock, path=("stock",))


def validate_quantity(kind: RewardKind, quantity: int) -> None:
    """Raise InvalidInput unless one redemption may have so many pieces."""
    most = MAX_POINTS if kind is RewardKind.PROJECT else MAX_QUANTITY
    if not 1 <= quantity <= most:
        raise InvalidInput("quantity", min=1, max=most, actual=quantity, path=("quantity",))


def normalise_reason(text: str) -> str:
    """Return the reason of a leader in NFC. Raises InvalidInput unless it has 1 to 500 characters."""
    return normalise_multiline_text(text, max_length=MAX_REASON_LENGTH, path=("reason",))
