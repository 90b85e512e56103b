"""The commands by which an operator finds things and repairs effects."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from community import settings as configuration
from community.accounts import phones
from community.api import ids
from community.communities import service_tokens
from community.communities.models import ServiceScope
from community.database import use_database
from community.kernel import db, outbox
from community.kernel.errors import TryAgain, describe_error
from tests.support.commands import run
from tests.support.story import create_community, list_rows


@pytest.fixture
def run_here(settings, tmp_path):
    """A function that runs a command on the test's database."""
    given = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    return partial(
        run, cwd=tmp_path, **given, ENCRYPTION_KEY=settings.encryption_key.get_secret_value(),
        TOKEN_SECRET=settings.token_secret.get_secret_value(),
    )  # fmt: skip


def in_database(settings, work):
    """Return the answer of `work()` on the test's database."""

    async def do():
        async with use_database(settings):
            return await work()

    return asyncio.run(do())


async def put_failed(*names: str) -> None:
    for name in names:
        await db.transaction(partial(outbox.put, name, thing_id=7))
    for effect in await outbox.lease(lease_s=60):
        await outbox.record_failure(effect.id, error=describe_error(TryAgain("pictures")), max_failures=1)


def test_effects_are_listed_shown_retried_and_dropped(run_here, settings):
    in_database(settings, partial(put_failed, "effects.sweep", "effects.seal"))
    listed = run_here("outbox", "list", "--parked").stdout
    assert listed.count("parked") == 2
    assert "TRY_AGAIN: " in listed
    first, second = (line.split()[0] for line in listed.splitlines())
    assert '{"thing_id": 7}' in run_here("outbox", "show", first).stdout
    assert run_here("outbox", "retry", first).stdout == "due now\n"
    assert run_here("outbox", "list").stdout.split()[:3] == [first, "effects.sweep", "pending"]
    assert run_here("outbox", "drop", second).stdout == "dropped\n"
    assert "done" in run_here("outbox", "show", second).stdout
    assert "effect.drop" in run_here("audit-trail").stdout
    for command in (("show", "99"), ("retry", first, second), ("drop", second)):
        assert "This was not found" in run_here("outbox", *command).stderr
    assert "effects.sweep" in run_here("queues").stdout
    rows = in_database(settings, partial(list_rows, "outbox_effect"))
    assert [(row["failures"], row["parked_at"]) for row in rows] == [(0, None), (1, None)]


def test_waiting_token_is_approved_and_found_in_the_trail(run_here, settings):
    async def work():
        place = await create_community()
        new = await service_tokens.create(place.leader, name="店", scopes=[ServiceScope.MOVE_POINTS])
        return place, new.row

    place, row = in_database(settings, work)
    community = ids.encode("Community", place.id)
    approved = run_here("approve-token", community, ids.encode("ServiceToken", row.id))
    assert approved.stdout == "店  ACTIVE\n"
    assert "no such token" in run_here("approve-token", community, "99").stderr
    action = "service_token.approve"
    (line,) = run_here("audit-trail", "--community", community, "--action", action).stdout.splitlines()
    assert line.split()[2:6] == [action, f"community:{place.id}", "-", f"service_token:{row.id}"]
    person = ids.encode("Person", place.leader.person_id)
    by_leader = run_here("audit-trail", "--person", person).stdout
    assert "service_token.create" in by_leader
    assert action not in by_leader
    assert run_here("audit-trail", "--until", "2020-01-01").stdout == ""
    assert run_here("audit-trail", "--since", "2020-01-01", "--action", action).stdout.splitlines() == [line]


def test_communities_and_people_are_found(run_here, settings):
    async def work():
        place = await create_community()
        await phones.bind(settings, place.leader.person_id, "+86 13912345678")
        return place

    place = in_database(settings, work)
    person_id = place.leader.person_id
    (line,) = run_here("communities").stdout.splitlines()
    assert ids.encode("Community", place.community.id) in line
    assert place.community.name in line
    global_id = ids.encode("Person", person_id)
    nickname = in_database(settings, partial(list_rows, "person"))[0]["nickname"]
    for text in (str(person_id), global_id, nickname[:1], "+86 13912345678"):
        assert f"{global_id}  {nickname}" in run_here("people", "find", text).stdout
    for text in ("999", "nobody", "+86 1"):
        assert run_here("people", "find", text).output == ""


def test_error_of_this_service_is_kept_with_its_text():
    assert describe_error(configuration.SettingsError("the sentence")) == "SettingsError: the sentence"
    assert describe_error(ValueError("what a person wrote")) == "ValueError"
