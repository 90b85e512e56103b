"""Limits on failed attempts, with or without Redis, over all processes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from community.accounts import attempts, logins
from community.accounts.errors import LoginCodeInvalid, PlatformBusy, TooManyAttempts, TooManyCalls
from community.accounts.models import Platform
from community.kernel import cache, clock
from tests.support.backends import make_settings
from tests.support.story import list_rows, run_concurrently

SETTINGS = make_settings(login_failures=3)


async def attempt(code, who="192.0.2.7", kind="login"):
    async with attempts.limit_attempts(SETTINGS, kind, who):
        return await logins.login(SETTINGS, Platform.DEVELOPMENT, code)


async def fail_login(who="192.0.2.7", kind="login"):
    with pytest.raises(LoginCodeInvalid):
        await attempt("", who, kind)


async def test_too_many_failures_are_told_when_to_try_again(database):
    began = clock.now()
    for _ in range(3):
        await fail_login()
    with pytest.raises(TooManyAttempts) as refusal:
        await attempt("wang")
    assert timedelta(minutes=9) < refusal.value.retry_at - began < timedelta(minutes=11)
    assert await list_rows("person") == []
    with clock.at(refusal.value.retry_at):
        assert await attempt("wang")


async def test_successes_and_outages_count_for_nothing(database):
    for number in range(8):
        await attempt(f"person {number}")
    for _ in range(8):
        with pytest.raises(PlatformBusy):
            async with attempts.limit_attempts(SETTINGS, "login", "192.0.2.7"):
                raise PlatformBusy
    assert [row["attempts"] for row in await list_rows("login_attempt")] == [0]


async def test_one_address_does_not_shut_out_another_nor_one_kind_another(database):
    for _ in range(3):
        await fail_login()
    await fail_login(who="192.0.2.8")
    await fail_login(kind="guardian")
    with pytest.raises(TooManyAttempts):
        await attempt("wang")


async def test_failures_that_arrive_at_once_do_not_slip_through(database):
    everybody = asyncio.Barrier(12)

    async def fail_late():
        try:
            async with attempts.limit_attempts(SETTINGS, "login", "192.0.2.7"):
                await everybody.wait()
                raise LoginCodeInvalid
        except TooManyAttempts:
            await everybody.wait()
            raise

    found = await asyncio.wait_for(run_concurrently(*(fail_late() for _ in range(12))), 30)
    assert sum(isinstance(one, LoginCodeInvalid) for one in found) == 3
    assert sum(isinstance(one, TooManyAttempts) for one in found) == 9


async def test_the_limit_holds_without_redis(database):
    await cache.close_cache()
    cache.open_cache(make_settings(redis_url="redis://127.0.0.1:1"))
    for _ in range(3):
        await fail_login()
    with pytest.raises(TooManyAttempts):
        await attempt("wang")


async def test_no_address_is_kept(database):
    await fail_login()
    assert "192.0.2.7" not in str(await list_rows("login_attempt"))


async def test_old_counts_are_forgotten(database):
    await fail_login()
    assert await attempts.delete_old(clock.now() - timedelta(minutes=1)) == 0
    assert await attempts.delete_old(clock.now() + timedelta(minutes=1)) == 1


async def test_new_people_of_one_address_are_limited(database):
    few = make_settings(new_people=2)
    for name in ("wang", "li", "wang"):
        await logins.login(few, Platform.DEVELOPMENT, name, address="192.0.2.7")
    with pytest.raises(TooManyCalls) as refusal:
        await logins.login(few, Platform.DEVELOPMENT, "zhao", address="192.0.2.7")
    assert len(await list_rows("person")) == 2
    await logins.login(few, Platform.DEVELOPMENT, "li", address="192.0.2.7")
    await logins.login(few, Platform.DEVELOPMENT, "qian", address="192.0.2.8")
    with clock.at(refusal.value.retry_at):
        await logins.login(few, Platform.DEVELOPMENT, "zhao", address="192.0.2.7")


async def test_concurrent_new_people_keep_the_limit(database):
    few = make_settings(new_people=3)
    results = await run_concurrently(
        *(logins.login(few, Platform.DEVELOPMENT, f"n{number}", address="192.0.2.7") for number in range(8))
    )
    assert sum(isinstance(result, TooManyCalls) for result in results) == 5
    assert len(await list_rows("person")) == 3


async def test_platform_calls_of_one_address_are_limited(database):
    few = make_settings(platform_calls=3)
    for _ in range(3):
        await attempts.count_platform_call(few, "192.0.2.7")
    with pytest.raises(TooManyCalls) as refusal:
        await attempts.count_platform_call(few, "192.0.2.7")
    await attempts.count_platform_call(few, "192.0.2.8")
    with clock.at(refusal.value.retry_at):
        await attempts.count_platform_call(few, "192.0.2.7")
