"""Logins, and the one person of each platform identity."""

from __future__ import annotations

import pytest

from community.accounts import logins, queries
from community.accounts import people as accounts_people
from community.accounts.errors import LoginCodeInvalid, PlatformUnavailable
from community.accounts.models import Platform
from community.kernel import sealing
from community.kernel.errors import InvalidInput
from community.settings import Environment
from tests.support.backends import SECRET, make_settings
from tests.support.story import list_rows, read_tables, run_concurrently


def login(code: str, **given):
    return logins.login(make_settings(), Platform.DEVELOPMENT, code, **given)


async def test_the_first_login_makes_a_person(database):
    person_id = await login("wang", nickname="  王阿姨 ")
    assert (await queries.find_person(person_id)).nickname == "王阿姨"
    (row,) = await list_rows("platform_identity")
    assert "wang" not in str(row)
    assert row["subject"] == sealing.compute_digest(make_settings(), "platform ids", "DEVELOPMENT wang")
    assert sealing.unseal(make_settings(), row["subject_sealed"]) == "wang"


async def test_a_newcomer_without_a_nickname_is_called_a_new_neighbour(database):
    assert (await queries.find_person(await login("wang"))).nickname == "新邻居"


async def test_the_second_login_is_the_same_person_with_the_same_name(database):
    first = await login("wang", nickname="王阿姨")
    before = await read_tables()
    assert await login("wang", nickname="别的名字") == first
    assert await read_tables() == before


async def test_two_subjects_are_two_people(database):
    assert await login("wang") != await login("Wang")


async def test_ten_first_logins_at_once_make_one_person(database):
    ids = await run_concurrently(*(login("wang", nickname="王阿姨") for _ in range(10)))
    people = await list_rows("person")
    assert len(people) == 1
    assert ids == [people[0]["id"]] * 10
    assert len(await list_rows("platform_identity")) == 1


@pytest.mark.parametrize("code", ["", "x" * 65, "a\nb", "\x00", "\ud800"])
async def test_a_code_that_no_platform_gave_out_makes_nobody(database, code):
    with pytest.raises(LoginCodeInvalid) as refusal:
        await login(code)
    assert (refusal.value.code, refusal.value.path) == ("LOGIN_CODE_INVALID", ("code",))
    assert await list_rows("person") == []


async def test_known_person_logs_in_with_bad_nickname(database):
    first = await login("wang", nickname="王阿姨")
    assert await login("wang", nickname="\u202e" * 50) == first


@pytest.mark.parametrize("nickname", ["", " ", "字" * 21, "a\nb", "\ud800"])
async def test_a_newcomer_whose_nickname_cannot_be_is_not_made(database, nickname):
    with pytest.raises(InvalidInput) as refusal:
        await login("wang", nickname=nickname)
    assert refusal.value.path == ("nickname",)
    assert await read_tables("person", "platform_identity") == {"person": [], "platform_identity": []}


async def test_production_offers_no_development_login(database):
    await login("wang")
    before = await read_tables()
    production = database.model_copy(update={"environment": Environment.PRODUCTION})
    with pytest.raises(PlatformUnavailable) as refusal:
        await logins.login(production, Platform.DEVELOPMENT, "wang")
    assert (refusal.value.code, refusal.value.path) == ("PLATFORM_UNAVAILABLE", ("platform",))
    assert await read_tables() == before


def test_production_settings_are_production_however_they_are_made():
    settings = make_settings(
        environment="production", database_url="postgresql://db/community", redis_url="redis://cache/0"
    )
    assert settings.environment is Environment.PRODUCTION
    assert settings.token_secret.get_secret_value() == SECRET


async def test_a_person_is_renamed_and_nobody_else(database):
    one, two = await login("wang", nickname="王"), await login("li", nickname="李")
    await accounts_people.edit(one, nickname="老王")
    assert [row.nickname for row in await queries.get_people([two, one])] == ["李", "老王"]


async def test_a_name_that_cannot_be_renames_nobody(database):
    one = await login("wang", nickname="王")
    before = await read_tables()
    with pytest.raises(InvalidInput):
        await accounts_people.edit(one, nickname="\u2028")
    assert await read_tables() == before


async def test_people_come_in_the_order_of_the_question(database):
    ids = [await login(code) for code in "abc"]
    asked = [ids[2], ids[0], ids[2], ids[1]]
    assert [row.id for row in await queries.get_people(asked)] == asked


async def test_nobody_is_found_as_none(database):
    assert await queries.find_person(1) is None
