"""What every test may ask for: a backend, settings for a fresh database on it, and that database open."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.support")

from community.database import use_database
from community.demo.platforms import FakePlatforms
from community.kernel import cache, storage
from tests.support import backends
from tests.support.api import run_api
from tests.support.backends import use_platform_servers

# Redis on a busy machine may take longer than a request waits for it.
cache.TIMEOUT_S = 10.0


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return  # The process that started this worker has asked the servers.
    try:
        backends.check_servers()
    except backends.ServersUnusable as error:
        raise pytest.UsageError(str(error)) from None


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        names = backends.list_backends()
        for only in ("embedded", "servers"):
            if metafunc.definition.get_closest_marker(f"on_{only}"):
                names = [name for name in names if name == only]
        metafunc.parametrize("backend", names, indirect=True, scope="session")


@pytest.fixture(scope="session")
def backend(request, tmp_path_factory):
    """The embedded backend, and then PostgreSQL with Redis where they are given."""
    started = (
        backends.Embedded(tmp_path_factory.mktemp("embedded")) if request.param == "embedded" else backends.Servers()
    )
    started.start()
    yield started
    started.stop()


@pytest.fixture
def settings(backend):
    """Settings for a database of this test's own, migrated and empty, and an empty Redis."""
    with backend.create_database() as fresh:
        yield fresh


@pytest.fixture
def bare_settings(backend):
    """As `settings`, but nothing has been migrated."""
    with backend.create_database(migrated=False) as fresh:
        yield fresh


@pytest.fixture
async def database(settings):
    """The test's database and Redis, open."""
    async with use_database(settings):
        cache.open_cache(settings)
        storage.open_storage(settings)
        yield settings
        storage.close_storage()
        await cache.close_cache()


@pytest.fixture(scope="session")
def platform_servers():
    """WeChat, Alipay and Douyin as servers on this machine."""
    with FakePlatforms() as servers:
        yield servers


@pytest.fixture
def platforms(platform_servers):
    """The platforms' servers, with nothing in the way of their answers."""
    platform_servers.reset()
    return platform_servers


@pytest.fixture
def connected(database, platforms):
    """The open database's settings, with the platforms' servers of this machine."""
    return use_platform_servers(database, platforms)


@pytest.fixture
async def place(settings):
    """The API in this process, on the test's database."""
    async with run_api(settings) as neighbourhood:
        yield neighbourhood
