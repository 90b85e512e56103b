"""Service tokens, their secrets, scopes and revocation."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from community.accounts import people
from community.communities import memberships, roles, service_access, service_tokens
from community.communities.errors import LeadersOnly, OutOfScope, OwnToken
from community.communities.models import Role, ServiceScope, TokenState
from community.communities.service_access import authenticate, require_scope
from community.communities.service_tokens import create, create_as_operator, revoke
from community.kernel import audit, clock, db
from community.kernel.errors import InvalidInput, NotFound, Unauthenticated
from community.kernel.paging import PageRequest
from tests.support.story import add_member, assert_refused, create_community, list_rows, read_all_pages, read_tables

REPORT, MOVE = ServiceScope


@pytest.fixture
async def place(database):
    return await create_community()


def create_token(place, *, by=None, name="订货系统", scopes=(REPORT,)):
    return create(by or place.leader, name=name, scopes=list(scopes))


async def test_a_token_says_whose_it_is_and_what_it_is_good_for(place):
    new = await create_token(place, name=" 订货系统 ", scopes=[MOVE, REPORT, MOVE])
    row = await service_tokens.approve_as_operator(place.id, new.row.id)
    assert (new.row.name, new.row.scopes, new.row.community_id, new.row.created_by, new.row.revoked_at) == (
        "订货系统", ["MOVE_POINTS", "REPORT_INTERACTIONS"], place.id, place.leader.id, None,
    )  # fmt: skip
    assert await authenticate(new.secret) == row


async def refuse_use(new):
    """Return why the token is refused, before and in a transaction."""
    with pytest.raises(Unauthenticated) as outside:
        await authenticate(new.secret)
    with pytest.raises(Unauthenticated) as inside:
        await db.transaction(lambda: service_access.lock_usable(new.row))
    assert outside.value.reason == inside.value.reason
    return outside.value.reason


async def test_token_that_moves_points_waits(place):
    new = await create_token(place, scopes=[MOVE])
    assert new.row.state is TokenState.WAITING
    assert await refuse_use(new) == "service_token_waiting"
    assert (await create_token(place, scopes=[REPORT])).row.state is TokenState.ACTIVE


async def test_maker_cannot_approve_their_token(place):
    new = await create_token(place, scopes=[MOVE])
    await assert_refused(OwnToken, service_tokens.approve(place.leader, new.row.id))
    assert await refuse_use(new) == "service_token_waiting"


async def test_resident_cannot_approve_a_token(place):
    new = await create_token(place, scopes=[MOVE])
    await assert_refused(LeadersOnly, service_tokens.approve(place.resident, new.row.id))


async def test_second_leader_approves_a_token(place):
    new, second = await create_token(place, scopes=[MOVE]), await add_member(place, role=Role.LEADER)
    row = await service_tokens.approve(second, new.row.id)
    assert (row.state, row.approved_by) == (TokenState.ACTIVE, second.id)
    assert (await authenticate(new.secret)).id == new.row.id
    assert await service_tokens.approve(second, new.row.id) == await service_tokens.get(place.id, row.id)
    trail = await audit.list_events(place.id, subject="service_token", subject_id=row.id)
    assert [(event.action, event.actor_id) for event in trail] == [
        ("service_token.create", place.leader.id), ("service_token.approve", second.id),
    ]  # fmt: skip


async def test_token_of_operator_needs_no_approval(place):
    new = await create_as_operator(place.id, name="店", scopes=[MOVE])
    assert (await authenticate(new.secret)).state is TokenState.ACTIVE


async def end_role(place, second):
    await roles.take_role(second, place.leader.id, role=Role.LEADER)


async def leave(place, second):
    del second
    await memberships.leave(place.leader)


async def ban(place, second):
    del second
    await people.ban(place.leader.person_id, reason="广告")


async def erase(place, second):
    del second
    await people.erase(place.leader.person_id)


@pytest.mark.parametrize("end", [end_role, leave, ban, erase])
async def test_token_is_suspended_with_its_maker(place, end):
    second = await add_member(place, role=Role.LEADER)
    new = await create_token(place)
    await end(place, second)
    assert (await service_tokens.get(place.id, new.row.id)).state is TokenState.SUSPENDED
    assert await refuse_use(new) == "service_token_suspended"


async def test_token_works_again_with_its_maker(place):
    second = await add_member(place, role=Role.LEADER)
    new = await create_token(place)
    await roles.take_role(second, place.leader.id, role=Role.LEADER)
    await roles.give_role(second, place.leader.id, role=Role.LEADER)
    assert (await authenticate(new.secret)).state is TokenState.ACTIVE


async def test_token_expires(place):
    new = await create(place.leader, name="店", scopes=[REPORT], days=2)
    with clock.at(new.row.created_at + timedelta(days=2)):
        assert await refuse_use(new) == "service_token_expired"
    with clock.at(new.row.created_at + timedelta(days=2, seconds=-1)):
        assert await authenticate(new.secret)


@pytest.mark.parametrize("days", [0, -1, service_tokens.MAX_TOKEN_DAYS + 1])
async def test_token_lasts_at_most_a_year(place, days):
    call = create(place.leader, name="店", scopes=[REPORT], days=days)
    assert (await assert_refused(InvalidInput, call)).path == ("days",)


async def test_last_use_is_saved_once_a_minute(place):
    new = await create_token(place)
    begin = new.row.created_at
    uses = []
    for seconds in (0, 30, 58, 61, 63):
        with clock.at(begin + timedelta(seconds=seconds)):
            await authenticate(new.secret)
        used_at = (await service_tokens.get(place.id, new.row.id)).last_used_at
        uses.append(round((used_at - begin).total_seconds()))
    assert uses == [0, 0, 0, 61, 61]


async def test_refused_token_has_no_last_use(place):
    new = await create_token(place, scopes=[MOVE])
    await refuse_use(new)
    assert (await service_tokens.get(place.id, new.row.id)).last_used_at is None


async def test_only_a_digest_is_kept(place):
    new = await create_token(place)
    kept = str(await read_tables())
    assert new.secret.startswith("cst_")
    assert len(new.secret) >= 40
    assert new.secret not in kept
    assert new.secret.removeprefix("cst_") not in kept
    assert (await list_rows("service_token"))[0]["digest"] == hashlib.sha256(new.secret.encode()).hexdigest()


async def test_no_two_tokens_are_the_same(place):
    assert len({(await create_token(place)).secret for _ in range(20)}) == 20


async def test_a_token_is_written_down_without_its_secret(place):
    new = await create_token(place)
    (row,) = await audit.list_events(place.id, subject="service_token", subject_id=new.row.id)
    assert (row.action, row.actor_id, row.detail) == (
        "service_token.create", place.leader.id, {"scopes": ["REPORT_INTERACTIONS"]},
    )  # fmt: skip


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "A", lambda s: s.lower(), lambda s: s[4:],
                                    lambda _: "cst_", lambda _: ""])  # fmt: skip
async def test_what_is_not_the_token_itself_is_nobodys(place, change):
    new = await create_token(place)
    with pytest.raises(Unauthenticated):
        await authenticate(change(new.secret))


async def test_the_digest_is_no_token(place):
    await create_token(place)
    digest = (await list_rows("service_token"))[0]["digest"]
    for guess in (digest, f"cst_{digest}"):
        with pytest.raises(Unauthenticated):
            await authenticate(guess)


async def test_a_token_is_good_for_its_scopes(place):
    row = (await create_token(place, scopes=[REPORT])).row
    assert require_scope(row, REPORT) is row
    with pytest.raises(OutOfScope):
        require_scope(row, MOVE)


async def test_a_token_is_good_for_something(place):
    assert (await assert_refused(InvalidInput, create_token(place, scopes=[]))).path == ("scopes",)


@pytest.mark.parametrize("name", ["", " ", "字" * 41, "两\n行"])
async def test_a_token_has_a_name(place, name):
    assert (await assert_refused(InvalidInput, create_token(place, name=name))).path == ("name",)


async def test_a_revoked_token_is_worth_nothing_at_once_and_stays_on_record(place):
    new, other = await create_token(place), await create_token(place)
    before = clock.now()
    gone = await revoke(place.leader, new.row.id)
    assert before <= gone.revoked_at <= clock.now()
    with pytest.raises(Unauthenticated):
        await authenticate(new.secret)
    assert await authenticate(other.secret) == other.row
    listed = (await service_tokens.list_all(place.leader, PageRequest())).rows
    assert [(row.id, row.revoked_at is None) for row in listed] == [(new.row.id, False), (other.row.id, True)]
    assert [row.action for row in await audit.list_events(place.id, subject="service_token", subject_id=gone.id)] == [
        "service_token.create", "service_token.revoke",
    ]  # fmt: skip


async def test_revoking_again_changes_nothing(place):
    new = await create_token(place)
    gone = await revoke(place.leader, new.row.id)
    before = await read_tables()
    assert await revoke(place.leader, new.row.id) == gone
    assert await read_tables() == before


async def test_only_leaders_make_see_and_revoke(place):
    new = await create_token(place)
    expert = await add_member(place, role=Role.EXPERT)
    for actor in (place.resident, expert):
        await assert_refused(LeadersOnly, create_token(place, by=actor))
        await assert_refused(LeadersOnly, revoke(actor, new.row.id))
        await assert_refused(LeadersOnly, service_tokens.list_all(actor, PageRequest()))
    assert await authenticate(new.secret) == new.row


async def test_another_communitys_leader_finds_no_token(place):
    elsewhere = await create_community()
    new = await create_token(place)
    for call in (revoke(elsewhere.leader, new.row.id), service_tokens.get(elsewhere.id, new.row.id)):
        assert (await assert_refused(NotFound, call)).path == ("serviceTokenId",)
    assert (await service_tokens.list_all(elsewhere.leader, PageRequest())).rows == []
    assert await authenticate(new.secret) == new.row


async def test_the_operators_token_is_as_good_and_a_leader_may_revoke_it(place):
    new = await create_as_operator(place.id, name="平台", scopes=[MOVE])
    assert (new.row.created_by, await authenticate(new.secret)) == (None, new.row)
    await revoke(place.leader, new.row.id)
    with pytest.raises(Unauthenticated):
        await authenticate(new.secret)


async def test_tokens_are_listed_oldest_first_page_by_page(place):
    wanted = [(await create_token(place, name=f"系统{number}")).row.id for number in range(5)]
    rows = await read_all_pages(lambda request: service_tokens.list_all(place.leader, request), first=2)
    assert [row.id for row in rows] == wanted
