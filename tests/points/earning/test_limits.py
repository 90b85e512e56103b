"""Leaders' limits under changing operator's rules, and rules for one community."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from community.communities import bans, memberships, roles
from community.communities.models import Role
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.kernel.personal import DataSubject
from community.points import personal
from community.points.earning import editing, rules_in_force
from community.points.earning.earn import EarnRequest, Outcome, earn
from community.points.earning.models import Trigger
from community.points.earning.rules import BUILT_IN, Caps, Definition
from community.points.earning.rules_in_force import SetBy
from community.points.earning.season_rules import SeasonPlan
from community.points.errors import SeasonsUsedUp
from tests.support.backends import make_settings
from tests.support.bank import find_violations
from tests.support.story import assert_refused, create_community, list_rows, run_concurrently

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)
DAY = timedelta(days=1)
BUILT_IN_SET, OPERATOR, HERE, COMMUNITY = SetBy
PAID = Trigger.EVENT_PARTICIPATION  # built in: 5 points, 100 a month

_keys = iter(range(10**6))


@pytest.fixture
async def place(database):
    return await create_community(leaders=2)


def publish_leader_rule(place, amount=10, *, month=100, **given):
    return editing.publish_as_leader(place.leader, PAID, definition=Definition(amount, caps=Caps(month=month)), **given)


def publish_operator_rule(definition, **given):
    return editing.publish_as_operator(PAID, definition=definition, **given)


async def get_rule_in_force(place, at=None) -> tuple[SetBy, int]:
    """Return the author and the amount of the rule in force."""
    rule = await rules_in_force.get_rule(place.id, PAID, at=at or clock.now())
    return rule.set_by, rule.definition.amount


async def pay_member(member) -> Outcome:
    key = f"k{next(_keys)}"
    return await earn(member.community_id, member.id, EarnRequest(PAID, key, key))


@pytest.mark.parametrize(
    ("now", "stands"),
    [
        (Definition(5), True), (Definition(4), False), (Definition(0), False), (Definition(50, enabled=False), False),
        (Definition(5, caps=Caps(month=99)), False), (Definition(5, caps=Caps(month=100)), True),
    ],
)  # fmt: skip
async def test_a_leaders_rule_counts_while_it_is_within_the_limits_of_what_the_operators_is(place, now, stands):
    await publish_leader_rule(place)
    assert (await pay_member(place.resident)).points == 10
    await publish_operator_rule(now)
    assert await get_rule_in_force(place) == ((COMMUNITY, 10) if stands else (OPERATOR, now.amount))
    assert (await pay_member(place.resident)).points == (10 if stands else now.amount * now.enabled)
    await publish_operator_rule(Definition(6))
    assert await get_rule_in_force(place) == (COMMUNITY, 10)
    assert await find_violations() == {}


async def test_a_lower_rule_that_was_scheduled_before_binds_from_its_moment_on(place):
    with clock.at(NOON):
        await publish_operator_rule(Definition(1), effective_from=NOON + DAY)
        await publish_leader_rule(place)
    assert await get_rule_in_force(place, NOON + DAY - timedelta(seconds=1)) == (COMMUNITY, 10)
    assert await get_rule_in_force(place, NOON + DAY) == (OPERATOR, 1)


async def test_an_operator_that_steps_back_leaves_the_limits_of_what_is_built_in(place):
    await publish_operator_rule(Definition(50))
    await publish_leader_rule(place, 100)
    await publish_operator_rule(None)
    assert await get_rule_in_force(place) == (BUILT_IN_SET, BUILT_IN[PAID].amount)


async def test_what_a_leader_has_switched_off_stays_off(place):
    await editing.publish_as_leader(place.leader, PAID, definition=Definition(5, caps=Caps(month=100), enabled=False))
    await publish_operator_rule(Definition(1, caps=Caps(month=1)))
    assert (await get_rule_in_force(place))[0] is COMMUNITY
    assert (await pay_member(place.resident)).points == 0


async def test_what_the_operator_has_switched_off_no_leader_switches_on_but_what_is_built_in_so(place):
    await publish_operator_rule(Definition(5, enabled=False))
    assert (await assert_refused(InvalidInput, publish_leader_rule(place, 1))).path == ("definition", "enabled")
    rule = Definition(2, caps=Caps(day=40))
    await editing.publish_as_leader(place.leader, Trigger.REVIEW_DONE, definition=rule)
    assert (await rules_in_force.get_rule(place.id, Trigger.REVIEW_DONE, at=clock.now())).set_by is COMMUNITY


async def test_the_operator_sets_one_communitys_rule_beyond_every_limit(place):
    elsewhere = await create_community()
    await publish_leader_rule(place)
    row = await publish_operator_rule(Definition(70), community_id=place.id)
    assert (row.version, row.published_by) == (2, None)
    assert await get_rule_in_force(place) == (HERE, 70)
    assert await get_rule_in_force(elsewhere) == (BUILT_IN_SET, 5)
    assert (await pay_member(place.resident)).points == 70
    await publish_operator_rule(Definition(1))
    assert await get_rule_in_force(place) == (HERE, 70)
    assert "OPERATOR_HERE" in str((await list_rows("journal_entry"))[-1]["explanation"])
    trail = await audit.list_events(place.id, subject="earning_rule", subject_id=row.id)
    assert [(one.action, one.actor_id, one.detail["steps_back"]) for one in trail] == [
        ("earning_rule.publish", None, False)
    ]
    assert await find_violations() == {}


async def test_the_operator_steps_a_community_back_and_its_editions_are_kept(place):
    await publish_operator_rule(Definition(6))
    await publish_leader_rule(place)
    await publish_operator_rule(Definition(70), community_id=place.id)
    back = await publish_operator_rule(None, community_id=place.id)
    assert (back.version, back.definition, back.published_by) == (3, None, None)
    assert await get_rule_in_force(place) == (OPERATOR, 6)
    assert [row["version"] for row in await list_rows("earning_rule") if row["community_id"] == place.id] == [1, 2, 3]
    (line,) = await audit.list_events(place.id, subject="earning_rule", subject_id=back.id)
    assert (line.actor_id, line.detail["steps_back"]) == (None, True)
    await publish_leader_rule(place, 12)
    assert await get_rule_in_force(place) == (COMMUNITY, 12)


async def test_leaders_are_bound_by_what_the_operator_set_for_their_community(place):
    await publish_operator_rule(Definition(2), community_id=place.id)
    assert (await assert_refused(InvalidInput, publish_leader_rule(place, 5))).path == ("definition", "amount")
    await publish_leader_rule(place, 4)
    assert await get_rule_in_force(place) == (COMMUNITY, 4)
    await editing.publish_as_leader(place.leader, PAID, definition=None)
    assert await get_rule_in_force(place) == (HERE, 2)
    await publish_operator_rule(Definition(2, enabled=False), community_id=place.id)
    assert (await assert_refused(InvalidInput, publish_leader_rule(place, 1))).path == ("definition", "enabled")


async def test_a_communitys_rule_needs_a_community(place):
    for number in (0, 999):
        await assert_refused(NotFound, publish_operator_rule(Definition(1), community_id=number))


def open_season(place, start=0, days=31, *, by=None, percent=300):
    return editing.open_season(
        by or place.leader,
        SeasonPlan(name="端午", percent=percent, starts_at=NOON + start * DAY, ends_at=NOON + (start + days) * DAY),
    )


async def test_the_operator_ends_anybodys_season(place):
    with clock.at(NOON):
        others = await open_season(place)
        everywhere = await editing.open_season_as_operator(
            SeasonPlan(name="春节", percent=400, starts_at=NOON, ends_at=NOON + 60 * DAY)
        )
        assert (await pay_member(place.resident)).points == 20
        for row, points in ((everywhere, 15), (others, 5)):
            assert (await editing.cancel_season_as_operator(row.id)).cancelled_at is not None
            assert (await pay_member(place.resident)).points == points
            trail = await audit.list_events(row.community_id, subject="season", subject_id=row.id)
            assert (trail[-1].action, trail[-1].actor_id) == ("season.cancel", None)
            assert (await assert_refused(NotFound, editing.cancel_season_as_operator(row.id))).path == ("seasonId",)
        await assert_refused(NotFound, editing.cancel_season_as_operator(999))


async def test_the_operators_season_lasts_a_year_at_most(database):
    span = {"name": "年", "percent": 200, "starts_at": NOON}
    with clock.at(NOON):
        late = editing.open_season_as_operator(SeasonPlan(ends_at=NOON + 366 * DAY + timedelta(seconds=1), **span))
        assert (await assert_refused(InvalidInput, late)).path == ("endsAt",)
        await editing.open_season_as_operator(SeasonPlan(ends_at=NOON + 366 * DAY, **span))


async def test_leaders_together_fill_93_days_of_a_year(place):
    elsewhere = await create_community()
    with clock.at(NOON):
        await editing.open_season_as_operator(
            SeasonPlan(name="春节", percent=400, starts_at=NOON, ends_at=NOON + 60 * DAY)
        )
        for month in range(3):
            await open_season(place, 31 * month, by=place.leaders[month % 2])
        for leader in place.leaders:
            assert (await assert_refused(SeasonsUsedUp, open_season(place, 100, 1, by=leader))).path == ("endsAt",)
        await open_season(elsewhere, 100, 1)
        await open_season(place, 365)


async def test_a_season_called_off_before_it_began_does_not_count_and_one_called_off_later_as_far_as_it_lasted(place):
    with clock.at(NOON):
        rows = [await open_season(place, 31 * month) for month in range(3)]
        await editing.cancel_season(place.leader, rows[2].id)
        await open_season(place, 100)
        await assert_refused(SeasonsUsedUp, open_season(place, 200))
    with clock.at(NOON + 10 * DAY):
        await editing.cancel_season_as_operator(rows[0].id)
        await assert_refused(SeasonsUsedUp, open_season(place, 200, 21))
        await open_season(place, 200, 20)


async def test_leaders_at_once_do_not_pass_the_limit(database):
    for _ in range(4):  # In the first round the concurrent connections are not open yet.
        place = await create_community(leaders=2)
        with clock.at(NOON):
            await open_season(place, 0)
            await open_season(place, 31)
            answers = await run_concurrently(
                *(open_season(place, 62 + 31 * turn, by=place.leaders[turn % 2]) for turn in range(6))
            )
        assert sum(isinstance(answer, SeasonsUsedUp) for answer in answers) == 5
        assert len([row for row in await list_rows("season") if row["community_id"] == place.id]) == 3


LOSSES = {
    "demoted": lambda place: roles.take_role(place.leader, place.leaders[1].id, role=Role.LEADER),
    "left": lambda place: memberships.leave(place.leaders[1]),
    "banned": lambda place: bans.ban(place.leaders[1].person_id, reason="广告"),
}


async def schedule(place, starts_at=None) -> None:
    maker = place.leaders[1]
    definition = Definition(10, caps=Caps(month=100))
    await editing.publish_as_leader(maker, PAID, definition=definition, effective_from=starts_at)
    starts_at = starts_at or clock.now()
    await editing.open_season(maker, SeasonPlan("春节", 300, starts_at, starts_at + DAY))


async def describe_plans(place, at) -> tuple[SetBy, int, int]:
    (percent,) = await rules_in_force.list_season_percents(place.id, [PAID], at=at)
    return (*await get_rule_in_force(place, at), percent)


async def export_season_end(season) -> str:
    """Return the time at which the season was cancelled, from the export of its leader."""
    maker = await db.scalar("SELECT created_by FROM season WHERE id = $1", season.id)
    subject = DataSubject(0, ((season.community_id, maker),))
    files = {file.name: json.loads(file.body) async for file in personal.export(make_settings(), subject)}
    (row,) = files["seasons_by_me.json"]
    assert row["id"] == season.id
    return row["cancelled_at"]


@pytest.mark.parametrize("loss", LOSSES)
async def test_plans_of_a_former_leader_never_begin(place, loss):
    with clock.at(NOON):
        await schedule(place, NOON + 2 * DAY)
    with clock.at(NOON + DAY):
        assert await describe_plans(place, NOON + 2 * DAY) == (COMMUNITY, 10, 300)
        await LOSSES[loss](place)
        assert await describe_plans(place, NOON + 2 * DAY) == (BUILT_IN_SET, 5, 100)
        (season,) = (await rules_in_force.list_seasons(place.id, PageRequest())).rows
        (edition,) = (await rules_in_force.list_editions(place.id, PAID, PageRequest())).rows
        assert season.cancelled_at == edition.ended_at >= NOON + DAY
        assert await export_season_end(season) == str(season.cancelled_at)
        # The season of the former leader takes no part of the year's days.
        await editing.open_season(place.leader, SeasonPlan("元宵", 200, NOON + 2 * DAY, NOON + 33 * DAY))
    with clock.at(NOON + 2 * DAY):
        assert (await pay_member(place.resident)).points == 10
    assert await find_violations() == {}


@pytest.mark.parametrize("loss", LOSSES)
async def test_plans_that_have_started_continue(place, loss):
    with clock.at(NOON):
        await schedule(place)
        await schedule(place, NOON + DAY / 2)
    with clock.at(NOON + DAY / 4):
        await LOSSES[loss](place)
        if loss == "demoted":
            await roles.give_role(place.leader, place.leaders[1].id, role=Role.LEADER)
    with clock.at(NOON + 3 * DAY / 4):
        assert await describe_plans(place, clock.now()) == (COMMUNITY, 10, 300)
        (later, first) = (await rules_in_force.list_seasons(place.id, PageRequest())).rows
        assert (later.cancelled_at is None, first.cancelled_at) == (False, None)
        assert (await pay_member(place.resident)).points == 30
    assert await find_violations() == {}
