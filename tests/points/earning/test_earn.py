"""Earning by each trigger: rule, caps, needs, season and explanation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from community.communities import invitations, memberships, service_tokens
from community.communities.errors import LeadersOnly
from community.communities.models import Role, ServiceScope
from community.communities.settings import JoiningPolicy
from community.kernel import clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.points import queries
from community.points.earning import editing, interactions, rules_in_force
from community.points.earning.earn import EarnRequest, NotEarnedBecause, Outcome, earn
from community.points.earning.interactions import InteractionReport
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.queries import list_rule_progress
from community.points.earning.rules import BUILT_IN, Caps, Definition, Needs
from community.points.earning.rules_in_force import SetBy
from community.points.earning.season_rules import SeasonPlan
from community.review import service as review
from community.review.rules import Approval, Scores
from community.submissions import removal
from community.submissions.models import SubmissionKind
from tests.support.bank import find_violations, get_account, get_balance, list_statement_lines
from tests.support.story import (
    HIGH_SCORES,
    SampleCommunity,
    add_member,
    assert_refused,
    create_community,
    create_in_review,
    create_person,
    create_published,
    edit_submission,
    get_open_case,
    list_rows,
    read_tables,
    reload_submission,
    run_concurrently,
    run_effects,
)

NOON = datetime(2031, 3, 5, 4, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
DAY = timedelta(days=1)
MIDNIGHT = datetime(2031, 3, 5, 16, tzinfo=UTC)
PAID_IN_ALL = ("account", "journal_entry", "posting", "lot", "award", "outbox_effect")

_numbers = iter(range(10**6))


_KINDS = {
    Trigger.PURCHASE: InteractionKind.PURCHASE,
    Trigger.PICK_UP: InteractionKind.PICK_UP,
    Trigger.INTERACTION: InteractionKind.OTHER,
}


async def report_purchase(member, *, trigger: Trigger = Trigger.PURCHASE, name: str = "SHARE") -> Outcome:
    """Report a new interaction and return what the member earns."""
    tokens = await service_tokens.list_all(structs.replace(member, is_leader=True), PageRequest(1))
    service = tokens.rows[0] if tokens.rows else await create_service(member)
    kind = _KINDS[trigger]
    given = InteractionReport(
        kind, f"ref:{next(_numbers)}", member.id, clock.now(), name=name if kind is InteractionKind.OTHER else None
    )
    return (await interactions.record_interaction(service, given)).outcome


async def create_service(member):
    """Return a service token of the member's community."""
    made = await service_tokens.create_as_operator(
        member.community_id, name="订货系统", scopes=[ServiceScope.REPORT_INTERACTIONS]
    )
    return made.row


async def take_part(member, key: str) -> Outcome:
    """Pay the member for taking part in an event and return the outcome."""
    return await earn(member.community_id, member.id, EarnRequest(Trigger.EVENT_PARTICIPATION, key, key))


async def publish_rule(trigger: Trigger = Trigger.INTERACTION, definition: Definition | None = None, **given) -> None:
    """Publish the operator's rule."""
    await editing.publish_as_operator(trigger, definition=definition, **given)


async def get_explanation(member) -> dict:
    """Return the explanation of the newest line of the member's statement."""
    return (await queries.list_statement_lines(member.community_id, member.id, PageRequest(1))).rows[0].explanation


@pytest.mark.parametrize(
    ("kind", "scores", "points"),
    [
        (SubmissionKind.RECIPE, Scores(4, 4, 4), 24), (SubmissionKind.PRODUCT_REVIEW, Scores(5, 5, 5), 30),
        (SubmissionKind.NEIGHBOURHOOD_STORY, Scores(1, 1, 1), 4), (SubmissionKind.PHOTOGRAPH, Scores(3, 3, 4), 10),
    ],
)  # fmt: skip
async def test_an_approval_pays_its_author_by_kind_and_scores(database, kind, scores, points):
    place = await create_community()
    await create_published(place, kind=kind, scores=scores)
    assert (await get_balance(place.resident), await get_balance(place.leader), await get_balance(place.other)) == (
        points,
        0,
        0,
    )
    assert await list_statement_lines(place.resident) == [("AWARD", points, points)]
    assert await find_violations() == {}


async def test_a_playbook_pays_the_leader_who_wrote_it(database):
    place = await create_community(leaders=2)
    await create_published(place, author=place.leaders[1], kind=SubmissionKind.LEADER_PLAYBOOK, scores=Scores(4, 3, 3))
    assert (await get_balance(place.leaders[1]), await get_balance(place.leader)) == (30, 0)
    assert await find_violations() == {}


async def test_the_recommended_mark_and_the_reading_pay_nothing_of_themselves(database):
    place = await create_community()
    await create_published(place, scores=HIGH_SCORES)
    assert [row["trigger"] for row in await list_rows("award")] == ["SUBMISSION_APPROVED"]


async def test_the_recommended_mark_pays_where_it_is_switched_on(database):
    place = await create_community()
    await publish_rule(Trigger.SUBMISSION_RECOMMENDED, Definition(8))
    row = await create_published(place, scores=HIGH_SCORES)
    assert await list_statement_lines(place.resident) == [("AWARD", 13, 13), ("AWARD", 8, 21)]
    assert (await get_explanation(place.resident))["rule"] == "SUBMISSION_RECOMMENDED"
    await create_published(place)
    assert await get_balance(place.resident) == 31
    assert {award["cause"] for award in (await list_rows("award"))[:2]} == {f"submission:{row.id}"}
    assert await find_violations() == {}


async def test_a_mark_that_comes_with_a_later_revision_is_paid_once(database):
    place = await create_community()
    await publish_rule(Trigger.SUBMISSION_RECOMMENDED, Definition(8))
    row = await create_published(place)
    for _ in range(2):
        row = await edit_submission(await reload_submission(row), place.resident)
        case = await get_open_case(row)
        await review.approve(place.leader, case.id, version=case.version, approval=Approval(HIGH_SCORES))
    assert await list_statement_lines(place.resident) == [("AWARD", 10, 10), ("AWARD", 8, 18)]
    assert await find_violations() == {}


async def test_a_review_pays_the_leader_where_it_is_switched_on(database):
    place = await create_community(leaders=2)
    await publish_rule(Trigger.REVIEW_DONE, Definition(2, caps=Caps(day=3)))
    with clock.at(NOON):
        for number in range(3):
            await create_published(place, by=place.leaders[1], title=f"第{number}篇")
    assert await list_statement_lines(place.leaders[1]) == [("AWARD", 2, 2), ("AWARD", 1, 3)]
    assert await get_balance(place.leader) == 0
    assert await find_violations() == {}


@pytest.mark.parametrize("verb", ["send_back", "reject"])
async def test_a_review_is_paid_whatever_becomes_of_the_submission(database, verb):
    place = await create_community()
    await publish_rule(Trigger.REVIEW_DONE, Definition(2))
    case = await get_open_case(await create_in_review(place))
    given = {"send_back": {"what_to_change": "请补充照片"}, "reject": {"reason": "无关"}}[verb]
    await getattr(review, verb)(place.leader, case.id, version=case.version, **given)
    assert (await get_balance(place.leader), await get_balance(place.resident)) == (2, 0)
    assert await find_violations() == {}


async def create_guest(place: SampleCommunity, inviter) -> object:
    """Add a person who joined alone and whom a member is recorded to have invited."""
    member = await memberships.join_open(await create_person(), community_id=place.id)
    await memberships.record_inviter(place.id, member.id, inviter_id=inviter.id)
    return member


async def create_open_community(**given) -> SampleCommunity:
    return await create_community(joining=JoiningPolicy.OPEN, **given)


async def test_an_invitation_pays_on_the_guests_first_approved_submission_only(database):
    place = await create_open_community()
    guest = await create_guest(place, place.other)
    row = await create_in_review(place, author=guest)
    assert await get_balance(place.other) == 0
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(Scores(3, 4, 3)))
    assert (await get_balance(place.other), await get_balance(guest)) == (20, 10)
    await create_published(place, author=guest, title="第二篇")
    assert (await get_balance(place.other), await get_balance(guest)) == (20, 20)
    assert (await get_explanation(place.other))["rule"] == "INVITATION"
    assert await find_violations() == {}


async def test_a_first_submission_that_is_returned_or_rejected_pays_no_invitation(database):
    place = await create_open_community()
    guest = await create_guest(place, place.other)
    case = await get_open_case(await create_in_review(place, author=guest))
    await review.reject(place.leader, case.id, version=case.version, reason="无关")
    assert await list_rows("award") == []
    await create_published(place, author=guest)
    assert await get_balance(place.other) == 20
    assert await find_violations() == {}


async def test_a_leader_is_never_paid_for_inviting(database):
    place = await create_open_community(leaders=2)
    by_code = await add_member(place)
    reported = await create_guest(place, place.leaders[1])
    for guest in (by_code, reported):
        await create_published(place, author=guest)
    assert await get_balance(place.leader) == await get_balance(place.leaders[1]) == 0
    assert {row["trigger"] for row in await list_rows("award")} == {"SUBMISSION_APPROVED"}
    assert await find_violations() == {}


async def test_who_has_become_a_leader_since_is_not_paid_for_inviting(database):
    place = await create_open_community()
    inviter = await memberships.join_open(someone := await create_person(), community_id=place.id)
    guest = await create_guest(place, inviter)
    promotion = await invitations.invite(place.leader, role=Role.LEADER, uses=1)
    await memberships.join(someone, invitation_code=promotion.code)
    await create_published(place, author=guest)
    assert await get_balance(inviter) == 0


async def test_an_inviter_who_is_named_after_the_first_approval_is_not_paid_for_an_edit(database):
    place = await create_open_community()
    guest = await memberships.join_open(await create_person(), community_id=place.id)
    row = await create_published(place, author=guest)
    await memberships.record_inviter(place.id, guest.id, inviter_id=place.other.id)
    case = await get_open_case(await edit_submission(row, guest))
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(Scores(3, 4, 3)))
    assert await get_balance(place.other) == 0


async def test_a_new_first_submission_after_one_was_withdrawn_pays_no_second_invitation(database):
    place = await create_open_community()
    guest = await create_guest(place, place.other)
    row = await create_published(place, author=guest)
    await removal.withdraw(guest, row.id, version=row.version)
    await create_published(place, author=guest, title="第二篇")
    assert await get_balance(place.other) == 0
    assert await find_violations() == {}


async def test_guests_approved_at_once_pay_their_inviter_for_each(database):
    place = await create_open_community()
    guests = [await create_guest(place, place.other) for _ in range(4)]
    cases = [await get_open_case(await create_in_review(place, author=guest)) for guest in guests]
    answers = await run_concurrently(
        *(review.approve(place.leader, case.id, version=1, approval=Approval(Scores(3, 4, 3))) for case in cases * 2)
    )
    assert sum(not isinstance(answer, Exception) for answer in answers) == 4
    assert await get_balance(place.other) == 80
    assert await find_violations() == {}


async def test_what_is_left_under_a_cap_is_paid_in_part_and_then_nothing(database):
    place = await create_community()
    await publish_rule(Trigger.INTERACTION, Definition(7, caps=Caps(day=10)))
    with clock.at(NOON):
        outcomes = [await report_purchase(place.resident, trigger=Trigger.INTERACTION) for _ in range(3)]
    assert outcomes == [Outcome(7), Outcome(3), Outcome(0, NotEarnedBecause.CAP_REACHED, MIDNIGHT)]
    assert (await get_explanation(place.resident))["inputs"] == {"kind": "SHARE", "base": 7, "before_cap": 7}
    assert await list_statement_lines(place.resident) == [("AWARD", 7, 7), ("AWARD", 3, 10)]
    assert await find_violations() == {}


async def test_a_full_cap_changes_nothing_and_opens_again_at_the_moment_it_says(database):
    place = await create_community()
    await publish_rule(Trigger.EVENT_PARTICIPATION, Definition(5, caps=Caps(day=10)))
    with clock.at(NOON):
        assert [await take_part(place.resident, key) for key in "ab"] == [Outcome(5)] * 2
        before = await read_tables()
        full = await take_part(place.resident, "late")
        assert (full, await read_tables()) == (Outcome(0, NotEarnedBecause.CAP_REACHED, MIDNIGHT), before)
    with clock.at(full.until - timedelta(seconds=2)):
        assert (await take_part(place.resident, "late")).points == 0
    with clock.at(full.until):
        assert (await take_part(place.resident, "late")).points == 5
    assert await find_violations() == {}


async def test_a_month_binds_after_its_days_until_the_month_ends(database):
    place = await create_community()
    with clock.at(NOON):
        for day in range(6):
            with clock.at(NOON + day * DAY):
                assert [(await report_purchase(place.resident)).points for _ in range(5)] == [2] * 5
    with clock.at(NOON + 6 * DAY):
        assert await report_purchase(place.resident) == Outcome(
            0, NotEarnedBecause.CAP_REACHED, datetime(2031, 3, 31, 16, tzinfo=UTC)
        )
    assert await get_balance(place.resident) == 60
    assert await find_violations() == {}


async def test_a_cap_is_each_members_own_and_each_triggers_own(database):
    place = await create_community()
    with clock.at(NOON):
        for _ in range(6):
            await report_purchase(place.resident)
        assert (await report_purchase(place.other)).points == 2
        assert (await report_purchase(place.resident, trigger=Trigger.PICK_UP)).points == 1


async def test_twenty_causes_at_once_never_pass_a_cap(database):
    place = await create_community()
    with clock.at(NOON):
        outcomes = await run_concurrently(*(report_purchase(place.resident) for _ in range(20)))
    assert sorted(outcome.points for outcome in outcomes) == [0] * 15 + [2] * 5
    assert await get_balance(place.resident) == 10
    assert await find_violations() == {}


async def test_a_lifetimes_cap_never_opens_again(database):
    place = await create_community()
    await publish_rule(Trigger.INTERACTION, Definition(7, caps=Caps(lifetime=7)))
    assert (await report_purchase(place.resident, trigger=Trigger.INTERACTION)).points == 7
    for later in (0, 400, 4000):
        with clock.at(clock.now() + later * DAY):
            assert await report_purchase(place.resident, trigger=Trigger.INTERACTION) == Outcome(
                0, NotEarnedBecause.CAP_REACHED, None
            )


async def test_a_new_member_is_told_until_when_and_is_paid_from_then_on(database):
    place = await create_community()
    await publish_rule(Trigger.INTERACTION, Definition(3, needs=Needs(member_days=7)))
    before = await read_tables(*PAID_IN_ALL)
    told = await report_purchase(place.resident, trigger=Trigger.INTERACTION)
    assert (told.points, told.because) == (0, NotEarnedBecause.NOT_YET_ELIGIBLE)
    assert told.until.hour == 16  # midnight in Shanghai
    assert 6 * DAY < told.until - place.resident.joined_at <= 7 * DAY
    after = await read_tables(*PAID_IN_ALL)
    assert {table: rows for table, rows in after.items() if table != "account"} == {
        table: rows for table, rows in before.items() if table != "account"
    }
    with clock.at(told.until):
        assert await report_purchase(place.resident, trigger=Trigger.INTERACTION) == Outcome(3)
    assert await find_violations() == {}


async def test_a_level_is_reached_by_earning_and_not_lost_by_a_claw_back(database):
    place = await create_community()
    await publish_rule(Trigger.INTERACTION, Definition(3, needs=Needs(level=2)))
    assert await report_purchase(place.resident, trigger=Trigger.INTERACTION) == Outcome(
        0, NotEarnedBecause.NOT_YET_ELIGIBLE
    )
    row = await create_published(place, kind=SubmissionKind.RECIPE, scores=Scores(5, 5, 5))
    await create_published(place, kind=SubmissionKind.RECIPE, scores=Scores(5, 5, 5))
    assert (await report_purchase(place.resident, trigger=Trigger.INTERACTION)).points == 3
    await removal.withdraw(place.resident, row.id, version=row.version)
    assert (await report_purchase(place.resident, trigger=Trigger.INTERACTION)).points == 3
    assert await find_violations() == {}


async def test_approved_submissions_open_a_rule(database):
    place = await create_community()
    await publish_rule(Trigger.INTERACTION, Definition(3, needs=Needs(approved_submissions=2)))
    for number in range(3):
        outcome = await report_purchase(place.resident, trigger=Trigger.INTERACTION)
        assert outcome.points == (3 if number >= 2 else 0)
        await create_published(place, title=f"第{number}篇")


async def test_submissions_count_as_approved_where_their_approval_is_not_paid(database):
    place = await create_community()
    await publish_rule(Trigger.SUBMISSION_APPROVED, Definition(10, enabled=False))
    await publish_rule(Trigger.INTERACTION, Definition(3, needs=Needs(approved_submissions=1)))
    await create_published(place)
    assert await report_purchase(place.resident, trigger=Trigger.INTERACTION) == Outcome(3)


async def test_an_approval_that_needs_an_earlier_one_is_paid_from_the_second_on(database):
    place = await create_community()
    await publish_rule(Trigger.SUBMISSION_APPROVED, Definition(10, needs=Needs(approved_submissions=1)))
    for number in range(3):
        await create_published(place, title=f"第{number}篇")
    assert await get_balance(place.resident) >= 20


async def test_an_award_names_the_rule_its_version_who_set_it_and_what_it_was_reckoned_from(database):
    place = await create_community()
    named = {"rule": "INTERACTION"}
    await report_purchase(place.resident, trigger=Trigger.INTERACTION)
    assert await get_explanation(place.resident) == named | {
        "version": 1, "set_by": "BUILT_IN", "rounding": 2, "inputs": {"kind": "SHARE", "base": 1}
    }  # fmt: skip
    await publish_rule(Trigger.INTERACTION, Definition(3, by_kind={"REVIEW": 5}))
    await report_purchase(place.resident, trigger=Trigger.INTERACTION, name="REVIEW")
    assert await get_explanation(place.resident) == named | {
        "version": 2, "set_by": "OPERATOR", "rounding": 2, "inputs": {"kind": "REVIEW", "base": 5}
    }  # fmt: skip
    mine = await editing.publish_as_leader(place.leader, Trigger.INTERACTION, definition=Definition(4))
    await report_purchase(place.resident, trigger=Trigger.INTERACTION)
    assert await get_explanation(place.resident) == named | {
        "version": 1, "set_by": "COMMUNITY", "rounding": 2, "inputs": {"kind": "SHARE", "base": 4}
    }  # fmt: skip
    assert (await list_rows("award"))[-1]["rule_id"] == mine.id
    assert await find_violations() == {}


async def test_a_later_version_leaves_what_was_explained_by_an_earlier_one(database):
    place = await create_community()
    await report_purchase(place.resident)
    before = await read_tables("journal_entry", "award", "posting", "lot")
    await publish_rule(Trigger.PURCHASE, Definition(9))
    assert await read_tables("journal_entry", "award", "posting", "lot") == before


async def test_a_version_holds_from_its_moment_on(database):
    place = await create_community()
    with clock.at(NOON):
        await publish_rule(Trigger.PURCHASE, Definition(5), effective_from=NOON + DAY)
        assert (await report_purchase(place.resident)).points == 2
    with clock.at(NOON + DAY - timedelta(seconds=2)):
        assert (await report_purchase(place.resident)).points == 2
    with clock.at(NOON + DAY):
        assert (await report_purchase(place.resident)).points == 5
    assert await find_violations() == {}


async def test_a_later_version_stands_before_an_earlier_one_that_begins_later(database):
    place = await create_community()
    with clock.at(NOON):
        await publish_rule(Trigger.PURCHASE, Definition(5), effective_from=NOON + DAY)
        await publish_rule(Trigger.PURCHASE, Definition(6))
    for moment in (NOON + timedelta(hours=1), NOON + 2 * DAY):
        assert (await rules_in_force.get_rule(place.id, Trigger.PURCHASE, at=moment)).definition.amount == 6


async def test_a_communitys_own_rule_stands_before_the_operators_and_only_there(database):
    place, elsewhere = await create_community(), await create_community()
    await editing.publish_as_leader(place.leader, Trigger.CHECK_IN, definition=Definition(2))
    await publish_rule(Trigger.CHECK_IN, Definition(9))
    here, there = [
        await rules_in_force.get_rule(where.id, Trigger.CHECK_IN, at=clock.now()) for where in (place, elsewhere)
    ]
    assert (here.version, here.set_by, here.definition) == (1, SetBy.COMMUNITY, Definition(2))
    assert (there.version, there.set_by, there.definition) == (2, SetBy.OPERATOR, Definition(9))


async def test_a_community_steps_back_to_the_operators_rule_and_the_operator_to_the_built_in(database):
    place = await create_community()
    await editing.publish_as_leader(place.leader, Trigger.CHECK_IN, definition=Definition(2))
    await publish_rule(Trigger.CHECK_IN, Definition(9))
    back = await editing.publish_as_leader(place.leader, Trigger.CHECK_IN, definition=None)
    assert (back.version, back.definition) == (2, None)
    now = await rules_in_force.get_rule(place.id, Trigger.CHECK_IN, at=clock.now())
    assert (now.set_by, now.definition.amount) == (SetBy.OPERATOR, 9)
    await publish_rule(Trigger.CHECK_IN, None)
    now = await rules_in_force.get_rule(place.id, Trigger.CHECK_IN, at=clock.now())
    assert (now.id, now.version, now.set_by, now.definition) == (
        None, 1, SetBy.BUILT_IN, BUILT_IN[Trigger.CHECK_IN],
    )  # fmt: skip


async def test_a_step_back_has_its_own_day_too(database):
    place = await create_community()
    with clock.at(NOON):
        await editing.publish_as_leader(place.leader, Trigger.CHECK_IN, definition=Definition(2))
        await editing.publish_as_leader(place.leader, Trigger.CHECK_IN, definition=None, effective_from=NOON + DAY)
    amounts = [
        (await rules_in_force.get_rule(place.id, Trigger.CHECK_IN, at=moment)).definition.amount
        for moment in (NOON + timedelta(hours=1), NOON + DAY)
    ]
    assert amounts == [2, 1]


async def test_versions_published_at_once_are_one_after_another(database):
    place = await create_community()
    answers = await run_concurrently(
        *(editing.publish_as_leader(place.leader, Trigger.CHECK_IN, definition=Definition(2)) for _ in range(4))
    )
    stored = [row["version"] for row in await list_rows("earning_rule")]
    assert sorted(stored) == list(range(1, len(stored) + 1))
    refused = [answer.code for answer in answers if isinstance(answer, Exception)]
    assert (len(stored) + len(refused), set(refused)) == (4, {"STALE_VERSION"} if refused else set())


@pytest.mark.parametrize("days", [-1, 367])
async def test_a_version_begins_now_or_within_a_year(database, days):
    place = await create_community()
    given = {"definition": Definition(1), "effective_from": clock.now() + days * DAY}
    path = (await assert_refused(InvalidInput, editing.publish_as_leader(place.leader, Trigger.CHECK_IN, **given))).path
    assert path == ("effectiveFrom",)
    assert (await assert_refused(InvalidInput, editing.publish_as_operator(Trigger.CHECK_IN, **given))).path == path


async def test_a_member_publishes_nothing_and_a_leader_nothing_beyond_the_limits(database):
    place = await create_community()
    publish = editing.publish_as_leader
    await assert_refused(LeadersOnly, publish(place.resident, Trigger.CHECK_IN, definition=Definition(1)))
    await assert_refused(LeadersOnly, publish(place.resident, Trigger.CHECK_IN, definition=None))
    path = (await assert_refused(InvalidInput, publish(place.leader, Trigger.CHECK_IN, definition=Definition(3)))).path
    assert path == ("definition", "amount")
    path = (await assert_refused(InvalidInput, publish(place.leader, Trigger.PURCHASE, definition=Definition(2)))).path
    assert path == ("definition", "caps", "day")


async def test_a_leaders_limits_are_those_of_the_operators_rule_at_that_time(database):
    place = await create_community()
    now = clock.now()
    await publish_rule(Trigger.CHECK_IN, Definition(5), effective_from=now + 2 * DAY)
    publish = editing.publish_as_leader
    await assert_refused(InvalidInput, publish(place.leader, Trigger.CHECK_IN, definition=Definition(10)))
    row = await publish(place.leader, Trigger.CHECK_IN, definition=Definition(10), effective_from=now + 3 * DAY)
    assert row.version == 1


async def open_season(place, percent=200, *, triggers=(), starts=NOON, ends=NOON + 3 * DAY):
    return await editing.open_season(
        place.leader, SeasonPlan(name="端午", percent=percent, starts_at=starts, ends_at=ends, triggers=triggers)
    )


async def test_a_season_multiplies_what_is_earned_in_it(database):
    place = await create_community()
    with clock.at(NOON - DAY):
        await open_season(place, 250)
    for moment, points in (
        (NOON - timedelta(seconds=2), 2), (NOON, 5), (NOON + 3 * DAY - timedelta(seconds=2), 5), (NOON + 3 * DAY, 2),
    ):  # fmt: skip
        with clock.at(moment):
            assert (await report_purchase(place.resident)).points == points
    explanations = [row["explanation"] for row in await list_rows("journal_entry")]
    assert sum("season_percent" in str(explanation) for explanation in explanations) == 2
    assert await find_violations() == {}


async def test_of_seasons_at_once_the_strongest_wins_whoevers_it_is(database):
    place, elsewhere = await create_community(), await create_community()
    with clock.at(NOON):
        await open_season(place, 200)
        await editing.open_season_as_operator(
            SeasonPlan(name="春节", percent=400, starts_at=NOON, ends_at=NOON + 60 * DAY)
        )
        await open_season(place, 300)
        assert (await report_purchase(place.resident)).points == 8
        assert (await report_purchase(elsewhere.resident)).points == 8
    assert (await get_explanation(place.resident))["inputs"] == {"base": 2, "season_percent": 400}


async def test_a_season_counts_for_its_triggers_and_its_community_only(database):
    place, elsewhere = await create_community(), await create_community()
    with clock.at(NOON):
        await open_season(place, 300, triggers=[Trigger.PURCHASE, Trigger.CHECK_IN])
        assert (await report_purchase(place.resident)).points == 6
        assert (await report_purchase(place.resident, trigger=Trigger.PICK_UP)).points == 1
        assert (await report_purchase(elsewhere.resident)).points == 2


async def test_a_season_does_not_lift_a_cap(database):
    place = await create_community()
    with clock.at(NOON):
        await open_season(place, 300)
        assert [(await report_purchase(place.resident)).points for _ in range(3)] == [6, 4, 0]


async def test_a_cancelled_season_ends_at_once_and_what_it_paid_stays(database):
    place = await create_community()
    with clock.at(NOON):
        row = await open_season(place, 300)
        await report_purchase(place.resident)
        cancelled = await editing.cancel_season(place.leader, row.id)
        assert cancelled.cancelled_at is not None
        assert (await report_purchase(place.resident)).points == 2
        assert await get_balance(place.resident) == 8
        await assert_refused(NotFound, editing.cancel_season(place.leader, row.id))
    assert await find_violations() == {}


async def test_nobody_cancels_what_is_over_anothers_or_the_operators(database):
    place, elsewhere = await create_community(), await create_community()
    with clock.at(NOON):
        over = await open_season(place, ends=NOON + DAY)
        everywhere = await editing.open_season_as_operator(
            SeasonPlan(name="春节", percent=400, starts_at=NOON, ends_at=NOON + 60 * DAY)
        )
        for actor, row in ((elsewhere.leader, over), (place.leader, everywhere)):
            assert (await assert_refused(NotFound, editing.cancel_season(actor, row.id))).path == ("seasonId",)
        await assert_refused(LeadersOnly, editing.cancel_season(place.resident, over.id))
    with clock.at(NOON + 2 * DAY):
        await assert_refused(NotFound, editing.cancel_season(place.leader, over.id))


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"percent": 301}, "percent"), ({"percent": 100}, "percent"), ({"percent": 0}, "percent"),
        ({"ends": NOON + 31 * DAY + timedelta(seconds=1)}, "endsAt"), ({"ends": NOON}, "endsAt"),
        ({"starts": NOON - 2 * DAY, "ends": NOON - DAY}, "endsAt"),
    ],
)  # fmt: skip
async def test_a_leaders_season_has_limits(database, given, path):
    place = await create_community()
    with clock.at(NOON):
        assert (await assert_refused(InvalidInput, open_season(place, **given))).path == (path,)
        await open_season(place, 300, ends=NOON + 31 * DAY)


async def test_a_season_has_a_name_and_is_a_leaders(database):
    place = await create_community()
    span = {"starts_at": clock.now(), "ends_at": clock.now() + DAY}
    for name in ("", " ", "字" * 41, "两\n行"):
        given = {"name": name, "percent": 200, **span}
        assert (await assert_refused(InvalidInput, editing.open_season(place.leader, SeasonPlan(**given)))).path == (
            "name",
        )
    await assert_refused(LeadersOnly, editing.open_season(place.resident, SeasonPlan(name="端午", percent=200, **span)))


async def test_the_same_source_key_answers_the_same_and_changes_nothing(database):
    place = await create_community()
    assert await take_part(place.resident, "k") == Outcome(5)
    await publish_rule(Trigger.EVENT_PARTICIPATION, Definition(9))
    before = await read_tables()
    assert await take_part(place.resident, "k") == Outcome(5)
    assert await read_tables() == before


async def test_twenty_calls_at_once_for_one_source_key_pay_once(database):
    place = await create_community()
    assert await run_concurrently(*(take_part(place.resident, "k") for _ in range(20))) == [Outcome(5)] * 20
    assert (await get_balance(place.resident), len(await list_rows("award"))) == (5, 1)
    assert await find_violations() == {}


async def test_growth_rises_with_what_is_earned(database):
    place = await create_community()
    await create_published(place, kind=SubmissionKind.RECIPE)
    await report_purchase(place.resident)
    assert (await get_account(place.resident)).growth == 22


async def test_a_members_chances_are_what_they_would_be_paid(database):
    place = await create_community()
    await publish_rule(Trigger.INVITATION, Definition(20, needs=Needs(member_days=7)))
    with clock.at(clock.now()):
        await open_season(place, 300, triggers=[Trigger.PURCHASE], starts=clock.now(), ends=clock.now() + DAY)
        await report_purchase(place.resident)
        await report_purchase(place.resident, trigger=Trigger.PICK_UP)
        found = {chance.rule.trigger: chance for chance in await list_rule_progress(place.resident)}
    assert list(found) == list(Trigger)
    purchase = found[Trigger.PURCHASE]
    assert (purchase.percent, purchase.allowance, purchase.earned.day, purchase.earned.lifetime) == (
        300,
        Outcome(4),
        6,
        6,
    )
    assert (found[Trigger.PICK_UP].percent, found[Trigger.PICK_UP].allowance) == (100, Outcome(2))
    assert found[Trigger.REVIEW_DONE].allowance.because is NotEarnedBecause.RULE_OFF
    assert found[Trigger.INVITATION].allowance.because is NotEarnedBecause.NOT_YET_ELIGIBLE
    assert found[Trigger.INVITATION].allowance.until is not None
    await run_effects()
