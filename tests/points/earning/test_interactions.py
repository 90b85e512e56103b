"""What the ordering system reports: each thing once by its reference, in whatever order it arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from community.identity import communities, service_tokens
from community.identity import service as identity
from community.identity.models import Joining, Scope
from community.kernel import audit, clock
from community.kernel.errors import InvalidInput, NotFound
from community.points.earning import editing
from community.points.earning.earn import NotEarnedBecause, Outcome
from community.points.earning.interactions import Report, report
from community.points.earning.models import InteractionKind, Trigger
from community.points.earning.rules import Caps, Definition
from community.points.errors import SourceReused
from tests.support.bank import account, balance, lines, wrong
from tests.support.story import at_once, everything, joined, neighbourhood, person, published, refuses, rows_of

PURCHASE, RETURN, PICK_UP, INVITATION, OTHER = InteractionKind


async def shop_of(place):
    """The ordering system of a community."""
    return (await service_tokens.create(place.leader, name="订货系统", scopes=[Scope.REPORT_INTERACTIONS])).row


@pytest.fixture
async def place(database):
    return await neighbourhood(joining=Joining.OPEN)


@pytest.fixture
async def shop(place):
    return await shop_of(place)


def told(kind: InteractionKind, member, reference: str = "A1", **given) -> Report:
    return Report(kind, reference, member.id, clock.now(), **given)


def bought(member, reference: str = "A1") -> Report:
    return told(PURCHASE, member, reference)


def returned(member, reference: str = "R1", *, purchase: str = "A1") -> Report:
    return told(RETURN, member, reference, purchase=purchase)


# --- each kind -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "points"), [(PURCHASE, None, 2), (PICK_UP, None, 1), (OTHER, "ORDER_REVIEW", 1)]
)
async def test_what_is_reported_earns_by_its_rule(place, shop, kind, name, points):
    done = await report(shop, told(kind, place.resident, name=name))
    assert (done.is_new, done.outcome, done.taken_back) == (True, Outcome(points), 0)
    assert await lines(place.resident) == [("AWARD", points, points)]
    (row,) = await rows_of("interaction")
    assert (row["id"], row["kind"], row["reference"], row["name"], row["service_token_id"]) == (
        done.id, kind.value, "A1", name, shop.id,
    )  # fmt: skip
    assert await wrong() == {}


async def test_the_same_reference_of_another_kind_is_another_thing(place, shop):
    for given in (bought(place.resident), told(PICK_UP, place.resident), told(OTHER, place.resident, name="REVIEW")):
        assert (await report(shop, given)).is_new
    assert await balance(place.resident) == 4
    assert await wrong() == {}


async def test_something_else_earns_by_its_name(place, shop):
    await editing.publish_as_operator(Trigger.INTERACTION, definition=Definition(1, by_kind={"ORDER_REVIEW": 4}))
    await report(shop, told(OTHER, place.resident, "1", name="ORDER_REVIEW"))
    await report(shop, told(OTHER, place.resident, "2", name="LIVE"))
    assert await lines(place.resident) == [("AWARD", 4, 4), ("AWARD", 1, 5)]


async def test_a_report_is_in_the_audit_trail_without_a_person(place, shop):
    done = await report(shop, bought(place.resident))
    (row,) = await audit.trail(place.id, subject="interaction", subject_id=done.id)
    assert (row.action, row.actor_id, row.detail) == (
        "interaction.purchase", None, {"service_token_id": shop.id, "points": 2, "taken_back": 0},
    )  # fmt: skip


async def test_what_a_cap_left_unpaid_says_until_when(place, shop):
    for number in range(5):
        await report(shop, bought(place.resident, f"A{number}"))
    full = (await report(shop, bought(place.resident, "A5"))).outcome
    assert (full.points, full.because) == (0, NotEarnedBecause.CAP_REACHED)
    assert full.until > clock.now()
    again = await report(shop, bought(place.resident, "A5"))
    assert (again.is_new, again.outcome) == (False, full)
    assert await wrong() == {}


# --- again -----------------------------------------------------------------------------------------------------------


async def test_the_same_reference_again_answers_the_same_and_changes_nothing(place, shop):
    first = await report(shop, bought(place.resident))
    before = await everything()
    assert await report(shop, bought(place.resident)) == replace(first, is_new=False)
    assert await everything() == before


async def test_a_service_with_a_new_token_repeats_its_reports_safely(place, shop):
    first = await report(shop, bought(place.resident))
    another = await shop_of(place)
    before = await everything()
    assert await report(another, bought(place.resident)) == replace(first, is_new=False)
    assert await everything() == before


async def test_a_return_again_answers_what_it_took_back(place, shop):
    await report(shop, bought(place.resident))
    first = await report(shop, returned(place.resident))
    before = await everything()
    assert await report(shop, returned(place.resident)) == replace(first, is_new=False)
    assert (first.taken_back, await everything()) == (2, before)


async def test_the_same_reference_with_other_contents_is_refused(place, shop):
    await report(shop, bought(place.resident))
    await report(shop, told(OTHER, place.resident, name="REVIEW"))
    await report(shop, returned(place.resident, purchase="A1"))
    await report(shop, told(INVITATION, place.resident, invitee_id=place.other.id))
    for given in (
        bought(place.other),
        told(OTHER, place.resident, name="LIVE"),
        returned(place.resident, purchase="A2"),
        told(INVITATION, place.resident, invitee_id=place.leader.id),
    ):
        assert (await refuses(SourceReused, report(shop, given))).path == ("reference",)
    assert await wrong() == {}


async def test_space_around_a_reference_makes_no_other_thing_of_it(place, shop):
    await report(shop, bought(place.resident, "A1"))
    await report(shop, bought(place.resident, " A1 "))
    assert await balance(place.resident) == 2


async def test_twenty_reports_at_once_of_one_thing_are_one(place, shop):
    answers = await at_once(*(report(shop, bought(place.resident)) for _ in range(20)))
    assert sorted(answer.is_new for answer in answers) == [False] * 19 + [True]
    assert {(answer.id, answer.outcome) for answer in answers} == {(answers[0].id, Outcome(2))}
    assert await balance(place.resident) == 2
    assert await wrong() == {}


async def test_one_reference_for_two_members_at_once_is_one_of_them(place, shop):
    answers = await at_once(*(report(shop, bought(member)) for member in [place.resident, place.other] * 4))
    assert sum(isinstance(answer, SourceReused) for answer in answers) == 4
    assert await balance(place.resident) + await balance(place.other) == 2
    assert await wrong() == {}


# --- a return --------------------------------------------------------------------------------------------------------


async def test_a_return_takes_back_what_the_purchase_earned(place, shop):
    await report(shop, bought(place.resident))
    done = await report(shop, returned(place.resident))
    assert (done.is_new, done.taken_back) == (True, 2)
    assert await lines(place.resident) == [("AWARD", 2, 2), ("CLAW_BACK", -2, 0)]
    assert await wrong() == {}


async def test_a_purchase_whose_return_came_first_earns_nothing_and_says_why(place, shop):
    assert (await report(shop, returned(place.resident))).taken_back == 0
    done = await report(shop, bought(place.resident))
    assert (done.is_new, done.outcome.points, await lines(place.resident)) == (True, 0, [])
    assert done.outcome.because is not None
    assert await wrong() == {}


async def test_a_purchase_is_returned_once_by_whatever_references(place, shop):
    await report(shop, bought(place.resident))
    taken = [(await report(shop, returned(place.resident, f"R{number}"))).taken_back for number in range(3)]
    assert (taken, await balance(place.resident)) == ([2, 0, 0], 0)
    assert await wrong() == {}


async def test_a_return_of_another_members_purchase_is_refused(place, shop):
    await report(shop, bought(place.resident))
    assert (await refuses(InvalidInput, report(shop, returned(place.other)))).path == ("memberId",)
    assert await balance(place.resident) == 2


async def test_another_members_return_that_came_first_does_not_spoil_a_purchase(place, shop):
    await report(shop, returned(place.other))
    assert (await report(shop, bought(place.resident))).outcome == Outcome(2)


async def test_a_return_in_another_community_takes_nothing_here(place, shop):
    elsewhere = await neighbourhood()
    await report(shop, bought(place.resident))
    assert (await report(await shop_of(elsewhere), returned(elsewhere.resident))).taken_back == 0
    assert await balance(place.resident) == 2


async def test_a_return_takes_back_what_a_cap_had_left_of_it(place, shop):
    await editing.publish_as_leader(
        place.leader, Trigger.PURCHASE, definition=Definition(4, caps=Caps(day=6, month=60))
    )
    await report(shop, bought(place.resident, "A1"))
    await report(shop, bought(place.resident, "A2"))
    assert (await report(shop, returned(place.resident, purchase="A2"))).taken_back == 2
    assert await balance(place.resident) == 4
    assert await wrong() == {}


async def test_a_purchase_and_its_return_at_once_leave_nothing_and_no_debt(place, shop):
    for number in range(8):
        pair = [
            report(shop, bought(place.resident, f"A{number}")),
            report(shop, returned(place.resident, f"R{number}", purchase=f"A{number}")),
        ]
        answers = await at_once(*(pair if number % 2 else pair[::-1]))
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        found = await account(place.resident)
        assert (found.balance, found.debt) == (0, 0)
    assert await wrong() == {}


async def test_returns_at_once_take_back_once(place, shop):
    await report(shop, bought(place.resident))
    answers = await at_once(*(report(shop, returned(place.resident, f"R{number}")) for number in range(8)))
    assert sorted(answer.taken_back for answer in answers) == [0] * 7 + [2]
    assert await wrong() == {}


# --- an invitation ---------------------------------------------------------------------------------------------------


async def newcomer(place):
    """Somebody who came by themselves."""
    return await identity.join_open(await person(), community_id=place.id)


async def test_an_invitation_pays_when_the_guests_first_submission_is_approved(place, shop):
    guest = await newcomer(place)
    done = await report(shop, told(INVITATION, place.resident, invitee_id=guest.id))
    assert (done.is_new, done.outcome.points, await rows_of("award")) == (True, 0, [])
    await published(place, author=guest)
    assert await balance(place.resident) == 20
    await published(place, author=guest, title="第二篇")
    assert await balance(place.resident) == 20
    assert await wrong() == {}


async def test_a_resident_who_handed_on_a_leaders_code_is_paid_for_the_guest(place, shop):
    guest = await joined(place)
    await report(shop, told(INVITATION, place.resident, invitee_id=guest.id))
    await published(place, author=guest)
    assert await balance(place.resident) == 20


async def test_of_two_who_say_that_they_invited_the_first_is_paid(place, shop):
    guest = await newcomer(place)
    await report(shop, told(INVITATION, place.resident, "1", invitee_id=guest.id))
    await report(shop, told(INVITATION, place.other, "2", invitee_id=guest.id))
    await published(place, author=guest)
    assert (await balance(place.resident), await balance(place.other)) == (20, 0)


async def test_who_had_published_before_was_not_won_by_the_invitation(place, shop):
    guest = await newcomer(place)
    await published(place, author=guest)
    await report(shop, told(INVITATION, place.resident, invitee_id=guest.id))
    await published(place, author=guest, title="第二篇")
    assert await balance(place.resident) == 0


async def test_nobody_invites_themselves(place, shop):
    given = told(INVITATION, place.resident, invitee_id=place.resident.id)
    assert (await refuses(InvalidInput, report(shop, given))).path == ("inviteeId",)


# --- what cannot be meant --------------------------------------------------------------------------------------------


async def test_a_member_of_another_community_is_not_found(place, shop):
    elsewhere = await neighbourhood()
    assert (await refuses(NotFound, report(shop, bought(elsewhere.resident)))).path == ("memberId",)
    given = told(INVITATION, place.resident, invitee_id=elsewhere.resident.id)
    assert (await refuses(NotFound, report(shop, given))).path == ("inviteeId",)
    nobody = replace(bought(place.resident), membership_id=10**9)
    assert (await refuses(NotFound, report(shop, nobody))).path == ("memberId",)


@pytest.mark.parametrize(
    ("kind", "given", "path"),
    [
        (PURCHASE, {"reference": ""}, "reference"),
        (PURCHASE, {"reference": " "}, "reference"),
        (PURCHASE, {"reference": "x" * 65}, "reference"),
        (PURCHASE, {"reference": "两\n行"}, "reference"),
        (PURCHASE, {"reference": "\ud800"}, "reference"),
        (PURCHASE, {"reference": "\x00"}, "reference"),
        (PURCHASE, {"name": "APPLE"}, "name"),
        (PURCHASE, {"purchase": "A2"}, "purchase"),
        (PICK_UP, {"purchase": "A2"}, "purchase"),
        (RETURN, {}, "purchase"),
        (RETURN, {"purchase": ""}, "purchase"),
        (RETURN, {"purchase": "x" * 65}, "purchase"),
        (OTHER, {}, "name"),
        (OTHER, {"name": ""}, "name"),
        (OTHER, {"name": "REVIEW "}, "name"),
        (OTHER, {"name": "评价"}, "name"),
        (OTHER, {"name": "字" * 41}, "name"),
        (INVITATION, {}, "inviteeId"),
    ],
)
async def test_what_does_not_belong_to_a_report_is_named(place, shop, kind, given, path):
    wanted = replace(told(kind, place.resident), **given)
    assert (await refuses(InvalidInput, report(shop, wanted))).path == (path,)


async def test_an_invitee_belongs_to_an_invitation_only(place, shop):
    given = told(PURCHASE, place.resident, invitee_id=place.other.id)
    assert (await refuses(InvalidInput, report(shop, given))).path == ("inviteeId",)


@pytest.mark.parametrize("reference", ["x" * 64, "订单-１", "A 1", "%_'\";--"])
async def test_a_reference_is_any_text_of_up_to_64_characters(place, shop, reference):
    assert (await report(shop, bought(place.resident, reference))).outcome == Outcome(2)
    assert (await report(shop, returned(place.resident, purchase=reference))).taken_back == 2
    assert await wrong() == {}


# --- many ------------------------------------------------------------------------------------------------------------


async def test_many_reports_in_any_order_at_once_come_to_the_same(place, shop):
    given = [bought(member, f"{member.id}-{n}") for member in (place.resident, place.other) for n in range(4)]
    given += [
        returned(member, f"r{member.id}-{n}", purchase=f"{member.id}-{n}")
        for member in (place.resident, place.other)
        for n in range(2)
    ]
    answers = await at_once(*(report(shop, one) for one in [*given, *given[::-1]]))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sum(answer.is_new for answer in answers) == len(given) == len(await rows_of("interaction"))
    assert (await balance(place.resident), await balance(place.other)) == (4, 4)
    assert await wrong() == {}


# --- when it happened ----------------------------------------------------------------------------------------------


async def test_what_is_reported_late_earns_what_it_would_have_earned(place, shop):
    """Ten pick-ups of five days, reported in one go: each day has its own cap, rule and board."""
    await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2, caps=Caps(day=3)))
    now = clock.now()
    with clock.at(now + timedelta(days=6)):
        got = [
            (await report(shop, Report(PICK_UP, f"P{number}", place.resident.id, now + timedelta(days=number % 5))))
            for number in range(10)
        ]
        assert [one.outcome.points for one in got] == [2] * 5 + [1] * 5
    earned = {row["earned_at"] for row in await rows_of("award")}
    assert len(earned) == 5
    assert await wrong() == {}


async def test_a_season_pays_for_what_happened_in_it(place, shop):
    await editing.publish_as_operator(Trigger.PICK_UP, definition=Definition(2))
    now = clock.now()
    span = {"starts_at": now + timedelta(days=2), "ends_at": now + timedelta(days=4)}
    await editing.open_season(place.leader, name="节", percent=200, **span)
    with clock.at(now + timedelta(days=3)):
        before = await report(shop, Report(PICK_UP, "before", place.resident.id, now + timedelta(days=1)))
        within = await report(shop, Report(PICK_UP, "within", place.resident.id, now + timedelta(days=3)))
    assert (before.outcome.points, within.outcome.points) == (2, 4)


@pytest.mark.parametrize("away", [timedelta(minutes=6), timedelta(days=-32)])
async def test_what_has_not_happened_or_long_ago_is_refused(place, shop, away):
    given = Report(PICK_UP, "P", place.resident.id, clock.now() + away)
    assert (await refuses(InvalidInput, report(shop, given))).path == ("occurredAt",)


async def test_what_is_bought_may_be_returned_long_after_and_when_the_buyer_has_left(place, shop):
    await editing.publish_as_operator(Trigger.PURCHASE, definition=Definition(5))
    await report(shop, bought(place.resident))
    await communities.leave(place.resident)
    assert (await refuses(NotFound, report(shop, bought(place.resident, "A2")))).path == ("memberId",)
    with clock.at(clock.now() + timedelta(days=60)):
        assert (await report(shop, returned(place.resident))).taken_back == 5
    assert await wrong() == {}


async def test_an_invitation_that_never_pays_says_so(place, shop):
    third = await joined(place)
    first = await report(shop, told(INVITATION, place.resident, "I1", invitee_id=third.id))
    again = await report(shop, told(INVITATION, place.resident, "I2", invitee_id=third.id))
    other = await report(shop, told(INVITATION, place.other, "I3", invitee_id=third.id))
    back = await report(shop, told(INVITATION, third, "I4", invitee_id=place.resident.id))
    assert [one.outcome.because for one in (first, again, other, back)] == [
        NotEarnedBecause.PAID_LATER, NotEarnedBecause.PAID_LATER, NotEarnedBecause.NOT_INVITED,
        NotEarnedBecause.NOT_INVITED,
    ]  # fmt: skip
    await published(place, author=place.other)
    late = await report(shop, told(INVITATION, place.resident, "I5", invitee_id=place.other.id))
    assert late.outcome.because is NotEarnedBecause.NOT_INVITED
