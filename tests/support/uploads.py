"""A morning of uploads on a whole installation, while what works on pictures is killed: a child, or its worker."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from community.demo import operations
from community.media.renditions import RENDITION_FORMATS
from community.system.checks import run_checks
from community.system.supervisor import Supervisor
from tests.support.kills import create_installation, run_installation
from tests.support.pictures import make_photo

PICTURES_PER_SUBMISSION = 9
MAX_CONCURRENT_REQUESTS = 10
CREATE = """mutation($input: SubmissionCreateInput!) {
  submissionCreate(input: $input) { submission { id } errors { code } } }"""


def list_children(pid: int) -> list[int]:
    """The processes that a worker has begun."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill_image_process(system: Supervisor, victim: str) -> bool:
    """Kill the worker on pictures, or the child it has at this moment; whether there was one."""
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
    """People who upload so many pictures, nine to a submission, and what must have become of them."""

    def __init__(self, client: httpx.AsyncClient, pictures: int) -> None:
        self._client = client
        self._pictures = pictures
        self._gate = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        self.ids: list[str] = []

    async def run(self, code: str) -> None:
        """Everything is uploaded, and used at once."""
        leader = await self._person("wx-0")
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
        someone = await self._person(f"wx-{1 + number // 10}")
        await self._ask(someone, operations.JOIN, input={"invitationCode": code})
        ids = await asyncio.gather(*(self._upload(someone, picture) for picture in group))
        self.ids += ids
        words = {"title": f"第 {number} 组", "text": "早上拍的。", "tags": [], "mediaIds": ids}
        given = {"communityId": place, "idempotencyKey": f"s-{number}", "kind": "PHOTOGRAPH", "content": words}
        made = await self._ask(someone, CREATE, input=given)
        assert made["submissionCreate"]["errors"] == []

    async def _person(self, name: str) -> str:
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
    """How everything stands in the database."""
    with sqlite3.connect(folder / "community.sqlite3") as connection:

        def counted(sql: str) -> dict[Any, int]:
            return dict(connection.execute(sql).fetchall())

        return {
            "media": counted("SELECT state, count(*) FROM media GROUP BY state"),
            "submissions": counted("SELECT state, count(*) FROM submission GROUP BY state"),
            "cases": counted("SELECT state, count(*) FROM review_case GROUP BY state"),
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
    """How everything stands after a morning with so many kills; all is finished `within_s` after the last one."""
    system = create_installation(folder)
    killed: Counter[str] = Counter()
    async with run_installation(system) as code, httpx.AsyncClient(base_url=system.url, timeout=60) as client:
        morning = UploadScenario(client, pictures)
        disturbing = asyncio.create_task(_kill_image_processes(system, folder, killed, pictures=pictures, kills=kills))
        await morning.run(code)
        await disturbing
        deadline = time.monotonic() + within_s
        while (state := read_state(folder))["waiting"] or state["effects"] < pictures:
            assert time.monotonic() < deadline, (state, _read_log(folder))
            await asyncio.sleep(0.2)
        await asyncio.sleep(1)
        state = read_state(folder)
        assert [finding for finding in await run_checks(system.settings()) if not finding.is_ok] == []
        state["files"] = {
            part: sum(path.is_file() for path in (folder / "media" / part).rglob("*"))
            for part in ("incoming", "kept", "shown")
        }
    return state, killed


async def _kill_image_processes(
    system: Supervisor, folder: Path, killed: Counter[str], *, pictures: int, kills: int
) -> None:
    """Kill every time that so many more pictures are finished: twice a child, then the worker."""
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
    """How everything stands after any morning: each picture finished once, each submission with one case."""
    groups = -(-pictures // PICTURES_PER_SUBMISSION)
    return {
        "media": {"READY": pictures},
        "submissions": {"IN_REVIEW": groups},
        "cases": {"OPEN": groups},
        "effects": pictures,
        "waiting": 0,
        "files": {"incoming": 0, "kept": pictures, "shown": pictures * len(RENDITION_FORMATS)},
    }
