"""Sessions, refresh tokens that are valid once, and ends with immediate effect."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.accounts import people, session_cleanup, sessions
from community.accounts.access_tokens import Bearer, verify
from community.accounts.errors import Banned, SessionEnded
from community.accounts.models import Platform
from community.kernel import clock, db
from community.kernel.errors import InvalidInput, NotFound, Unauthenticated
from community.kernel.paging import PageRequest
from community.settings import Environment
from tests.support.backends import make_settings
from tests.support.statements import record_statements
from tests.support.story import create_person, list_rows, read_tables, run_concurrently

SETTINGS = make_settings()


async def begin_session(person_id=None, **given):
    return await sessions.begin(SETTINGS, person_id or await create_person(), Platform.DEVELOPMENT, **given)


async def refresh(token):
    return await sessions.refresh(SETTINGS, token)


async def assert_ended(token):
    with pytest.raises(SessionEnded) as refusal:
        await refresh(token)
    assert refusal.value.path == ("refreshToken",)


def build_bearer(opened):
    return Bearer(opened.person_id, opened.session_id)


async def is_good(opened):
    try:
        await sessions.require_active(SETTINGS, build_bearer(opened))
    except Unauthenticated:
        return False
    return True


async def test_a_login_opens_a_session_whose_access_token_is_good(database):
    opened = await begin_session(device=" 红米 ")
    assert verify(SETTINGS, opened.access.token) == build_bearer(opened)
    assert await is_good(opened)
    (row,) = (await sessions.list_own(opened.person_id, PageRequest())).rows
    assert (row.id, row.device) == (opened.session_id, "红米")


async def test_development_session_is_not_valid_in_production(database):
    production = SETTINGS.model_copy(update={"environment": Environment.PRODUCTION})
    opened = await begin_session()
    with pytest.raises(Unauthenticated):
        await sessions.require_active(production, build_bearer(opened))
    with pytest.raises(SessionEnded):
        await sessions.refresh(production, opened.refresh)


async def test_platform_session_stays_valid_in_production(database):
    production = SETTINGS.model_copy(update={"environment": Environment.PRODUCTION})
    opened = await sessions.begin(production, await create_person(), Platform.WECHAT)
    await sessions.require_active(production, build_bearer(opened))
    assert await sessions.refresh(production, opened.refresh)


async def test_looking_at_a_session_is_one_statement_by_its_key(database):
    opened = await begin_session()
    with record_statements() as sent:
        await sessions.require_active(SETTINGS, build_bearer(opened))
    assert len(sent) == 1


async def test_a_refresh_token_is_kept_as_a_digest_alone(database):
    opened = await begin_session()
    after = await refresh(opened.refresh)
    kept = str(await read_tables("login_session", "refresh_token", "audit_event", "outbox_effect"))
    assert opened.refresh not in kept
    assert after.refresh not in kept


async def test_each_refresh_gives_another_token_of_the_same_session(database):
    opened = await begin_session()
    seen = {opened.refresh}
    for _ in range(4):
        following = await refresh(opened.refresh)
        assert (following.session_id, following.person_id) == (opened.session_id, opened.person_id)
        assert following.refresh not in seen
        seen.add(following.refresh)
        opened = following


async def test_a_refresh_lets_the_session_live_on(database):
    opened = await begin_session()
    with clock.at(clock.now() + timedelta(days=29)):
        following = await refresh(opened.refresh)
    with clock.at(clock.now() + timedelta(days=50)):
        assert await is_good(opened)
        await refresh(following.refresh)


async def test_a_session_that_is_not_refreshed_ends(database):
    opened = await begin_session()
    with clock.at(clock.now() + timedelta(seconds=SETTINGS.refresh_lifetime_s + 1)):
        assert not await is_good(opened)
        await assert_ended(opened.refresh)


async def test_a_lost_answer_is_given_again(database):
    opened = await begin_session()
    lost = await refresh(opened.refresh)
    with clock.at(clock.now() + timedelta(seconds=50)):
        again = await refresh(opened.refresh)
    assert again.refresh == lost.refresh
    assert (await refresh(again.refresh)).session_id == opened.session_id


async def test_many_refreshes_of_one_token_at_once_get_one_successor(database):
    opened = await begin_session()
    found = await run_concurrently(*(refresh(opened.refresh) for _ in range(8)))
    assert len({one.refresh for one in found}) == 1
    assert len(await list_rows("refresh_token")) == 2


async def test_a_token_that_comes_back_late_ends_the_whole_session(database):
    opened = await begin_session()
    following = await refresh(opened.refresh)
    with clock.at(clock.now() + sessions.RETRY_WINDOW + timedelta(seconds=1)):
        await assert_ended(opened.refresh)
        await assert_ended(following.refresh)
    assert not await is_good(opened)
    (row,) = await list_rows("login_session")
    assert row["ended_why"] == "REUSED"


async def test_a_token_that_comes_back_after_its_successor_was_used_ends_the_whole_session(database):
    opened = await begin_session()
    following = await refresh(opened.refresh)
    last = await refresh(following.refresh)
    await assert_ended(opened.refresh)
    await assert_ended(last.refresh)
    assert not await is_good(last)


async def test_reuse_in_one_session_leaves_the_others_alone(database):
    one = await begin_session()
    other = await begin_session(one.person_id)
    following = await refresh((await refresh(one.refresh)).refresh)
    await assert_ended(one.refresh)
    assert not await is_good(following)
    assert await is_good(other)
    await refresh(other.refresh)


@pytest.mark.parametrize("token", ["", "x", "字", "a" * 129, "\x00", "' OR 1=1"])
async def test_what_is_no_refresh_token_ends_nothing(database, token):
    opened = await begin_session()
    before = await read_tables()
    await assert_ended(token)
    assert await read_tables() == before
    assert await is_good(opened)


async def test_a_lost_answer_is_given_again_across_a_change_of_keys(database):
    opened = await begin_session()
    lost = await refresh(opened.refresh)
    changed = make_settings(
        encryption_key="another key for tests, which is as long",
        encryption_keys_accepted=(SETTINGS.encryption_key.get_secret_value(),),
    )
    assert (await sessions.refresh(changed, opened.refresh)).refresh == lost.refresh


async def test_a_session_that_is_ended_is_out_at_once(database):
    one = await begin_session()
    other = await begin_session(one.person_id)
    await sessions.end(one.person_id, session_id=one.session_id)
    assert not await is_good(one)
    assert await is_good(other)
    await assert_ended(one.refresh)
    await sessions.end(one.person_id, session_id=one.session_id)


async def test_nobody_ends_anothers_session(database):
    mine, others = await begin_session(), await begin_session()
    with pytest.raises(NotFound):
        await sessions.end(mine.person_id, session_id=others.session_id)
    assert await is_good(others)


async def test_all_sessions_but_one_are_ended(database):
    kept = await begin_session()
    others = [await begin_session(kept.person_id) for _ in range(3)]
    somebody = await begin_session()
    assert await sessions.end_all(kept.person_id, except_session_id=kept.session_id) == 3
    assert [await is_good(one) for one in (kept, *others, somebody)] == [True, False, False, False, True]


async def test_a_token_of_another_persons_session_is_refused(database):
    mine, others = await begin_session(), await begin_session()
    with pytest.raises(Unauthenticated):
        await sessions.require_active(SETTINGS, Bearer(mine.person_id, others.session_id))


async def test_a_ban_counts_at_once_and_says_why_at_the_door(database):
    opened = await begin_session()
    await people.ban(opened.person_id, reason="发广告")
    assert not await is_good(opened)
    await assert_ended(opened.refresh)
    with pytest.raises(Banned, match="发广告"):
        await begin_session(opened.person_id)
    await people.unban(opened.person_id)
    assert not await is_good(opened)
    assert await is_good(await begin_session(opened.person_id))


async def test_a_session_begun_while_a_ban_arrives_is_no_way_around_it(database):
    opened = await begin_session()
    await db.execute("UPDATE person SET banned_at = $2 WHERE id = $1", opened.person_id, clock.now())
    assert not await is_good(opened)
    await assert_ended(opened.refresh)


@pytest.mark.parametrize("device", ["", " ", "字" * 61, "a\nb"])
async def test_a_device_needs_a_name_that_can_be_shown(database, device):
    person_id = await create_person()
    with pytest.raises(InvalidInput):
        await begin_session(person_id, device=device)
    assert await list_rows("login_session") == []


async def test_used_tokens_are_forgotten_while_their_session_lives_on(database):
    first = await begin_session()
    second = await refresh(first.refresh)
    third = await refresh(second.refresh)
    late = clock.now() + timedelta(days=20)
    assert await session_cleanup.delete_used_tokens(clock.now() - timedelta(minutes=1)) == 0
    with clock.at(late):
        assert await session_cleanup.delete_used_tokens(late - timedelta(days=1)) == 1
        assert await session_cleanup.delete_used_tokens(late - timedelta(days=1)) == 0
        assert [row["used_at"] is None for row in await list_rows("refresh_token")] == [False, True]
        # A deleted token neither refreshes nor ends the session. The last used token, sent again, ends the session.
        await assert_ended(first.refresh)
        fourth = await refresh(third.refresh)
        assert await is_good(fourth)
        await assert_ended(second.refresh)
        assert not await is_good(fourth)


async def test_old_sessions_are_forgotten_with_their_tokens(database):
    old = await begin_session()
    await refresh(old.refresh)
    await sessions.end(old.person_id, session_id=old.session_id)
    new = await begin_session(old.person_id)
    with clock.at(clock.now() + timedelta(days=3)):
        assert await session_cleanup.delete_old(clock.now() - timedelta(days=1)) == 1
    assert [row["id"] for row in await list_rows("login_session")] == [new.session_id]
    assert len(await list_rows("refresh_token")) == 1
