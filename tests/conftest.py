"""Fixtures for all tests: a backend, settings for a fresh database on it, and the open database."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
from collections import defaultdict
from types import SimpleNamespace

import hypothesis
import pytest
import pytest_asyncio
import redis.utils

pytest.register_assert_rewrite("tests.support")

from community.app import GC_THRESHOLD
from community.database import use_database
from community.demo.platforms import FakePlatforms
from community.kernel import cache, storage
from tests.support import backends
from tests.support.api import run_api
from tests.support.backends import use_platform_servers
from tests.support.declared import require_declared_codes
from tests.support.kept_connections import KEPT
from tests.support.shadow import compare_executors, compares_executors

NO_CALL = SimpleNamespace(params={})
# On a busy machine Redis may need longer than the default timeout of a request, and an example longer than 200 ms.
cache.TIMEOUT_S = 10.0
# Each new client of Redis would read the version of the library from the files of its package.
redis.utils.get_lib_version = functools.cache(redis.utils.get_lib_version)
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        return  # The process that started this worker has checked the servers.
    try:
        backends.check_servers()
    except backends.ServersUnusable as error:
        raise pytest.UsageError(str(error)) from None


def pytest_collection_modifyitems(config, items):
    places: dict[str, dict[str, int]] = defaultdict(dict)
    left = [item for item in items if is_left_to_another_backend(item, places[item.path])]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]
    if os.environ.get("COMMUNITY_TEST_LONG") == "required":
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long: set COMMUNITY_TEST_LONG=required, as .ci/run does"))


def is_left_to_another_backend(item, places):
    """Return True if another backend has the item's value of the parameter that the marker `divided` names."""
    marker = item.get_closest_marker("divided")
    if marker is None or not {"backend", *marker.args} <= getattr(item, "callspec", NO_CALL).params.keys():
        return False
    names = backends.list_backends()
    place = places.setdefault(str(item.callspec.params[marker.args[0]]), len(places))
    return item.callspec.params["backend"] != names[place % len(names)]


def pytest_collection_finish():
    """Leave out of every collection of garbage what lives as long as the run: the modules and the tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        names = backends.list_backends()
        for only in ("embedded", "servers"):
            if metafunc.definition.get_closest_marker(f"on_{only}"):
                names = [name for name in names if name == only]
        metafunc.parametrize("backend", names, indirect=True, scope="session")


@pytest.fixture(autouse=True)
def undeclared():
    """The undeclared codes of refusals in this test, which fails if any are left at its end."""
    with require_declared_codes() as lines:
        yield lines


@pytest.fixture(autouse=True, scope="session")
def comparison():
    """The comparison of both executors in this process, with COMMUNITY_TEST_EXECUTORS=both."""
    if not compares_executors():
        yield None
        return
    with compare_executors() as found:
        yield found


@pytest.fixture(autouse=True)
def same_answers(comparison):
    """Fail the test if the executors differ in it."""
    yield
    if comparison is not None:
        differences, comparison.differences = comparison.differences, []
        assert differences == []


@pytest_asyncio.fixture(autouse=True, scope="session")
async def kept_connections():
    """Keep the connections of PostgreSQL between the tests of this process."""
    KEPT.start()
    yield
    KEPT.stop()


@pytest_asyncio.fixture(autouse=True)
async def no_tasks_left():
    """End the tasks that the test leaves behind. The loop of all tests would continue them."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


@pytest.fixture(scope="session")
def backend(request):
    """The embedded backend, then PostgreSQL with Redis if the environment gives them."""
    with backends.create_fast_folder() as folder:
        started = backends.Embedded(folder) if request.param == "embedded" else backends.Servers()
        started.start()
        yield started
        started.stop()


@pytest.fixture
def settings(backend):
    """Settings for this test's own migrated, empty database and an empty Redis."""
    with backend.create_database() as fresh:
        yield fresh


@pytest.fixture
def bare_settings(backend):
    """Settings for this test's own database without migrations, and an empty Redis."""
    with backend.create_database(migrated=False) as fresh:
        yield fresh


@pytest.fixture
async def database(settings):
    """Settings of the test's database and Redis, which are open."""
    async with use_database(settings):
        cache.open_cache(settings)
        storage.open_storage(settings)
        yield settings
        storage.close_storage()
        await cache.close_cache()


@pytest.fixture(scope="session")
def platform_servers():
    """Fake servers of WeChat, Alipay and Douyin on this machine."""
    with FakePlatforms() as servers:
        yield servers


@pytest.fixture
def platforms(platform_servers):
    """The fake platform servers in their initial state."""
    platform_servers.reset()
    return platform_servers


@pytest.fixture
def connected(database, platforms):
    """Settings of the open database, with the fake platform servers."""
    return use_platform_servers(database, platforms)


@pytest.fixture
async def place(settings):
    """The API in this process, on the test's database."""
    async with run_api(settings) as neighbourhood:
        yield neighbourhood
