"""What people agree to, what stops when they do not, and who must ask a guardian first."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.identity import consents, logins, people, phones, rules
from community.identity import service as identity
from community.identity.errors import ConsentMissing, GuardianCodeInvalid, GuardianNeeded, GuardianUnsuitable
from community.identity.models import Joining, Platform, Purpose
from community.identity.queries import get_member
from community.kernel import clock
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.leaderboards import queries as boards
from community.leaderboards import service as leaderboards
from community.leaderboards.rules import PeriodKind
from community.media import service as media
from community.points import queries as points
from community.privacy import withdrawals
from community.review import service as review
from community.review.errors import AuthorDisagrees
from community.submissions import service as submissions
from community.submissions.models import State
from community.submissions.queries import feed
from tests.support import bank
from tests.support.backends import settings_for
from tests.support.pictures import ready, uploaded
from tests.support.story import (
    FAIR,
    at_once,
    carry_out,
    case_of,
    content,
    drafted,
    edited,
    everything,
    in_review,
    neighbourhood,
    now_of,
    person,
    promised,
    published,
    refused,
    rows_of,
    submitted,
)  # fmt: skip

SETTINGS = settings_for()


def years_ago(years, *, days=0):
    today = clock.now() + timedelta(hours=8)
    return (today.replace(year=today.year - years) + timedelta(days=days)).date().isoformat()


async def document(purpose=Purpose.PUBLICATION, **given):
    return await consents.publish(purpose, **{"title": "同意书", "text": "我同意。", **given})


# --- documents and consents ------------------------------------------------------------------------------------------


async def test_nothing_rests_on_what_has_not_been_published(database):
    one = await person()
    for purpose in Purpose:
        assert await consents.allows(one, purpose)
        await consents.check(one, purpose)


async def test_a_document_asks_everybody_until_they_agree_and_again_when_they_withdraw(database):
    one, made = await person(), await document()
    with pytest.raises(ConsentMissing):
        await consents.check(one, Purpose.PUBLICATION)
    await consents.give(one, document_id=made.id)
    await consents.check(one, Purpose.PUBLICATION)
    assert not await consents.allows(await person(), Purpose.PUBLICATION)
    await consents.withdraw(one, purpose=Purpose.PUBLICATION)
    assert not await consents.allows(one, Purpose.PUBLICATION)
    (row,) = await consents.mine(one)
    assert row.withdrawn_at is not None


async def test_a_version_that_renews_asks_anew_and_one_that_does_not_lets_be(database):
    one, first = await person(), await document()
    assert (first.version, first.renews) == (1, True)
    await consents.give(one, document_id=first.id)
    second = await document(text="改了一个字。")
    assert (second.version, second.renews) == (2, False)
    assert await consents.allows(one, Purpose.PUBLICATION)
    third = await document(text="改了很多。", renews=True)
    assert not await consents.allows(one, Purpose.PUBLICATION)
    with pytest.raises(Conflict):
        await consents.give(one, document_id=second.id)
    await consents.give(one, document_id=third.id)
    assert await consents.allows(one, Purpose.PUBLICATION)
    assert [(row.document_id, row.withdrawn_at is None) for row in await consents.mine(one)] == [
        (third.id, True), (first.id, False),
    ]  # fmt: skip
    assert [row.version for row in await consents.documents()] == [3]


async def test_agreeing_and_withdrawing_again_change_nothing(database):
    one, made = await person(), await document()
    found = await at_once(*(consents.give(one, document_id=made.id) for _ in range(5)))
    assert len({row.id for row in found}) == 1
    before = await everything("consent")
    await consents.give(one, document_id=made.id)
    assert await everything("consent") == before
    await consents.withdraw(one, purpose=Purpose.PUBLICATION)
    before = await everything("consent", "outbox_effect")
    await consents.withdraw(one, purpose=Purpose.PUBLICATION)
    assert await everything("consent", "outbox_effect") == before


async def test_what_is_not_there_cannot_be_agreed_to(database):
    with pytest.raises(NotFound):
        await consents.give(await person(), document_id=9)


async def test_one_purpose_says_nothing_of_another(database):
    one = await person()
    made = [await document(purpose) for purpose in Purpose]
    await consents.give(one, document_id=made[0].id)
    assert [await consents.allows(one, purpose) for purpose in Purpose] == [True, False, False, False]


async def test_a_document_needs_words(database):
    for wrong in ({"title": ""}, {"title": "字" * 61}, {"text": ""}, {"text": "字" * 20_001}):
        with pytest.raises(InvalidInput):
            await document(**wrong)
    assert await rows_of("consent_document") == []


# --- what rests on them ----------------------------------------------------------------------------------------------


async def test_joining_rests_on_consent_to_the_service(database):
    place = await neighbourhood(joining=Joining.OPEN)
    invitation = await identity.invite(place.leader, uses=5)
    made = await document(Purpose.SERVICE)
    one = await person()
    before = await everything()
    for work in (
        identity.join(one, invitation_code=invitation.code),
        identity.join_open(one, community_id=place.id),
    ):
        with pytest.raises(ConsentMissing):
            await work
    assert await everything() == before
    await consents.give(one, document_id=made.id)
    assert await identity.join(one, invitation_code=invitation.code)


async def test_taking_part_rests_on_consent_to_the_service_and_belonging_does_not(database):
    place = await neighbourhood()
    row = await published(place, author=place.other)
    one = place.resident
    made = await document(Purpose.SERVICE)
    await consents.give(one.person_id, document_id=made.id)
    draft = await drafted(place)
    await submissions.like(one, row.id)
    await consents.withdraw(one.person_id, purpose=Purpose.SERVICE)
    before = await everything()
    for work in (
        submissions.like(one, row.id),
        drafted(place),
        submitted(place),
        submissions.submit(one, draft.id, version=draft.version),
    ):
        with pytest.raises(ConsentMissing):
            await work
    assert await everything() == before
    assert (await get_member(one.person_id, place.id)).left_at is None
    await consents.give(one.person_id, document_id=made.id)
    await submissions.submit(one, draft.id, version=draft.version)


async def test_a_number_goes_with_the_consent_to_the_service(connected, platforms):
    made = await document(Purpose.SERVICE)
    who = []
    for name, number in (("壬", "13912345678"), ("癸", "13700000000")):
        who.append(await logins.login(connected, Platform.WECHAT, platforms.wechat.code(name)))
        await consents.give(who[-1], document_id=made.id)
        await phones.bind(connected, who[-1], platforms.wechat.phone_code(number))
    await consents.withdraw(who[0], purpose=Purpose.NOTICES)
    assert await phones.find(connected, who[0]) is not None
    await consents.withdraw(who[0], purpose=Purpose.SERVICE)
    assert await phones.find(connected, who[0]) is None
    assert await phones.find(connected, who[1]) is not None


async def test_sending_in_rests_on_consent_to_publication(database):
    place = await neighbourhood()
    draft, waiting = await drafted(place), await in_review(place)
    await document()
    before = await everything()
    author = place.resident
    for work in (
        submitted(place),
        submissions.submit(author, draft.id, version=draft.version),
        edited(waiting, author, carry=False),
    ):
        with pytest.raises(ConsentMissing):
            await work
    assert await everything() == before
    # A draft is nobody's business.
    await drafted(place)
    await submissions.edit(author, draft.id, version=draft.version, content=content(title="改"))


async def test_a_withdrawn_consent_takes_back_what_is_public_or_on_its_way(database):
    place = await neighbourhood()
    made = await document()
    for member in (place.resident, place.other):
        await consents.give(member.person_id, document_id=made.id)
    public, waiting = await published(place), await in_review(place)
    draft, others = await drafted(place), await published(place, author=place.other)
    await consents.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    assert await promised("effects.take_back_publications") == [{"person_id": place.resident.person_id}]
    assert await submissions.take_back_all(place.resident.person_id) == 2
    assert await submissions.take_back_all(place.resident.person_id) == 0
    await carry_out()
    states = [(await now_of(row)).state for row in (public, waiting, draft, others)]
    assert states == [State.WITHDRAWN, State.WITHDRAWN, State.DRAFT, State.PUBLISHED]
    assert [row["state"] for row in await rows_of("review_case") if row["submission_id"] == waiting.id] == [
        "SUPERSEDED"
    ]


async def test_what_waits_is_not_approved_without_its_authors_consent(database):
    place = await neighbourhood()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    waiting, sent_back = await in_review(place), await in_review(place)
    await consents.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    case = await case_of(waiting)
    before = await everything()
    with pytest.raises(AuthorDisagrees):
        await review.approve(place.leader, case.id, version=case.version, scores=FAIR)
    assert await everything() == before
    # What is not published may be said.
    await refused(place, sent_back, State.RETURNED)
    await consents.give(place.resident.person_id, document_id=made.id)
    await review.approve(place.leader, case.id, version=case.version, scores=FAIR)
    assert (await now_of(waiting)).state is State.PUBLISHED


async def test_the_feed_is_without_it_as_soon_as_the_consent_is_withdrawn(database):
    place = await neighbourhood()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    public, waiting = await published(place), await in_review(place)
    await withdrawals.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    assert [(await now_of(row)).state for row in (public, waiting)] == [State.WITHDRAWN] * 2
    assert (await feed(place.id, PageRequest())).rows == []
    assert await submissions.take_back_all(place.resident.person_id) == 0
    assert await bank.wrong() == {}


async def test_one_that_was_never_given_takes_nothing_back(database):
    place = await neighbourhood()
    row = await published(place)
    await document()
    before = await everything()
    await withdrawals.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    assert await everything() == before
    assert (await now_of(row)).state is State.PUBLISHED


async def test_withdrawing_and_approving_at_once_publish_nothing(database):
    place = await neighbourhood()
    made = await document()
    for _ in range(4):
        await consents.give(place.resident.person_id, document_id=made.id)
        waiting = await in_review(place)
        case = await case_of(waiting)
        await at_once(
            withdrawals.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION),
            review.approve(place.leader, case.id, version=case.version, scores=FAIR),
        )
        assert (await now_of(waiting)).state is State.WITHDRAWN
    assert await bank.wrong() == {}


async def test_more_than_a_hundred_are_left_to_the_job(database):
    place = await neighbourhood()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    for _ in range(102):
        await submitted(place)
    await withdrawals.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    left = [row for row in await rows_of("submission") if row["state"] != "WITHDRAWN"]
    assert len(left) == 2
    assert await promised("effects.take_back_publications") == [{"person_id": place.resident.person_id}]
    assert await submissions.take_back_all(place.resident.person_id) == 2


async def test_what_is_taken_back_takes_its_pictures_and_its_points_with_it(database):
    place = await neighbourhood()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    shown, worn = await ready(place.resident, 1), await ready(place.resident, 2)
    await published(place, media_ids=(shown,))
    await media.set_avatar(place.resident.person_id, worn)
    (account,) = await points.accounts(place.id, [place.resident.id])
    assert account.balance > 0
    await consents.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    await submissions.take_back_all(place.resident.person_id)
    (account,) = await points.accounts(place.id, [place.resident.id])
    assert (account.balance, account.debt) == (0, 0)
    assert {row["id"]: row["state"] for row in await rows_of("media")} == {shown: "REMOVED", worn: "REMOVED"}
    assert await rows_of("media_use") == []
    assert await bank.wrong() == {}


async def test_pictures_rest_on_consent_to_publication(database):
    place = await neighbourhood()
    person_id = place.resident.person_id
    before_it = await uploaded(place.resident, 1)
    await document()
    before = await everything()
    for work in (uploaded(place.resident, 2), media.set_avatar(person_id, before_it)):
        with pytest.raises(ConsentMissing):
            await work
    assert await everything() == before
    # What had been received is told again, and taking an avatar down needs nobody's consent.
    assert await uploaded(place.resident, 1) == before_it
    await media.set_avatar(person_id, None)


async def test_a_consent_that_is_given_again_in_time_keeps_what_was_published(database):
    place = await neighbourhood()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    row = await published(place)
    await consents.withdraw(place.resident.person_id, purpose=Purpose.PUBLICATION)
    await consents.give(place.resident.person_id, document_id=made.id)
    assert await submissions.take_back_all(place.resident.person_id) == 0
    assert (await now_of(row)).state is State.PUBLISHED


async def board(place):
    return [row.membership_id for row in await boards.top(place.community, PeriodKind.EVER, first=10)]


async def test_a_board_shows_those_who_agree_to_it(database):
    place = await neighbourhood()
    for member in (place.resident, place.other):
        await published(place, author=member)
    await leaderboards.rebuild_all()
    assert await board(place) == [place.resident.id, place.other.id]
    made = await document(Purpose.LEADERBOARDS)
    assert await promised("leaderboards.rebuild_all") == [{}]
    await leaderboards.rebuild_all()
    assert await board(place) == []
    await consents.give(place.other.person_id, document_id=made.id)
    assert await promised("leaderboards.rebuild") == [{"community_id": place.id}]
    await leaderboards.rebuild_one(place.id)
    assert await board(place) == [place.other.id]
    # What is earned while one is hidden stays hidden, and counts again afterwards.
    await published(place, author=place.resident)
    assert await board(place) == [place.other.id]
    assert await leaderboards.agrees(place.community)
    await consents.give(place.resident.person_id, document_id=made.id)
    await leaderboards.rebuild_one(place.id)
    assert await board(place) == [place.resident.id, place.other.id]
    await consents.withdraw(place.other.person_id, purpose=Purpose.LEADERBOARDS)
    await leaderboards.rebuild_one(place.id)
    assert await board(place) == [place.resident.id]


# --- correcting, children and guardians ------------------------------------------------------------------------------


async def test_what_is_wrong_is_corrected_and_the_rest_left(database):
    one = await person("阿明")
    await people.correct(one, born_on="1980-02-29")
    await people.correct(one, nickname=" 明 ")
    found = await people.find_private(one)
    assert (found.nickname, found.born_on, found.needs_guardian) == ("明", "1980-02-29", False)


@pytest.mark.parametrize(
    "born", ["", "x", "2020-13-01", "20200101", "1800-01-01", "2999-01-01", "2020-1-1", "2021-02-29"]
)
async def test_a_date_of_birth_that_cannot_be_is_refused(database, born):
    one = await person()
    with pytest.raises(InvalidInput) as refusal:
        await people.correct(one, born_on=born)
    assert refusal.value.path == ("bornOn",)
    assert (await people.find_private(one)).born_on is None


def test_fourteen_is_reached_on_the_birthday():
    assert rules.is_child(years_ago(14, days=1))
    assert not rules.is_child(years_ago(14))
    assert not rules.is_child(None)
    assert rules.age(years_ago(18)) == 18
    assert years_ago(14) <= rules.child_since() < years_ago(14, days=1)


async def child():
    one = await person("娃娃")
    await people.correct(one, born_on=years_ago(10))
    return one


async def adult(years=40):
    one = await person("家长")
    await people.correct(one, born_on=years_ago(years))
    return one


async def test_a_child_agrees_to_nothing_and_takes_no_part_before_a_guardian_confirms(database):
    place = await neighbourhood()
    made = await document()
    one = place.resident.person_id
    await people.correct(one, born_on=years_ago(10))
    for work in (consents.give(one, document_id=made.id), submitted(place)):
        with pytest.raises(GuardianNeeded):
            await work
    code = await people.ask_guardian(SETTINGS, one)
    await people.confirm_child(SETTINGS, await adult(), code=f" {code.code[:4].lower()}-{code.code[4:]}")
    await consents.give(one, document_id=made.id)
    assert await submitted(place)


async def test_a_child_needs_a_guardian_where_no_document_is_published_too(database):
    place = await neighbourhood()
    await published(place)
    await people.correct(place.resident.person_id, born_on=years_ago(13))
    for purpose in Purpose:
        assert not await consents.allows(place.resident.person_id, purpose)
    await leaderboards.rebuild_all()
    assert await board(place) == []


async def test_a_child_does_not_grow_by_a_correction(database):
    one = await child()
    with pytest.raises(GuardianNeeded):
        await people.correct(one, born_on="1980-01-01")
    await people.correct(one, born_on=years_ago(9))
    assert (await people.find_private(one)).needs_guardian


async def test_a_child_for_whom_a_guardian_confirmed_does_not_either(database):
    one, parent = await child(), await adult()
    await people.confirm_child(SETTINGS, parent, code=(await people.ask_guardian(SETTINGS, one)).code)
    before = await everything("person", "guardianship")
    for older in (years_ago(14), "1980-01-01"):
        with pytest.raises(GuardianNeeded) as refusal:
            await people.correct(one, born_on=older)
        assert refusal.value.path == ("bornOn",)
    assert await everything("person", "guardianship") == before
    await people.correct(one, born_on=years_ago(9), nickname="小娃")
    assert (await people.find_private(one)).guardian_confirmed_at is not None


async def test_two_corrections_at_once_lose_neither(database):
    one = await person("阿明")
    await at_once(people.correct(one, born_on=years_ago(10)), people.correct(one, nickname="小娃"))
    found = await people.find_private(one)
    assert (found.nickname, found.born_on) == ("小娃", years_ago(10))


async def test_a_child_that_has_its_birthday_needs_nobody_any_more(database):
    one = await child()
    with clock.at(clock.now() + timedelta(days=5 * 366)):
        assert not (await people.find_private(one)).needs_guardian
        assert await consents.allows(one, Purpose.PUBLICATION)


async def test_a_guardian_is_another_adult_who_has_said_so(database):
    code = (await people.ask_guardian(SETTINGS, await child())).code
    for unsuitable in (await person(), await adult(17), await child()):
        with pytest.raises(GuardianUnsuitable):
            await people.confirm_child(SETTINGS, unsuitable, code=code)
    for wrong in ("", "AAAAAAAA", "字"):
        with pytest.raises(GuardianCodeInvalid):
            await people.confirm_child(SETTINGS, await adult(), code=wrong)


async def test_a_guardians_code_is_good_once_for_a_day_and_kept_as_a_digest(database):
    one, parent = await child(), await adult()
    old = (await people.ask_guardian(SETTINGS, one)).code
    code = (await people.ask_guardian(SETTINGS, one)).code
    assert code not in str(await rows_of("guardianship"))
    with pytest.raises(GuardianCodeInvalid):
        await people.confirm_child(SETTINGS, parent, code=old)
    with clock.at(clock.now() + people.GUARDIAN_CODE_LASTS), pytest.raises(GuardianCodeInvalid):
        await people.confirm_child(SETTINGS, parent, code=code)
    await people.confirm_child(SETTINGS, parent, code=code)
    assert await people.wards(parent) == [one]
    with pytest.raises(GuardianCodeInvalid):
        await people.confirm_child(SETTINGS, await adult(), code=code)
    with pytest.raises(InvalidInput):
        await people.ask_guardian(SETTINGS, one)


async def test_a_guardian_takes_it_back_and_nobody_elses(database):
    one, parent = await child(), await adult()
    await people.confirm_child(SETTINGS, parent, code=(await people.ask_guardian(SETTINGS, one)).code)
    with pytest.raises(NotFound):
        await people.revoke_child(await adult(), child_id=one)
    await people.revoke_child(parent, child_id=one)
    assert (await people.find_private(one)).needs_guardian
    with pytest.raises(NotFound):
        await people.revoke_child(parent, child_id=one)


async def test_what_a_child_has_published_comes_off_with_its_guardians_word(database):
    place = await neighbourhood()
    one, parent = place.resident.person_id, await adult()
    await people.correct(one, born_on=years_ago(10))
    await people.confirm_child(SETTINGS, parent, code=(await people.ask_guardian(SETTINGS, one)).code)
    public, waiting, others = await published(place), await in_review(place), await published(place, author=place.other)
    case = await case_of(waiting)
    await people.revoke_child(parent, child_id=one)
    assert await promised("effects.take_back_publications") == [{"person_id": one}]
    with pytest.raises(AuthorDisagrees):
        await review.approve(place.leader, case.id, version=case.version, scores=FAIR)
    assert await submissions.take_back_all(one) == 2
    states = [(await now_of(row)).state for row in (public, waiting, others)]
    assert states == [State.WITHDRAWN, State.WITHDRAWN, State.PUBLISHED]


async def test_the_feed_is_without_it_as_soon_as_the_word_is_taken_back(database):
    place = await neighbourhood()
    one, parent = place.resident.person_id, await adult()
    await people.correct(one, born_on=years_ago(10))
    await people.confirm_child(SETTINGS, parent, code=(await people.ask_guardian(SETTINGS, one)).code)
    public = await published(place)
    stranger = await adult()
    before = await everything()
    with pytest.raises(NotFound):
        await withdrawals.revoke_child(stranger, child_id=one)
    assert await everything() == before
    await withdrawals.revoke_child(parent, child_id=one)
    assert (await now_of(public)).state is State.WITHDRAWN


async def test_who_says_they_are_a_child_after_joining_does_not_take_part_either(database):
    place = await neighbourhood()
    row = await published(place, author=place.other)
    one = place.resident
    await people.correct(one.person_id, born_on=years_ago(10))
    before = await everything()
    for work in (submissions.like(one, row.id), drafted(place), submitted(place)):
        with pytest.raises(GuardianNeeded):
            await work
    assert await everything() == before
    await submissions.unlike(one, row.id)
    code = await people.ask_guardian(SETTINGS, one.person_id)
    await people.confirm_child(SETTINGS, await adult(), code=code.code)
    assert (await submissions.like(one, row.id)).like_count == 1


async def test_nobody_who_is_grown_up_asks_for_a_guardian(database):
    for one in (await person(), await adult()):
        with pytest.raises(InvalidInput):
            await people.ask_guardian(SETTINGS, one)


async def test_a_ban_needs_a_person_and_a_reason(database):
    with pytest.raises(NotFound):
        await people.ban(99, reason="广告")
    with pytest.raises(NotFound):
        await people.pardon(99)
    one = await person()
    with pytest.raises(InvalidInput):
        await people.ban(one, reason="")
    assert [row["banned_at"] for row in await rows_of("person")] == [None]
