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

from community.communities import founding
from community.database import migrate_and_seal, use_database
from community.demo import bank, loop, operations, people, pictures
from community.demo.loop import Neighbourhood
from community.demo.platforms import FakePlatforms
from community.demo.scenario import ScenarioRunner, StepFailed
from community.kernel.invariants import check_invariants
from community.settings import PREFIX, Settings
from community.system.invariants import INVARIANTS
from community.system.signals import exit_on_sigterm, ignore_stop_signals
from community.system.supervisor import Supervisor

MAX_START_S = 20.0


def play(*, once: bool, port: int, photos: Path | None = None) -> bool:
    """Play the story on a new installation; whether every step did what it should. Goes on serving unless `once`.

    With the photographs of the folder `photos` instead of drawn ones.
    """
    exit_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="community-demo-") as folder, FakePlatforms() as platforms:
        return _play(Path(folder), platforms, once=once, port=port, photos=photos)


def _play(folder: Path, platforms: FakePlatforms, *, once: bool, port: int, photos: Path | None) -> bool:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment[f"{PREFIX}TOKEN_SECRET"] = secrets.token_urlsafe(48)
    environment[f"{PREFIX}TOKEN_LIFETIME_S"] = "86400"
    environment[f"{PREFIX}GRAPHIQL_TABS"] = str(folder / "tabs.json")
    environment[f"{PREFIX}ERASURE_WAIT_DAYS"] = "0"
    environment |= {PREFIX + name.upper(): value for name, value in platforms.settings().items()}
    began = time.monotonic()
    try:
        system = Supervisor(folder, host="127.0.0.1", port=port, environment=environment, logs=True)
    except OSError as error:
        print(f"Port {port} cannot be used ({error.strerror}); try `community demo --port 0`.")
        return False
    try:
        code = asyncio.run(_prepare(system.settings()))
        system.start()
        place = asyncio.run(_run_scenario(system, code, platforms, photos))
        if place is None:
            print(f"\nThe story broke off; what the processes logged:\n{_read_logs(folder)}")
            return False
        print(f"\nEvery step did what it should, {time.monotonic() - began:.1f} s after the start.")
        if not once:
            (folder / "tabs.json").write_text(json.dumps(_build_tabs(place), ensure_ascii=False), encoding="utf-8")
            _print_addresses(system, place)
            system.run()
        return True
    finally:
        ignore_stop_signals()
        system.stop()


async def _prepare(settings: Settings) -> str:
    """Migrate, and found the community as its operator would; the leader's code."""
    async with use_database(settings):
        await migrate_and_seal(settings)
        return (await founding.create_community(name="幸福里")).code


async def _run_scenario(
    system: Supervisor, code: str, platforms: FakePlatforms, photos: Path | None
) -> Neighbourhood | None:
    async with httpx.AsyncClient(timeout=10) as client:
        await _wait_until_ready(system, client)
        teller = ScenarioRunner(system.url, client)
        try:
            place = await loop.play(teller, code, platforms)
            await pictures.play(teller, place, folder=photos)
            await bank.play(teller, place)
            await people.play(teller, place, platforms)
        except StepFailed:
            return None
        return place if await _check_invariants(teller, system.settings()) else None


async def _check_invariants(runner: ScenarioRunner, settings: Settings) -> bool:
    """Prove the books of the whole story, as `community audit` does; whether they are right."""
    runner.begin_chapter("the operator proves the books")
    async with use_database(settings):
        found = [proven async for proven in check_invariants(INVARIANTS)]
    for proven in found:
        if proven.violations:
            print(f"✗    {proven.invariant.description}: not so of {proven.invariant.table} {list(proven.violations)}")
    right = not any(proven.violations for proven in found)
    rows = sum(result.rows_examined for result in found)
    print(f"{'✓' if right else '✗'}    {len(found)} things hold, of {rows} rows looked at")
    return right


async def _wait_until_ready(system: Supervisor, client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + MAX_START_S
    while time.monotonic() < deadline:
        try:
            if (await client.get(f"{system.url}/readyz")).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.05)


def _build_tabs(place: Neighbourhood) -> list[dict[str, object]]:
    """The story's operations as GraphiQL tabs, logged in as those who sent them."""
    board = {"communityId": place.community_id, "period": "WEEK"}
    here = {"communityId": place.community_id}
    chosen = (
        ("feed", operations.FEED, here, place.li),
        ("points", operations.POINTS, here, place.li),
        ("board", operations.BOARD, board, place.ming),
        ("queue", operations.QUEUE, here, place.leader),
        ("mine", operations.MY_SUBMISSIONS, here, place.ming),
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


def _print_addresses(system: Supervisor, place: Neighbourhood) -> None:
    print(f"\nGraphQL and GraphiQL   {system.url}/graphql")
    print(f"health                 {system.url}/healthz   {system.url}/readyz")
    print(f"community id           {place.community_id}")
    print(f"logs                   {system.folder}")
    print("log in as anybody      platform DEVELOPMENT, any code; the story's people come through a WeChat of its own")
    print("Ctrl-C ends it, and nothing of it is kept.", flush=True)


def _read_logs(folder: Path) -> str:
    return "\n".join(
        f"{path.name}:\n{path.read_text(errors='replace')[-2000:]}" for path in sorted(folder.glob("*.log"))
    )
