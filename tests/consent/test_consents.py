"""Consents, their documents, and what stops without them."""

from __future__ import annotations

import pytest

from community.accounts import logins, phones
from community.accounts.models import Platform
from community.communities import invitations, memberships
from community.communities.queries import get_member
from community.communities.settings import JoiningPolicy
from community.consent import consents, documents, phone_binding
from community.consent.errors import ConsentMissing
from community.consent.models import ConsentPurpose
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.leaderboards import service as leaderboards
from community.media import avatars
from community.points import queries as points
from community.privacy import withdrawals
from community.review import service as review
from community.review.errors import AuthorDisagrees
from community.review.rules import Approval
from community.submissions import removal, write
from community.submissions.feed import list_feed
from community.submissions.models import SubmissionState
from community.submissions.reactions import likes
from tests.consent.story import board, document
from tests.support import bank
from tests.support.backends import make_settings
from tests.support.pictures import create_ready_picture, upload_picture
from tests.support.story import (
    FAIR_SCORES,
    add_revision,
    create_community,
    create_draft,
    create_in_review,
    create_person,
    create_published,
    create_submitted,
    get_open_case,
    list_pending_effects,
    list_rows,
    make_content,
    read_tables,
    refuse_case,
    reload_submission,
    run_concurrently,
    run_effects,
    start_new_day,
)  # fmt: skip

SETTINGS = make_settings()


async def test_nothing_rests_on_what_has_not_been_published(database):
    one = await create_person()
    for purpose in ConsentPurpose:
        assert await consents.has_consent(one, purpose)
        await consents.require_consent(one, purpose)


async def test_a_document_asks_everybody_until_they_agree_and_again_when_they_withdraw(database):
    one, made = await create_person(), await document()
    with pytest.raises(ConsentMissing):
        await consents.require_consent(one, ConsentPurpose.PUBLICATION)
    await consents.give(one, document_id=made.id)
    await consents.require_consent(one, ConsentPurpose.PUBLICATION)
    assert not await consents.has_consent(await create_person(), ConsentPurpose.PUBLICATION)
    await consents.withdraw(one, purpose=ConsentPurpose.PUBLICATION)
    assert not await consents.has_consent(one, ConsentPurpose.PUBLICATION)
    (row,) = await consents.list_own(one)
    assert row.withdrawn_at is not None


async def test_a_version_that_renews_asks_anew_and_one_that_does_not_lets_be(database):
    one, first = await create_person(), await document()
    assert (first.version, first.renews) == (1, True)
    await consents.give(one, document_id=first.id)
    second = await document(text="改了一个字。")
    assert (second.version, second.renews) == (2, False)
    assert await consents.has_consent(one, ConsentPurpose.PUBLICATION)
    third = await document(text="改了很多。", renews=True)
    assert not await consents.has_consent(one, ConsentPurpose.PUBLICATION)
    with pytest.raises(Conflict):
        await consents.give(one, document_id=second.id)
    await consents.give(one, document_id=third.id)
    assert await consents.has_consent(one, ConsentPurpose.PUBLICATION)
    assert [(row.document_id, row.withdrawn_at is None) for row in await consents.list_own(one)] == [
        (third.id, True), (first.id, False),
    ]  # fmt: skip
    assert [row.version for row in await documents.list_documents()] == [3]


async def test_agreeing_and_withdrawing_again_change_nothing(database):
    one, made = await create_person(), await document()
    found = await run_concurrently(*(consents.give(one, document_id=made.id) for _ in range(5)))
    assert len({row.id for row in found}) == 1
    before = await read_tables("consent")
    await consents.give(one, document_id=made.id)
    assert await read_tables("consent") == before
    await consents.withdraw(one, purpose=ConsentPurpose.PUBLICATION)
    before = await read_tables("consent", "outbox_effect")
    await consents.withdraw(one, purpose=ConsentPurpose.PUBLICATION)
    assert await read_tables("consent", "outbox_effect") == before


async def test_what_is_not_there_cannot_be_agreed_to(database):
    with pytest.raises(NotFound):
        await consents.give(await create_person(), document_id=9)


async def test_one_purpose_says_nothing_of_another(database):
    one = await create_person()
    made = [await document(purpose) for purpose in ConsentPurpose]
    await consents.give(one, document_id=made[0].id)
    assert [await consents.has_consent(one, purpose) for purpose in ConsentPurpose] == [True, False, False, False]


async def test_a_document_needs_words(database):
    for wrong in ({"title": ""}, {"title": "字" * 61}, {"text": ""}, {"text": "字" * 20_001}):
        with pytest.raises(InvalidInput):
            await document(**wrong)
    assert await list_rows("consent_document") == []


async def test_joining_rests_on_consent_to_the_service(database):
    place = await create_community(joining=JoiningPolicy.OPEN)
    invitation = await invitations.invite(place.leader, uses=5)
    made = await document(ConsentPurpose.SERVICE)
    one = await create_person()
    before = await read_tables()
    for work in (
        memberships.join(one, invitation_code=invitation.code),
        memberships.join_open(one, community_id=place.id),
    ):
        with pytest.raises(ConsentMissing):
            await work
    assert await read_tables() == before
    await consents.give(one, document_id=made.id)
    assert await memberships.join(one, invitation_code=invitation.code)


async def test_taking_part_rests_on_consent_to_the_service_and_belonging_does_not(database):
    place = await create_community()
    row = await create_published(place, author=place.other)
    one = place.resident
    made = await document(ConsentPurpose.SERVICE)
    await consents.give(one.person_id, document_id=made.id)
    draft = await create_draft(place)
    await likes.like(one, row.id)
    await consents.withdraw(one.person_id, purpose=ConsentPurpose.SERVICE)
    before = await read_tables()
    for work in (
        likes.like(one, row.id),
        create_draft(place),
        create_submitted(place),
        write.submit(one, draft.id, version=draft.version),
    ):
        with pytest.raises(ConsentMissing):
            await work
    assert await read_tables() == before
    assert (await get_member(one.person_id, place.id)).left_at is None
    await consents.give(one.person_id, document_id=made.id)
    await write.submit(one, draft.id, version=draft.version)


async def test_a_number_goes_with_the_consent_to_the_service(connected, platforms):
    made = await document(ConsentPurpose.SERVICE)
    who = []
    for name, number in (("壬", "13912345678"), ("癸", "13700000000")):
        who.append(await logins.login(connected, Platform.WECHAT, platforms.wechat.code(name)))
        await consents.give(who[-1], document_id=made.id)
        await phone_binding.bind(connected, who[-1], platforms.wechat.phone_code(number))
    await consents.withdraw(who[0], purpose=ConsentPurpose.NOTICES)
    assert await phones.find(connected, who[0]) is not None
    await consents.withdraw(who[0], purpose=ConsentPurpose.SERVICE)
    assert await phones.find(connected, who[0]) is None
    assert await phones.find(connected, who[1]) is not None


async def test_sending_in_rests_on_consent_to_publication(database):
    place = await create_community()
    draft, waiting = await create_draft(place), await create_in_review(place)
    await document()
    before = await read_tables()
    author = place.resident
    for work in (
        create_submitted(place),
        write.submit(author, draft.id, version=draft.version),
        add_revision(waiting, author),
    ):
        with pytest.raises(ConsentMissing):
            await work
    assert await read_tables() == before
    # A draft needs no consent, because only its author sees it.
    await create_draft(place)
    await write.edit(author, draft.id, version=draft.version, content=make_content(title="改"))


async def test_a_withdrawn_consent_takes_back_what_is_public_or_on_its_way(database):
    place = await create_community()
    made = await document()
    for member in (place.resident, place.other):
        await consents.give(member.person_id, document_id=made.id)
    public, waiting = await create_published(place), await create_in_review(place)
    draft, others = await create_draft(place), await create_published(place, author=place.other)
    await consents.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    assert await list_pending_effects("effects.take_back_publications") == [{"person_id": place.resident.person_id}]
    assert await removal.withdraw_all(place.resident.person_id) == 2
    assert await removal.withdraw_all(place.resident.person_id) == 0
    await run_effects()
    states = [(await reload_submission(row)).state for row in (public, waiting, draft, others)]
    assert states == [
        SubmissionState.WITHDRAWN,
        SubmissionState.WITHDRAWN,
        SubmissionState.DRAFT,
        SubmissionState.PUBLISHED,
    ]
    assert [row["state"] for row in await list_rows("review_case") if row["submission_id"] == waiting.id] == [
        "SUPERSEDED"
    ]


async def test_what_waits_is_not_approved_without_its_authors_consent(database):
    place = await create_community()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    waiting, sent_back = await create_in_review(place), await create_in_review(place)
    await consents.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    case = await get_open_case(waiting)
    before = await read_tables()
    with pytest.raises(AuthorDisagrees):
        await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert await read_tables() == before
    # Returning it publishes nothing, so it needs no consent of the author.
    await refuse_case(place, sent_back, SubmissionState.RETURNED)
    await consents.give(place.resident.person_id, document_id=made.id)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    assert (await reload_submission(waiting)).state is SubmissionState.PUBLISHED


async def test_the_feed_is_without_it_as_soon_as_the_consent_is_withdrawn(database):
    place = await create_community()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    public, waiting = await create_published(place), await create_in_review(place)
    await withdrawals.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    assert [(await reload_submission(row)).state for row in (public, waiting)] == [SubmissionState.WITHDRAWN] * 2
    assert (await list_feed(place.community, PageRequest())).rows == []
    assert await removal.withdraw_all(place.resident.person_id) == 0
    assert await bank.find_violations() == {}


async def test_one_that_was_never_given_takes_nothing_back(database):
    place = await create_community()
    row = await create_published(place)
    await document()
    before = await read_tables()
    await withdrawals.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    assert await read_tables() == before
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED


async def test_withdrawing_and_approving_at_once_publish_nothing(database):
    place = await create_community()
    made = await document()
    for _ in range(4):
        await consents.give(place.resident.person_id, document_id=made.id)
        waiting = await create_in_review(place)
        case = await get_open_case(waiting)
        await run_concurrently(
            withdrawals.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION),
            review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES)),
        )
        assert (await reload_submission(waiting)).state is SubmissionState.WITHDRAWN
    assert await bank.find_violations() == {}


async def test_more_than_a_hundred_are_left_to_the_job(database):
    place = await create_community()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    for _ in range(102):
        await start_new_day()
        await create_submitted(place)
    await withdrawals.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    left = [row for row in await list_rows("submission") if row["state"] != "WITHDRAWN"]
    assert len(left) == 2
    assert await list_pending_effects("effects.take_back_publications") == [{"person_id": place.resident.person_id}]
    assert await removal.withdraw_all(place.resident.person_id) == 2


async def test_what_is_taken_back_takes_its_pictures_and_its_points_with_it(database):
    place = await create_community()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    shown, worn = await create_ready_picture(place.resident, 1), await create_ready_picture(place.resident, 2)
    await create_published(place, media_ids=(shown,))
    await avatars.set_avatar(place.resident.person_id, worn)
    (account,) = await points.list_accounts(place.id, [place.resident.id])
    assert account.balance > 0
    await consents.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    await removal.withdraw_all(place.resident.person_id)
    (account,) = await points.list_accounts(place.id, [place.resident.id])
    assert (account.balance, account.debt) == (0, 0)
    assert {row["id"]: row["state"] for row in await list_rows("media")} == {shown: "REMOVED", worn: "REMOVED"}
    assert await list_rows("media_use") == []
    assert await bank.find_violations() == {}


async def test_pictures_rest_on_consent_to_publication(database):
    place = await create_community()
    person_id = place.resident.person_id
    before_it = await upload_picture(place.resident, 1)
    await document()
    before = await read_tables()
    for work in (upload_picture(place.resident, 2), avatars.set_avatar(person_id, before_it)):
        with pytest.raises(ConsentMissing):
            await work
    assert await read_tables() == before
    # A repeated upload gets its earlier answer. Removing an avatar needs no consent.
    assert await upload_picture(place.resident, 1) == before_it
    await avatars.set_avatar(person_id, None)


async def test_a_consent_that_is_given_again_in_time_keeps_what_was_published(database):
    place = await create_community()
    made = await document()
    await consents.give(place.resident.person_id, document_id=made.id)
    row = await create_published(place)
    await consents.withdraw(place.resident.person_id, purpose=ConsentPurpose.PUBLICATION)
    await consents.give(place.resident.person_id, document_id=made.id)
    assert await removal.withdraw_all(place.resident.person_id) == 0
    assert (await reload_submission(row)).state is SubmissionState.PUBLISHED


async def test_a_board_shows_those_who_agree_to_it(database):
    place = await create_community()
    for member in (place.resident, place.other):
        await create_published(place, author=member)
    await leaderboards.rebuild_all()
    assert await board(place) == [place.resident.id, place.other.id]
    made = await document(ConsentPurpose.LEADERBOARDS)
    assert await list_pending_effects("leaderboards.rebuild_all") == [{}]
    await leaderboards.rebuild_all()
    assert await board(place) == []
    await consents.give(place.other.person_id, document_id=made.id)
    assert {"person_id": place.other.person_id} in await list_pending_effects("leaderboards.rebuild_person")
    await leaderboards.queue_person_updates(place.other.person_id)
    await leaderboards.apply_pending(max_failures=1)
    assert await board(place) == [place.other.id]
    # Points earned while the member is hidden are not shown. They count again afterwards.
    await create_published(place, author=place.resident)
    assert await board(place) == [place.other.id]
    assert await leaderboards.compare_with_ledger(place.community)
    await consents.give(place.resident.person_id, document_id=made.id)
    await leaderboards.queue_person_updates(place.resident.person_id)
    await leaderboards.apply_pending(max_failures=1)
    assert await board(place) == [place.resident.id, place.other.id]
    await consents.withdraw(place.other.person_id, purpose=ConsentPurpose.LEADERBOARDS)
    await leaderboards.queue_person_updates(place.other.person_id)
    await leaderboards.apply_pending(max_failures=1)
    assert await board(place) == [place.resident.id]
