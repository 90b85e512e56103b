"""What every test may ask for: a backend, settings for a fresh database on it, and that database open."""

from __future__ import annotations

import pytest

from community.database import opened
from community.kernel import cache
from tests.support import backends


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", backends.names(), indirect=True, scope="session")


@pytest.fixture(scope="session")
def backend(request, tmp_path_factory):
    """The embedded default, and again PostgreSQL with Redis where they answer."""
    started = (
        backends.Embedded(tmp_path_factory.mktemp("embedded")) if request.param == "embedded" else backends.Servers()
    )
    started.start()
    yield started
    started.stop()


@pytest.fixture
def settings(backend):
    """Settings for a database of this test's own, migrated and empty, and an empty Redis."""
    with backend.fresh() as fresh:
        yield fresh


@pytest.fixture
def bare_settings(backend):
    """As `settings`, but nothing has been migrated."""
    with backend.fresh(migrated=False) as fresh:
        yield fresh


@pytest.fixture
async def database(settings):
    """The test's database and Redis, open."""
    async with opened(settings):
        cache.open_cache(settings)
        yield settings
        await cache.close_cache()
