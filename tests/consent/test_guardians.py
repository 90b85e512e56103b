"""Corrections of persons, children and their guardians."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import people
from community.accounts.errors import GuardianNeeded, SessionEnded
from community.consent import consents, guardians
from community.consent.errors import GuardianCodeInvalid, GuardianUnsuitable
from community.consent.models import ConsentPurpose
from community.kernel import clock
from community.kernel.errors import InvalidInput, NotFound
from community.leaderboards import service as leaderboards
from community.privacy import withdrawals
from community.review import service as review
from community.review.errors import AuthorDisagrees
from community.review.rules import Approval
from community.submissions import removal
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.consent.story import board, document, years_ago
from tests.support.backends import make_settings
from tests.support.story import (
    FAIR_SCORES,
    create_community,
    create_draft,
    create_in_review,
    create_person,
    create_published,
    create_submitted,
    get_open_case,
    list_pending_effects,
    list_rows,
    read_tables,
    reload_submission,
    run_concurrently,
)  # fmt: skip

SETTINGS = make_settings()


async def test_what_is_wrong_is_corrected_and_the_rest_left(database):
    one = await create_person("阿明")
    await people.edit(one, born_on="1980-02-29")
    await people.edit(one, nickname=" 明 ")
    found = await guardians.find_private(one)
    assert (found.nickname, found.born_on, found.needs_guardian) == ("明", "1980-02-29", False)


@pytest.mark.parametrize(
    "born", ["", "x", "2020-13-01", "20200101", "1800-01-01", "2999-01-01", "2020-1-1", "2021-02-29"]
)
async def test_a_date_of_birth_that_cannot_be_is_refused(database, born):
    one = await create_person()
    with pytest.raises(InvalidInput) as refusal:
        await people.edit(one, born_on=born)
    assert refusal.value.path == ("bornOn",)
    assert (await guardians.find_private(one)).born_on is None


async def child():
    one = await create_person("娃娃")
    await people.edit(one, born_on=years_ago(10))
    return one


async def adult(years=40):
    one = await create_person("家长")
    await people.edit(one, born_on=years_ago(years))
    return one


async def test_a_child_agrees_to_nothing_and_takes_no_part_before_a_guardian_confirms(database):
    place = await create_community()
    made = await document()
    one = place.resident.person_id
    await people.edit(one, born_on=years_ago(10))
    for work in (consents.give(one, document_id=made.id), create_submitted(place)):
        with pytest.raises(GuardianNeeded):
            await work
    code = await guardians.create_guardian_code(SETTINGS, one)
    await guardians.confirm_child(SETTINGS, await adult(), code=f" {code.code[:4].lower()}-{code.code[4:]}")
    await consents.give(one, document_id=made.id)
    assert await create_submitted(place)


async def test_a_child_needs_a_guardian_where_no_document_is_published_too(database):
    place = await create_community()
    await create_published(place)
    await people.edit(place.resident.person_id, born_on=years_ago(13))
    for purpose in ConsentPurpose:
        assert not await consents.has_consent(place.resident.person_id, purpose)
    await leaderboards.rebuild_all()
    assert await board(place) == []


async def test_withdrawal_of_an_erased_person_is_refused(database):
    one = await create_person()
    await people.erase(one)
    with pytest.raises(SessionEnded):
        await consents.withdraw(one, purpose=ConsentPurpose.SERVICE)


async def test_revocation_for_an_erased_child_finds_nothing(database):
    one, parent = await child(), await adult()
    await guardians.confirm_child(SETTINGS, parent, code=(await guardians.create_guardian_code(SETTINGS, one)).code)
    await people.erase(one)
    before = await read_tables()
    with pytest.raises(NotFound):
        await withdrawals.revoke_child_confirmation(parent, child_id=one)
    assert await read_tables() == before


async def test_a_child_does_not_grow_by_a_correction(database):
    one = await child()
    with pytest.raises(GuardianNeeded):
        await people.edit(one, born_on="1980-01-01")
    await people.edit(one, born_on=years_ago(9))
    assert (await guardians.find_private(one)).needs_guardian


async def test_a_child_for_whom_a_guardian_confirmed_does_not_either(database):
    one, parent = await child(), await adult()
    await guardians.confirm_child(SETTINGS, parent, code=(await guardians.create_guardian_code(SETTINGS, one)).code)
    before = await read_tables("person", "guardianship")
    for older in (years_ago(14), "1980-01-01"):
        with pytest.raises(GuardianNeeded) as refusal:
            await people.edit(one, born_on=older)
        assert refusal.value.path == ("bornOn",)
    assert await read_tables("person", "guardianship") == before
    await people.edit(one, born_on=years_ago(9), nickname="小娃")
    assert (await guardians.find_private(one)).guardian_confirmed_at is not None


async def test_two_corrections_at_once_lose_neither(database):
    one = await create_person("阿明")
    await run_concurrently(people.edit(one, born_on=years_ago(10)), people.edit(one, nickname="小娃"))
    found = await guardians.find_private(one)
    assert (found.nickname, found.born_on) == ("小娃", years_ago(10))


async def test_a_child_that_has_its_birthday_needs_nobody_any_more(database):
    one = await child()
    with clock.at(clock.now() + timedelta(days=5 * 366)):
        assert not (await guardians.find_private(one)).needs_guardian
        assert await consents.has_consent(one, ConsentPurpose.PUBLICATION)


async def test_a_guardian_is_another_adult_who_has_said_so(database):
    code = (await guardians.create_guardian_code(SETTINGS, await child())).code
    for unsuitable in (await create_person(), await adult(17), await child()):
        with pytest.raises(GuardianUnsuitable):
            await guardians.confirm_child(SETTINGS, unsuitable, code=code)
    for wrong in ("", "AAAAAAAA", "字"):
        with pytest.raises(GuardianCodeInvalid):
            await guardians.confirm_child(SETTINGS, await adult(), code=wrong)


async def test_a_guardians_code_is_good_once_for_a_day_and_kept_as_a_digest(database):
    one, parent = await child(), await adult()
    old = (await guardians.create_guardian_code(SETTINGS, one)).code
    code = (await guardians.create_guardian_code(SETTINGS, one)).code
    assert code not in str(await list_rows("guardianship"))
    with pytest.raises(GuardianCodeInvalid):
        await guardians.confirm_child(SETTINGS, parent, code=old)
    with clock.at(clock.now() + guardians.GUARDIAN_CODE_LIFETIME), pytest.raises(GuardianCodeInvalid):
        await guardians.confirm_child(SETTINGS, parent, code=code)
    await guardians.confirm_child(SETTINGS, parent, code=code)
    assert await guardians.list_dependants(parent) == [one]
    with pytest.raises(GuardianCodeInvalid):
        await guardians.confirm_child(SETTINGS, await adult(), code=code)
    with pytest.raises(InvalidInput):
        await guardians.create_guardian_code(SETTINGS, one)


async def test_a_guardian_takes_it_back_and_nobody_elses(database):
    one, parent = await child(), await adult()
    await guardians.confirm_child(SETTINGS, parent, code=(await guardians.create_guardian_code(SETTINGS, one)).code)
    with pytest.raises(NotFound):
        await guardians.revoke_child_confirmation(await adult(), child_id=one)
    await guardians.revoke_child_confirmation(parent, child_id=one)
    assert (await guardians.find_private(one)).needs_guardian
    with pytest.raises(NotFound):
        await guardians.revoke_child_confirmation(parent, child_id=one)


async def test_what_a_child_has_published_comes_off_with_its_guardians_word(database):
    place = await create_community()
    one, parent = place.resident.person_id, await adult()
    await people.edit(one, born_on=years_ago(10))
    await guardians.confirm_child(SETTINGS, parent, code=(await guardians.create_guardian_code(SETTINGS, one)).code)
    public, waiting, others = (
        await create_published(place),
        await create_in_review(place),
        await create_published(place, author=place.other),
    )
    case = await get_open_case(waiting)
    await guardians.revoke_child_confirmation(parent, child_id=one)
    assert await list_pending_effects("effects.take_back_publications") == [{"person_id": one}]
    with pytest.raises(AuthorDisagrees):
        await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert await removal.withdraw_all(one) == 2
    states = [(await reload_submission(row)).state for row in (public, waiting, others)]
    assert states == [SubmissionState.WITHDRAWN, SubmissionState.WITHDRAWN, SubmissionState.PUBLISHED]


async def test_the_feed_is_without_it_as_soon_as_the_word_is_taken_back(database):
    place = await create_community()
    one, parent = place.resident.person_id, await adult()
    await people.edit(one, born_on=years_ago(10))
    await guardians.confirm_child(SETTINGS, parent, code=(await guardians.create_guardian_code(SETTINGS, one)).code)
    public = await create_published(place)
    stranger = await adult()
    before = await read_tables()
    with pytest.raises(NotFound):
        await withdrawals.revoke_child_confirmation(stranger, child_id=one)
    assert await read_tables() == before
    await withdrawals.revoke_child_confirmation(parent, child_id=one)
    assert (await reload_submission(public)).state is SubmissionState.WITHDRAWN


async def test_who_says_they_are_a_child_after_joining_does_not_take_part_either(database):
    place = await create_community()
    row = await create_published(place, author=place.other)
    one = place.resident
    await people.edit(one.person_id, born_on=years_ago(10))
    before = await read_tables()
    for work in (likes.like(one, row.id), create_draft(place), create_submitted(place)):
        with pytest.raises(GuardianNeeded):
            await work
    assert await read_tables() == before
    await likes.unlike(one, row.id)
    code = await guardians.create_guardian_code(SETTINGS, one.person_id)
    await guardians.confirm_child(SETTINGS, await adult(), code=code.code)
    assert (await likes.like(one, row.id)).like_count == 1


async def test_nobody_who_is_grown_up_asks_for_a_guardian(database):
    for one in (await create_person(), await adult()):
        with pytest.raises(InvalidInput):
            await guardians.create_guardian_code(SETTINGS, one)


async def test_a_ban_needs_a_person_and_a_reason(database):
    with pytest.raises(NotFound):
        await people.ban(99, reason="广告")
    with pytest.raises(NotFound):
        await people.unban(99)
    one = await create_person()
    with pytest.raises(InvalidInput):
        await people.ban(one, reason="")
    assert [row["banned_at"] for row in await list_rows("person")] == [None]
