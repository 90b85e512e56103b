"""Endorsements: who may give them for what, their points, board, queue and requests."""

from __future__ import annotations

import pytest

from community.communities import invitations, memberships, nicknames
from community.communities.errors import LeadersOnly
from community.experts import credentials, endorsements, queries
from community.experts.credentials import CredentialAction
from community.experts.errors import AlreadyEndorsed, CredentialNotCurrent, OutsideCredential, OwnContent
from community.experts.models import CredentialState
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, InvalidInput, NotFound
from community.kernel.paging import PageRequest
from community.leaderboards import service as leaderboards
from community.points.queries import list_accounts_of
from community.scores.models import BoardKind
from community.scores.periods import PeriodKind
from community.submissions import feed, removal
from community.submissions.feed import FeedFilter
from community.submissions.models import SubmissionKind
from tests.experts.story import apply_for, endorse, follow, in_days, make_expert, publish_edit
from tests.support.bank import find_violations
from tests.support.boards import list_top
from tests.support.story import (
    assert_refused,
    create_community,
    create_draft,
    create_person,
    create_published,
    list_rows,
    run_concurrently,
    run_effects,
)


@pytest.fixture
async def place(database):
    """Return a community with an author, an expert and another resident."""
    return await create_community(residents=3)


@pytest.fixture
async def row(place):
    """Return a publication of the first resident."""
    return await create_published(place)


async def read_balances(place):
    return [account.balance for account in await list_accounts_of([place.resident, place.other])]


async def test_own_content_is_never_endorsed(place, row):
    own = await make_expert(place.resident)
    await assert_refused(OwnContent, endorse(place.resident, row, own))


@pytest.mark.parametrize("scope", [{"kinds": [SubmissionKind.RECIPE]}, {"tags": ["烘焙"]}])
async def test_other_scope_is_refused(place, row, scope):
    credential = await make_expert(place.other, **scope)
    await assert_refused(OutsideCredential, endorse(place.other, row, credential))
    await assert_refused(OutsideCredential, endorsements.request(place.leader, row.id, expert_id=place.other.id))


async def test_tag_in_scope_is_enough(place, row):
    credential = await make_expert(place.other, tags=["烘焙", "种菜"])
    assert (await endorse(place.other, row, credential)).capacity == "厨师"


async def test_credential_of_another_is_unknown(place, row):
    credential = await make_expert(place.residents[2])
    await assert_refused(NotFound, endorse(place.other, row, credential))


async def test_draft_is_not_endorsed(place):
    credential, draft = await make_expert(place.other), await create_draft(place)
    await assert_refused(NotFound, endorse(place.other, draft, credential, revision=1))


async def test_read_revision_must_be_the_published_one(place, row):
    credential = await make_expert(place.other)
    await publish_edit(place, row, text="每天浇两次水。")
    await assert_refused(Conflict, endorse(place.other, row, credential))


async def test_second_endorsement_is_refused(place, row):
    credential = await make_expert(place.other)
    await endorse(place.other, row, credential)
    await assert_refused(AlreadyEndorsed, endorse(place.other, row, credential))


async def test_concurrent_endorsements_leave_one(place, row):
    credential = await make_expert(place.other)
    found = await run_concurrently(*(endorse(place.other, row, credential) for _ in range(3)))
    assert sum(isinstance(one, AlreadyEndorsed) for one in found) == 2
    assert len(await list_rows("endorsement")) == 1
    assert await find_violations() == {}


async def test_both_sides_are_paid_once(place, row):
    credential = await make_expert(place.other)
    before = await read_balances(place)
    made = await endorse(place.other, row, credential)
    paid = [before[0] + 10, before[1] + 5]
    assert await read_balances(place) == paid
    await endorsements.withdraw(place.other, made.id, reason="看错了")
    assert await read_balances(place) == before
    await endorse(place.other, row, credential)
    assert await read_balances(place) == paid
    row = await publish_edit(place, row, text="每天浇两次水。")
    await endorse(place.other, row, credential)
    assert await read_balances(place) == [paid[0], paid[1]]
    await removal.remove(place.leader, row.id, version=row.version, reason="广告")
    await follow()
    assert (await read_balances(place))[1] == before[1]
    assert await find_violations() == {}


async def test_board_counts_endorsements_given(place, row):
    credential = await make_expert(place.other)
    made = await endorse(place.other, row, credential)
    other = await create_published(place, title="辣椒")
    await endorse(place.other, other, credential)
    await run_effects()
    board = BoardKind.ENDORSEMENTS_GIVEN
    assert [e.score for e in await list_top(place.community, PeriodKind.EVER, first=5, board=board)] == [2]
    await endorsements.withdraw(place.other, made.id, reason="看错了")
    await db.execute("UPDATE leaderboard_score SET score = -77 WHERE board = $1", board)
    await leaderboards.recount_all()
    assert [e.score for e in await list_top(place.community, PeriodKind.EVER, first=5, board=board)] == [1]
    assert await leaderboards.compare_with_ledger(place.community)


async def test_queue_has_what_waits_in_scope(place, row):
    credential = await make_expert(place.other)
    recipe = await create_published(place, kind=SubmissionKind.RECIPE, title="面包")
    own = await create_published(place, author=place.other, title="我的")
    later = await create_published(place, title="辣椒")

    async def list_waiting(*, requested=False):
        filters = queries.list_waiting_filters(place.other, requested_only=requested)
        only = FeedFilter(kinds=credential.kinds, tags=credential.tags, further=filters)
        return [one.id for one in (await feed.list_feed(place.community, PageRequest(9), only=only)).rows]

    assert {recipe.id, own.id}.isdisjoint(await list_waiting())
    assert await list_waiting() == [later.id, row.id]
    await endorsements.request(place.leader, row.id, expert_id=place.other.id)
    assert await list_waiting(requested=True) == [row.id]
    await endorse(place.other, row, credential)
    assert (await list_waiting(), await list_waiting(requested=True)) == ([later.id], [])
    await publish_edit(place, row, text="每天浇两次水。")
    assert await list_waiting(requested=True) == [row.id]


async def test_repeated_request_notifies_once(place, row):
    await make_expert(place.other)
    for _ in range(2):
        await endorsements.request(place.leader, row.id, expert_id=place.other.id)
    kinds = [one["kind"] for one in await list_rows("notice") if one["membership_id"] == place.other.id]
    assert kinds.count("ENDORSEMENT_REQUESTED") == 1


async def test_request_for_an_edit_notifies_again(place, row):
    await make_expert(place.other)
    await endorsements.request(place.leader, row.id, expert_id=place.other.id)
    await publish_edit(place, row, text="每天浇两次水。")
    for _ in range(2):
        await endorsements.request(place.leader, row.id, expert_id=place.other.id)
    kinds = [one["kind"] for one in await list_rows("notice") if one["membership_id"] == place.other.id]
    assert kinds.count("ENDORSEMENT_REQUESTED") == 2


async def test_residents_request_nothing(place, row):
    await make_expert(place.other)
    await assert_refused(LeadersOnly, endorsements.request(place.resident, row.id, expert_id=place.other.id))
    await assert_refused(OwnContent, endorsements.request(place.leader, row.id, expert_id=await make_own(place)))


async def make_own(place):
    await make_expert(place.resident)
    return place.resident.id


@pytest.mark.parametrize("state", [None, CredentialAction.REFUSE, CredentialAction.SUSPEND])
async def test_only_current_credentials_endorse(place, row, state):
    made = await apply_for(place.other)
    if state is CredentialAction.SUSPEND:
        await credentials.decide(made.id, CredentialAction.VERIFY)
    if state is not None:
        await credentials.decide(made.id, state, reason="证书不符")
    await assert_refused(CredentialNotCurrent, endorse(place.other, row, made))


async def test_waiting_application_is_replaced(place):
    one = await apply_for(place.other)
    two = await apply_for(place.other, profession="营养师")
    assert (two.id, two.version, two.profession) == (one.id, 2, "营养师")
    await credentials.decide(one.id, CredentialAction.REFUSE, reason="证书不符")
    assert (await apply_for(place.other)).id != one.id
    await assert_refused(CredentialNotCurrent, credentials.decide(one.id, CredentialAction.VERIFY))


async def test_application_lists_all_mistakes(place):
    given = {"profession": "", "kinds": [], "issuer": "x" * 99, "expires_on": in_days(9)}
    refusal = await assert_refused(InvalidInput, apply_for(place.other, **given))
    assert {one.path[0] for one in refusal.list_all()} == {"profession", "kinds", "issuer"}
    past = apply_for(place.other, expires_on=in_days(-2))
    assert (await assert_refused(InvalidInput, past)).path == ("expiresOn",)


async def test_expiry_is_announced_once_in_time(place):
    await make_expert(place.other, expires_on=in_days(40))
    await credentials.announce_expiring()
    assert not [row for row in await list_rows("notice") if row["kind"] == "CREDENTIAL_EXPIRING"]
    with clock.at(clock.now() + (in_days(15) - in_days(0))):
        for _ in range(2):
            await credentials.announce_expiring()
    assert len([row for row in await list_rows("notice") if row["kind"] == "CREDENTIAL_EXPIRING"]) == 1


async def test_expert_takes_no_name_of_a_member(place):
    await nicknames.edit_person(place.residents[2].person_id, nickname="李医生")
    await make_expert(place.other)
    with pytest.raises(InvalidInput) as caught:
        await nicknames.edit_person(place.other.person_id, nickname="李 医生")
    assert caught.value.reason == "nickname_of_member"
    await nicknames.edit_person(place.other.person_id, nickname="张医生")
    with pytest.raises(InvalidInput) as caught:
        await nicknames.edit_person(place.residents[2].person_id, nickname="张医生")
    assert caught.value.reason == "nickname_expert"


async def test_name_of_an_expert_does_not_join(place):
    await nicknames.edit_person(place.other.person_id, nickname="张医生")
    await make_expert(place.other)
    code = (await invitations.invite(place.leader)).code
    with pytest.raises(InvalidInput) as caught:
        await memberships.join(await create_person("张 医生"), invitation_code=code)
    assert caught.value.reason == "nickname_expert"
    await memberships.join(await create_person("李医生"), invitation_code=code)


async def test_verified_credential_stays_verified(place):
    made = await make_expert(place.other)
    assert made.state is CredentialState.VERIFIED
    refusal = await assert_refused(CredentialNotCurrent, credentials.decide(made.id, CredentialAction.VERIFY))
    assert refusal.reason == "verified"
    assert (await assert_refused(NotFound, credentials.decide(2**40, CredentialAction.VERIFY))).reason == "credential"


async def test_holder_withdraws_for_good(place, row):
    made = await make_expert(place.other)
    await endorse(place.other, row, made)
    await assert_refused(NotFound, credentials.withdraw(place.resident, made.id))
    gone = await credentials.withdraw(place.other, made.id)
    assert (gone.state, gone.version) == (CredentialState.WITHDRAWN, made.version + 1)
    assert await credentials.withdraw(place.other, made.id) == gone
    for action in CredentialAction:
        refusal = await assert_refused(
            CredentialNotCurrent, credentials.decide(made.id, action, reason="x", expires_on=in_days(9))
        )
        assert refusal.reason == "withdrawn"
    events = await audit.list_events(place.id, subject="credential", subject_id=made.id)
    assert [(one.action, one.actor_id) for one in events[-1:]] == [("credential.withdraw", place.other.id)]
    assert not [one for one in await list_rows("notice") if one["kind"] == "CREDENTIAL_WITHDRAWN"]


async def test_operator_withdraws_with_a_notice(place):
    made = await make_expert(place.other)
    gone = await credentials.decide(made.id, CredentialAction.WITHDRAW, reason="证书作废")
    assert (gone.state, gone.reason) == (CredentialState.WITHDRAWN, "证书作废")
    notices = [one["membership_id"] for one in await list_rows("notice") if one["kind"] == "CREDENTIAL_WITHDRAWN"]
    assert notices == [place.other.id]
    # The name is free again.
    await nicknames.edit_person(place.residents[2].person_id, nickname="李 医生")


async def test_withdrawn_application_is_not_verified(place):
    made = await apply_for(place.other)
    await credentials.withdraw(place.other, made.id)
    await assert_refused(CredentialNotCurrent, credentials.decide(made.id, CredentialAction.VERIFY))
    refused = await apply_for(place.other)
    await credentials.decide(refused.id, CredentialAction.REFUSE, reason="证书不符")
    await assert_refused(CredentialNotCurrent, credentials.withdraw(place.other, refused.id))
