"""The world that the walks over all operations share."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.api.asking import open_asker


@pytest.fixture(scope="module")
def world_settings(backend):
    """Settings for the database of a whole module. No other test of it may empty the database."""
    with backend.create_database() as settings:
        yield settings


@pytest_asyncio.fixture(scope="module")
async def asker(world_settings):
    """One world for a whole module. A test makes the rows that it asks for, and restores a role that it changed."""
    async with open_asker(world_settings) as one:
        yield one
