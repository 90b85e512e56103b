"""The processes that decode pictures have no keys, in their environment or in their memory."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from community.settings import KEY_SETTINGS, PREFIX, Settings, drop_keys
from tests.support.backends import SECRET
from tests.support.kills import create_installation, run_installation
from tests.support.uploads import UploadScenario, list_children
from tests.support.waiting import wait_until

KEYS = {name: f"a-key-of-this-test-for-{name}-0123456789" for name in ("encryption_key", "encryption_keys_accepted")}


def find_in_environment(pid: int, needles: list[bytes]) -> list[bytes]:
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    return [needle for needle in needles if needle in environment]


def find_in_memory(pid: int, needles: list[bytes]) -> list[bytes]:
    """Return the needles that a process has in its memory."""
    found = set()
    areas = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) rw", Path(f"/proc/{pid}/maps").read_text(), re.MULTILINE)
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for start, end in areas:
            with suppress(OSError, ValueError):
                memory.seek(int(start, 16))
                area = memory.read(int(end, 16) - int(start, 16))
                found |= {needle for needle in needles if needle in area}
    return sorted(found)


def has_decoders(pid: int) -> bool:
    """Return True once a process has imported the decoders."""
    return "_imaging" in Path(f"/proc/{pid}/maps").read_text()


def test_each_secret_except_of_stores_is_a_key():
    secret = {name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert secret - set(KEY_SETTINGS) == {"s3_access_key", "s3_secret_key"}
    keys = {PREFIX + "TOKEN_SECRET": "x", "community_encryption_key": "y", PREFIX + "ENCRYPTION_KEY_FILE": "/key"}
    assert drop_keys(keys | {"PATH": "z"}) == {"PATH": "z"}


def test_environment_without_keys_has_no_logins():
    whole = {PREFIX + "WECHAT_APP_ID": "id", PREFIX + "WECHAT_SECRET": "a-secret", "PATH": "z"}
    assert drop_keys(whole) == {"PATH": "z"}


@pytest.mark.processes
async def test_image_worker_and_its_children_have_no_keys(tmp_path):
    system = create_installation(tmp_path, **KEYS)
    needles = [value.encode() for value in (SECRET, *KEYS.values())]
    children: list[int] = []

    def catch_child() -> bool:
        children[:] = list_children(system.children["worker-images"].pid)
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        return bool(children)

    async with run_installation(system) as code, httpx.AsyncClient(base_url=system.url, timeout=60) as client:
        uploading = asyncio.create_task(UploadScenario(client, 18).run(code))
        await wait_until(catch_child)
        for pid in (*children, system.children["worker-images"].pid):
            assert find_in_environment(pid, needles) == []
            assert find_in_memory(pid, needles) == []
        assert len(find_in_environment(system.children["worker-effects"].pid, needles)) == len(needles)
        assert find_in_memory(system.children["worker-effects"].pid, needles) != []
        for pid in children:
            os.kill(pid, signal.SIGCONT)
        await uploading


@pytest.mark.processes
def test_image_worker_started_with_keys_drops_them(settings):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {
        f"{PREFIX}DATABASE_URL": settings.database_url,
        f"{PREFIX}REDIS_URL": settings.redis_url,
        f"{PREFIX}TOKEN_SECRET": SECRET,
        f"{PREFIX}ENVIRONMENT": "production",
        f"{PREFIX}ENCRYPTION_KEY": KEYS["encryption_key"],
    }
    needles = [SECRET.encode(), KEYS["encryption_key"].encode()]
    process = subprocess.Popen([sys.executable, "-m", "community", "worker", "images"], env=environment)
    try:
        asyncio.run(wait_until(lambda: not find_in_environment(process.pid, needles) and has_decoders(process.pid)))
        assert process.poll() is None
        assert find_in_memory(process.pid, needles) == []
    finally:
        process.terminate()
        process.wait()
