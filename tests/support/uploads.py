"""Uploads on a whole installation, while image processes are killed.

The killed processes are the children of the images worker, and the worker itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from community.database import use_database
from community.demo import operations
from community.kernel import clock, storage
from community.media import cleanup
from community.media.renditions import RENDITION_FORMATS
from community.system.supervisor import Supervisor
from tests.support.kills import create_installation, run_installation
from tests.support.pictures import make_photo
from tests.support.waiting import list_faults

PICTURES_PER_SUBMISSION = 9
MAX_CONCURRENT_REQUESTS = 10
CREATE = """mutation($input: SubmissionCreateInput!) {
  submissionCreate(input: $input) { submission { id } errors { code } } }"""


def list_children(pid: int) -> list[int]:
    """List the child processes of a worker."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill_image_process(system: Supervisor, victim: str) -> bool:
    """Kill the images worker or its current child.

    Return True if there was one.
    """
    pid = system.children["worker-images"].pid
    if pid is None:
        return False
    targets = [pid] if victim == "worker" else list_children(pid)
    for target in targets:
        with suppress(ProcessLookupError):
            os.kill(target, signal.SIGKILL)
            return True
    return False


class UploadScenario:
    """People who upload pictures, nine to a submission."""

    def __init__(self, client: httpx.AsyncClient, pictures: int) -> None:
        self._client = client
        self._pictures = pictures
        self._gate = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        self.ids: list[str] = []

    async def run(self, code: str) -> None:
        """Upload every picture and use it in a submission."""
        leader = await self._log_in("wx-0")
        joined = await self._ask(leader, operations.JOIN, input={"invitationCode": code})
        place = joined["communityJoin"]["member"]["community"]["id"]
        invitation = await self._ask(
            leader, operations.INVITE, input={"communityId": place, "idempotencyKey": "i", "uses": 100}
        )
        code = invitation["invitationCreate"]["invitation"]["code"]
        groups = [
            list(range(start, min(start + PICTURES_PER_SUBMISSION, self._pictures)))
            for start in range(0, self._pictures, PICTURES_PER_SUBMISSION)
        ]
        await asyncio.gather(*(self._submit(place, code, number, group) for number, group in enumerate(groups)))

    async def _submit(self, place: str, code: str, number: int, group: list[int]) -> None:
        someone = await self._log_in(f"wx-{1 + number // 3}")
        await self._ask(someone, operations.JOIN, input={"invitationCode": code})
        ids = await asyncio.gather(*(self._upload(someone, picture) for picture in group))
        self.ids += ids
        words = {"title": f"第 {number} 组", "text": "早上拍的。", "tags": [], "mediaIds": ids}
        given = {"communityId": place, "idempotencyKey": f"s-{number}", "kind": "PHOTOGRAPH", "content": words}
        made = await self._ask(someone, CREATE, input=given)
        assert made["submissionCreate"]["errors"] == []

    async def _log_in(self, name: str) -> str:
        found = await self._ask(
            None, operations.LOGIN, input={"platform": "DEVELOPMENT", "code": name, "nickname": name}
        )
        return str(found["login"]["accessToken"]["token"])

    async def _ask(self, token: str | None, query: str, **variables: Any) -> dict[str, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self._gate:
            sent = await self._client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        return dict(sent.json()["data"])

    async def _upload(self, token: str, number: int) -> str:
        fields, headers = {"idempotencyKey": f"u-{number}"}, {"Authorization": f"Bearer {token}"}
        async with self._gate:
            sent = await self._client.post(
                "/upload", files={"photo": ("a.jpg", make_photo(number))}, data=fields, headers=headers
            )
        return str(sent.json()["media"]["id"])


def read_state(folder: Path) -> dict[str, Any]:
    """Count the rows in the database by their state."""
    with sqlite3.connect(folder / "community.sqlite3") as connection:

        def count(sql: str) -> dict[Any, int]:
            return dict(connection.execute(sql).fetchall())

        return {
            "media": count("SELECT state, count(*) FROM media GROUP BY state"),
            "submissions": count("SELECT state, count(*) FROM submission GROUP BY state"),
            "cases": count("SELECT state, count(*) FROM review_case GROUP BY state"),
            "effects": connection.execute(
                "SELECT count(*) FROM outbox_effect WHERE name = 'images.process'"
            ).fetchone()[0],
            "waiting": connection.execute(
                "SELECT count(*) FROM outbox_effect WHERE done_at IS NULL AND name NOT LIKE 'leaderboards.%'"
                " AND name NOT IN ('effects.sweep', 'effects.collect_media', 'effects.sweep_incoming')"
            ).fetchone()[0],
        }


async def run_upload_scenario(
    folder: Path, *, pictures: int, kills: int, within_s: float
) -> tuple[dict[str, Any], Counter[str]]:
    """Run uploads with kills, and return the final state and the kills.

    Fails unless everything is processed `within_s` seconds after the last kill.
    """
    system = create_installation(folder)
    killed: Counter[str] = Counter()
    async with run_installation(system) as code, httpx.AsyncClient(base_url=system.url, timeout=60) as client:
        scenario = UploadScenario(client, pictures)
        killing = asyncio.create_task(_kill_image_processes(system, folder, killed, pictures=pictures, kills=kills))
        await scenario.run(code)
        await killing
        deadline = time.monotonic() + within_s
        while (state := read_state(folder))["waiting"] or state["effects"] < pictures:
            assert time.monotonic() < deadline, (state, _read_log(folder))
            await asyncio.sleep(0.2)
        await asyncio.sleep(1)
        state = read_state(folder)
        await _sweep_later(system)
        assert await list_faults(system.settings()) == []
        state["files"] = {
            part: sum(path.is_file() for path in (folder / "media" / part).rglob("*"))
            for part in ("incoming", "kept", "shown")
        }
    return state, killed


async def _sweep_later(system: Supervisor) -> None:
    """Run the hourly sweep of the store as if two hours had passed.

    A killed process leaves unfinished files behind.
    """
    settings = system.settings()
    async with use_database(settings):
        storage.open_storage(settings)
        with clock.at(clock.now() + timedelta(hours=2)):
            await cleanup.sweep_incoming()
        storage.close_storage()


async def _kill_image_processes(
    system: Supervisor, folder: Path, killed: Counter[str], *, pictures: int, kills: int
) -> None:
    """Kill twice a child, then the worker, and repeat.

    The kills are spread over the first 80% of the pictures.
    """
    step = max(1, pictures * 8 // 10 // kills)
    for number in range(kills):
        while read_state(folder)["media"].get("READY", 0) < number * step:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)
        victim = "worker" if number % 3 == 2 else "child"
        while not kill_image_process(system, victim):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.002)
        killed[victim] += 1


def _read_log(folder: Path) -> str:
    return (folder / "worker-images.log").read_text(errors="replace")[-4_000:]


def build_expected_state(pictures: int) -> dict[str, Any]:
    """Build the state after any run.

    Each picture is processed once, and each submission has one review case.
    """
    groups = -(-pictures // PICTURES_PER_SUBMISSION)
    return {
        "media": {"READY": pictures},
        "submissions": {"IN_REVIEW": groups},
        "cases": {"OPEN": groups},
        "effects": pictures,
        "waiting": 0,
        "files": {"incoming": 0, "kept": pictures, "shown": pictures * len(RENDITION_FORMATS)},
    }
