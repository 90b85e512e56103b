"""The decision about a redemption, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel.errors import InvalidInput
from community.points.errors import InDebt, InsufficientPoints
from community.rewards import rules
from community.rewards.errors import LevelTooLow, LimitReached, RewardNotOpen, SoldOut
from community.rewards.kinds import LimitPeriod, RewardKind, RewardState
from community.rewards.rules import Offer, RewardContent, Taker

NOW = datetime(2031, 3, 3, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def decide(*, quantity: int = 2, taker: dict | None = None, **offer):
    conditions = {
        "kind": RewardKind.GOODS, "state": RewardState.PUBLISHED, "price": 30, "opens_at": NOW, "closes_at": LATER,
        "min_level": 2, "max_per_person": 5, "max_per_period": 3, "period_end": LATER, "left": 4,
    } | offer  # fmt: skip
    figures = {"level": 2, "balance": 60, "debt": 0, "redeemed": 3, "redeemed_in_period": 1} | (taker or {})
    return rules.decide(Offer(**conditions), Taker(**figures), quantity=quantity, now=NOW)


def test_decide_grants_what_just_fits():
    assert decide() is None


@pytest.mark.parametrize(
    ("given", "kind", "reason", "figures"),
    [
        ({"state": RewardState.WITHDRAWN}, RewardNotOpen, "withdrawn", {}),
        ({"opens_at": LATER}, RewardNotOpen, "not_yet", {}),
        ({"closes_at": NOW}, RewardNotOpen, "closed", {}),
        ({"min_level": 3}, LevelTooLow, "level", {"min": 3, "actual": 2}),
        ({"max_per_person": 4}, LimitReached, "person", {"max": 4, "actual": 3}),
        ({"max_per_period": 2}, LimitReached, "period", {"max": 2, "actual": 1}),
        ({"left": 1}, SoldOut, "left", {"max": 1, "actual": 2}),
        ({"left": 0}, SoldOut, "none", {"max": 0, "actual": 2}),
        ({"taker": {"debt": 1, "balance": 0}}, InDebt, None, {}),
        ({"taker": {"balance": 59}}, InsufficientPoints, "redemption", {"min": 60, "actual": 59}),
    ],
)
def test_decide_names_the_condition_and_figures(given, kind, reason, figures):
    refusal = decide(**given)
    assert (type(refusal), refusal.reason, refusal.figures) == (kind, reason, figures)


def test_decide_says_when_it_could_be_otherwise():
    assert decide(opens_at=LATER).retry_at == LATER
    assert decide(max_per_period=2).retry_at == LATER
    assert decide(max_per_period=1).retry_at is None  # Two pieces never fit into a limit of one.


def test_decide_checks_in_published_order():
    faults = [{"state": RewardState.WITHDRAWN}, {"min_level": 3}, {"max_per_person": 1}, {"max_per_period": 1},
              {"left": 0}, {"taker": {"balance": 0}}]  # fmt: skip
    given: dict = {}
    for fault in reversed(faults):
        given |= fault
        alone = decide(**fault)
        assert (type(decide(**given)), decide(**given).reason) == (type(alone), alone.reason)


def test_free_trial_needs_no_points():
    assert decide(kind=RewardKind.TRIAL, price=0, taker={"balance": 0, "debt": 3}) is None


@pytest.mark.parametrize(
    ("until", "is_reserved", "allowed"),
    [(None, True, True), (None, False, False), (LATER, False, True), (NOW, True, False)],
)
def test_cancellation_is_allowed_until(until, is_reserved, allowed):
    assert rules.can_cancel(is_reserved=is_reserved, cancellable_until=until, now=NOW) is allowed


def refuse(kind=RewardKind.GOODS, **given):
    with pytest.raises(InvalidInput) as caught:
        rules.normalise_reward(kind, RewardContent(**{"title": "鸡蛋", "text": "一盒", "price": 3} | given))
    return [refusal.path[-1] for refusal in caught.value.list_all()]


def test_reward_reports_all_mistakes():
    assert refuse(title="", price=0, min_level=0, collect_days=366, opens_at=LATER, closes_at=NOW, review_days=3) == [
        "title", "price", "minLevel", "collectDays", "closesAt", "reviewDays"
    ]  # fmt: skip
    assert refuse(max_per_period=1, review_days=3, media_ids=(1, 1), pick_up_point_ids=tuple(range(21))) == [
        "period", "reviewDays", "mediaIds", "pickUpPointIds"
    ]  # fmt: skip
    assert refuse(RewardKind.PROJECT, price=2) == ["price", "closesAt"]


def test_missing_stock_is_no_number():
    with pytest.raises(InvalidInput) as caught:
        rules.validate_stock(RewardKind.GOODS, None)
    assert (caught.value.reason, caught.value.figures) == ("stock_missing", {"min": 0, "max": rules.MAX_STOCK})


def test_reward_keeps_every_part():
    given = RewardContent(
        "鸡蛋", "一盒", 3, NOW, LATER, 2, 3, 1, LimitPeriod.DAY, 4, 5, True, 6, None, (7,), (8,)
    )  # fmt: skip
    assert rules.normalise_reward(RewardKind.GOODS, given) == given
