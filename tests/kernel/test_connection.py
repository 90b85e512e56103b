"""The database address of the settings is decoded, and its encryption is enforced."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest

from community.database import use_database
from community.kernel import db
from tests.support.backends import administer, new_name


@pytest.fixture
async def odd_names(settings):
    """Yield an owner and a database whose names need encoding, and their address without a query."""
    user, name = f"{new_name()} l@o/c:%25", f"{new_name()} a%b?#"
    await administer(f'CREATE ROLE "{user}" LOGIN SUPERUSER')
    await administer(f'CREATE DATABASE "{name}"')
    parts = urlsplit(settings.database_url)
    place = f"{quote(user, safe='')}@{parts.hostname}:{parts.port or 5432}"
    yield user, name, urlunsplit(parts._replace(netloc=place, path=f"/{quote(name, safe='')}"))
    await administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    await administer(f'DROP ROLE "{user}"')


async def ask(settings, address, question):
    async with use_database(settings.model_copy(update={"database_url": address})):
        return await db.scalar(question)


@pytest.mark.on_servers
async def test_encoded_address_connects(settings, odd_names):
    user, name, address = odd_names
    question = "SELECT current_user || ' in ' || current_database()"
    assert await ask(settings, address, question) == f"{user} in {name}"


@pytest.mark.on_servers
async def test_address_sslmode_is_enforced(settings, odd_names):
    _, _, address = odd_names
    question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    assert await ask(settings, f"{address}?sslmode=disable", question) is False
    if await ask(settings, address, "SHOW ssl") == "on":
        assert await ask(settings, f"{address}?sslmode=require", question) is True
    else:
        with pytest.raises((ConnectionError, asyncpg.PostgresError)):
            await ask(settings, f"{address}?sslmode=require", question)
