"""The demo: a whole installation in a folder of its own, the story played on it, then served on."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import tempfile
import time
from pathlib import Path

import httpx

from community.database import brought_up_to_date, opened
from community.demo import bank, loop, operations, people, pictures
from community.demo.loop import Neighbourhood
from community.demo.platforms import Platforms
from community.demo.telling import Broken, Teller
from community.identity import service as identity
from community.kernel.proof import prove
from community.settings import PREFIX, Settings
from community.system.audit import AUDIT
from community.system.signals import end_in_order, end_unhurried
from community.system.supervisor import System

READY_S = 20.0


def play(*, once: bool, port: int, photos: Path | None = None) -> bool:
    """Play the story on a new installation; whether every step did what it should. Goes on serving unless `once`.

    With the photographs of the folder `photos` instead of drawn ones.
    """
    end_in_order()
    with tempfile.TemporaryDirectory(prefix="community-demo-") as folder, Platforms() as platforms:
        return _play(Path(folder), platforms, once=once, port=port, photos=photos)


def _play(folder: Path, platforms: Platforms, *, once: bool, port: int, photos: Path | None) -> bool:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment[f"{PREFIX}TOKEN_SECRET"] = secrets.token_urlsafe(48)
    environment[f"{PREFIX}TOKEN_LIFETIME_S"] = "86400"
    environment[f"{PREFIX}GRAPHIQL_TABS"] = str(folder / "tabs.json")
    environment[f"{PREFIX}ERASURE_WAIT_DAYS"] = "0"
    environment |= {PREFIX + name.upper(): value for name, value in platforms.settings().items()}
    began = time.monotonic()
    try:
        system = System(folder, host="127.0.0.1", port=port, environment=environment, logs=True)
    except OSError as error:
        print(f"Port {port} cannot be used ({error.strerror}); try `community demo --port 0`.")
        return False
    try:
        code = asyncio.run(_prepare(system.settings()))
        system.start()
        place = asyncio.run(_tell(system, code, platforms, photos))
        if place is None:
            print(f"\nThe story broke off; what the processes logged:\n{_logs(folder)}")
            return False
        print(f"\nEvery step did what it should, {time.monotonic() - began:.1f} s after the start.")
        if not once:
            (folder / "tabs.json").write_text(json.dumps(_tabs(place), ensure_ascii=False), encoding="utf-8")
            _say_where(system, place)
            system.run()
        return True
    finally:
        end_unhurried()
        system.stop()


async def _prepare(settings: Settings) -> str:
    """Migrate, and found the community as its operator would; the leader's code."""
    async with opened(settings):
        await brought_up_to_date(settings)
        return (await identity.found_community(name="幸福里")).code


async def _tell(system: System, code: str, platforms: Platforms, photos: Path | None) -> Neighbourhood | None:
    async with httpx.AsyncClient(timeout=10) as client:
        await _ready(system, client)
        teller = Teller(system.url, client)
        try:
            place = await loop.play(teller, code, platforms)
            await pictures.play(teller, place, folder=photos)
            await bank.play(teller, place)
            await people.play(teller, place, platforms)
        except Broken:
            return None
        return place if await _proven(teller, system.settings()) else None


async def _proven(teller: Teller, settings: Settings) -> bool:
    """Prove the books of the whole story, as `community audit` does; whether they are right."""
    teller.chapter("the operator proves the books")
    async with opened(settings):
        found = [proven async for proven in prove(AUDIT)]
    for proven in found:
        if proven.wrong:
            print(f"✗    {proven.proof.promise}: not so of {proven.proof.table} {list(proven.wrong)}")
    right = not any(proven.wrong for proven in found)
    print(
        f"{'✓' if right else '✗'}    {len(found)} things hold, of {sum(one.examined for one in found)} rows looked at"
    )
    return right


async def _ready(system: System, client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            if (await client.get(f"{system.url}/readyz")).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.05)


def _tabs(place: Neighbourhood) -> list[dict[str, object]]:
    """The story's operations as GraphiQL tabs, logged in as those who sent them."""
    board = {"communityId": place.community_id, "period": "WEEK"}
    here = {"communityId": place.community_id}
    chosen = (
        ("feed", operations.FEED, here, place.li),
        ("points", operations.POINTS, here, place.li),
        ("board", operations.BOARD, board, place.ming),
        ("queue", operations.QUEUE, here, place.leader),
        ("mine", operations.MINE, here, place.ming),
    )
    return [
        {
            "title": f"{actor.name}: {title}",
            "query": query,
            "variables": variables,
            "headers": {"Authorization": f"Bearer {actor.token}"},
        }
        for title, query, variables, actor in chosen
    ]


def _say_where(system: System, place: Neighbourhood) -> None:
    print(f"\nGraphQL and GraphiQL   {system.url}/graphql")
    print(f"health                 {system.url}/healthz   {system.url}/readyz")
    print(f"community id           {place.community_id}")
    print(f"logs                   {system.folder}")
    print("log in as anybody      platform DEVELOPMENT, any code; the story's people come through a WeChat of its own")
    print("Ctrl-C ends it, and nothing of it is kept.", flush=True)


def _logs(folder: Path) -> str:
    return "\n".join(
        f"{path.name}:\n{path.read_text(errors='replace')[-2000:]}" for path in sorted(folder.glob("*.log"))
    )
