"""Co-building projects: pledges end all captured or all released, and reports reach the contributors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from community.communities import memberships
from community.communities.errors import LeadersOnly
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.points import holds
from community.rewards import catalogue, ending
from community.rewards.errors import ProjectFunded, RedemptionStateForbids, RewardNotOpen, RewardStateForbids
from community.rewards.kinds import RewardKind
from community.rewards.special import projects, reports
from tests.support.bank import award, find_violations, get_balance
from tests.support.effects import run_all_effects
from tests.support.rewards import count_left, create_draft_reward, create_reward, make_reward_content, reserve
from tests.support.story import assert_refused, create_community, list_rows, run_concurrently
from tests.support.waiting import run_before_commit

NOON = datetime(2027, 3, 1, 4, tzinfo=UTC)
DEADLINE = NOON + timedelta(days=50)
PROJECT = {"kind": RewardKind.PROJECT, "price": 1, "closes_at": DEADLINE}


@pytest.fixture
async def place(database):
    """A community whose two residents have 100 points each."""
    made = await create_community(leaders=2)
    for member in made.residents:
        await award(member, f"a{member.id}", 100)
    return made


@pytest.fixture
def now():
    with clock.at(NOON):
        yield


async def list_values(table: str, column: str) -> list[str]:
    return [row[column] for row in await list_rows(table)]


async def list_notified(kind: str) -> list[int]:
    return sorted(row["membership_id"] for row in await list_rows("notice") if row["kind"] == kind)


async def list_named(reward) -> list[int]:
    return [row.membership_id for row in (await reports.list_contributors(reward.id, PageRequest(10))).rows]


async def test_last_point_funds_and_the_job_captures(place, now):
    project = await create_reward(place, stock=150, **PROJECT)
    row = await reserve(place.resident, project, quantity=90)
    assert await list_values("project", "state") == ["OPEN"]
    await reserve(place.other, project, quantity=60)
    assert await list_values("project", "state") == ["FUNDED"]
    await assert_refused(ProjectFunded, ending.cancel(place.resident, row.id))
    await assert_refused(ProjectFunded, ending.cancel_by_leader(place.leader, row.id, reason="停"))
    with pytest.raises(RewardNotOpen) as refused:
        await reserve(place.other, project)
    assert refused.value.reason == "funded"
    assert await find_violations() == {}
    with clock.at(DEADLINE + timedelta(days=1)):  # Late, and by two workers.
        assert sum(await run_concurrently(projects.settle_due(), projects.settle_due())) == 2
        assert await projects.settle_due() == 0
    assert await list_values("redemption", "state") == ["FULFILLED", "FULFILLED"]
    assert await list_values("points_hold", "state") == ["CAPTURED", "CAPTURED"]
    assert None not in await list_values("project", "settled_at")
    assert await list_notified("PROJECT_FUNDED") == [place.resident.id, place.other.id]
    assert await get_balance(place.resident) == 10
    assert await find_violations() == {}


async def test_deadline_releases_every_pledge_after_an_interruption(place, now):
    project = await create_reward(place, stock=150, **PROJECT)
    for member in place.residents:
        await reserve(member, project, quantity=70)
    with clock.at(DEADLINE - timedelta(minutes=1)):
        assert (await holds.time_out_due_holds(), await projects.settle_due()) == (0, 0)
    with clock.at(DEADLINE):
        assert await holds.time_out_due_holds() == 0
        # A job that was killed has settled one pledge.
        await db.execute("UPDATE project SET state = 'FAILED', resolved_at = $1", clock.now())
        assert await ending.cancel(place.other, 2)
        with pytest.raises(RewardNotOpen):
            await reserve(place.resident, project)
        assert await projects.settle_due() == 1
    assert await list_values("redemption", "state") == ["EXPIRED", "CANCELLED"]
    assert (await list_values("project", "state"), await count_left(project)) == (["FAILED"], 150)
    assert None not in await list_values("project", "settled_at")
    assert await list_notified("PROJECT_FAILED") == [place.resident.id]
    assert [await get_balance(member) for member in place.residents] == [100, 100]
    assert await find_violations() == {}


@pytest.mark.parametrize(("quantity", "states"), [(100, ("FULFILLED", "CAPTURED")), (40, ("EXPIRED", "RELEASED"))])
async def test_job_that_is_a_year_late_settles(place, now, quantity, states):
    project = await create_reward(place, stock=100, **PROJECT)
    await reserve(place.resident, project, quantity=quantity)
    with clock.at(DEADLINE + timedelta(days=366)):
        assert (await holds.time_out_due_holds(), await projects.settle_due()) == (0, 1)
    assert (await list_values("redemption", "state"), await list_values("points_hold", "state")) == (
        [states[0]], [states[1]],
    )  # fmt: skip
    assert await find_violations() == {}


async def test_pledges_and_cancellations_race_for_the_goal(place, now):
    project = await create_reward(place, stock=100, **PROJECT)
    row = await reserve(place.resident, project, quantity=40)
    outcomes = await run_concurrently(reserve(place.other, project, quantity=60), ending.cancel(place.resident, row.id))
    is_funded = isinstance(outcomes[1], ProjectFunded)
    assert await list_values("project", "state") == ["FUNDED" if is_funded else "OPEN"]
    assert await count_left(project) == (0 if is_funded else 40)
    assert await find_violations() == {}


async def test_published_goal_and_deadline_stay(place, now):
    project = await create_reward(place, stock=100, **PROJECT)
    content = make_reward_content(price=1, closes_at=DEADLINE + timedelta(days=1))
    refused = catalogue.edit(place.leader, project.id, version=project.version, content=content)
    assert (await assert_refused(InvalidInput, refused)).reason == "project_deadline_fixed"
    await assert_refused(RewardStateForbids, catalogue.set_stock(place.leader, project.id, total=90))
    same = replace(content, closes_at=DEADLINE, title="长椅")
    assert (await catalogue.edit(place.leader, project.id, version=project.version, content=same)).title == "长椅"


async def test_goal_set_during_the_publication_is_refused(place, now):
    draft = await create_draft_reward(place, stock=100, **PROJECT)
    _, refused = await run_before_commit(
        catalogue.publish(place.leader, draft.id, version=1), catalogue.set_stock(place.leaders[1], draft.id, total=10)
    )
    assert isinstance(refused, RewardStateForbids)
    assert await count_left(draft) == 100


async def test_late_draft_does_not_fail(place, now):
    await create_draft_reward(place, stock=100, **PROJECT)
    with clock.at(DEADLINE + timedelta(days=1)):
        await projects.settle_due()
    assert await list_values("project", "state") == ["OPEN"]


async def test_wall_names_who_agreed_until_they_disagree(place, now):
    project = await create_reward(place, stock=100, **PROJECT)
    rows = [await reserve(place.other, project, quantity=9, is_named=flag) for flag in (False, True, True)]
    last = await reserve(place.resident, project, quantity=9)
    assert await list_named(project) == [place.other.id]
    await assert_refused(NotFound, projects.set_named(place.other, last.id, is_named=True))
    await projects.set_named(place.other, rows[1].id, is_named=False)
    await projects.set_named(place.resident, last.id, is_named=True)
    assert await list_named(project) == [place.other.id, place.resident.id]
    await reserve(place.resident, project, quantity=64)
    await projects.settle_due()
    await projects.set_named(place.other, rows[2].id, is_named=False)
    assert await list_named(project) == [place.resident.id]
    refusal = await assert_refused(RedemptionStateForbids, projects.set_named(place.other, rows[2].id, is_named=True))
    assert refusal.reason == "fulfilled"
    goods = await reserve(place.other, await create_reward(place))
    await assert_refused(InvalidInput, projects.set_named(place.other, goods.id, is_named=True))


async def test_pledge_of_a_former_member_counts_without_a_name(place, now):
    project = await create_reward(place, stock=100, **PROJECT)
    await reserve(place.resident, project, quantity=60, is_named=True)
    await memberships.leave(place.resident)
    assert await list_named(project) == []
    await reserve(place.other, project, quantity=40)
    assert await projects.settle_due() == 2
    assert await find_violations() == {}


async def test_report_reaches_each_contributor_once(place, database, now):
    project = await create_reward(place, stock=100, **PROJECT)
    for _ in range(2):
        await reserve(place.resident, project, quantity=9)
    gone = await reserve(place.other, project, quantity=9)
    await ending.cancel(place.other, gone.id)
    await assert_refused(LeadersOnly, reports.report(place.resident, project.id, title="开工", text="好"))
    row = await reports.report(place.leader, project.id, title="开工", text="已经买好木料")
    await run_all_effects(database)
    await reports.announce(row.id)
    assert await list_notified("PROJECT_REPORTED") == [place.resident.id]
    assert [each.title for each in (await reports.list_reports(project.id, PageRequest(10))).rows] == ["开工"]
    goods = await create_reward(place)
    await assert_refused(NotFound, reports.report(place.leader, goods.id, title="开工", text="好"))
