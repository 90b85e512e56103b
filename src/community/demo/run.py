"""The demo, a whole installation in a temporary folder."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from community.communities import founding
from community.database import migrate_and_seal, use_database
from community.demo import earlier, operations, review_operations
from community.demo.chapters import (
    bank,
    contest,
    conversation,
    experts,
    people,
    pictures,
    podium,
    publishing,
    rewards,
    safety,
    special_rewards,
)
from community.demo.platforms import FakePlatforms
from community.demo.scenario import ScenarioRunner, StepFailed
from community.demo.steps import Neighbourhood
from community.kernel.invariants import check_invariants
from community.settings import PREFIX, Settings
from community.system.invariants import INVARIANTS
from community.system.signals import exit_on_sigterm, ignore_stop_signals
from community.system.supervisor import Supervisor

MAX_START_S = 20.0


@dataclass(frozen=True, slots=True)
class _PlayedStory:
    """An installation that still runs after every step of the story succeeded."""

    system: Supervisor
    place: Neighbourhood


def play_and_stop(*, port: int, photos: Path | None = None) -> bool:
    """Play the story on a new installation. Return True if every step succeeded.

    The photographs are those of the folder `photos`, or drawn ones.
    """
    with _run_story(port, photos) as played:
        return played is not None


def play_and_serve(*, port: int, photos: Path | None = None) -> bool:
    """Play the story, then serve until a signal stops the process.

    Return False immediately if a step failed. The photographs are those of the folder `photos`, or drawn ones.
    """
    with _run_story(port, photos) as played:
        if played is None:
            return False
        _write_examples(played)
        _print_addresses(played)
        played.system.run()
        return True


@contextmanager
def _run_story(port: int, photos: Path | None) -> Iterator[_PlayedStory | None]:
    """Start an installation and play the story.

    The installation stops when the block ends. Yields None if the port cannot be used or a step failed.
    The reason has then been printed.
    """
    exit_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="community-demo-") as name, FakePlatforms() as platforms:
        folder = Path(name)
        began = time.monotonic()
        try:
            system = Supervisor(
                folder, host="127.0.0.1", port=port, environment=_build_environment(folder, platforms), logs=True
            )
        except OSError as error:
            print(f"Port {port} cannot be used ({error.strerror}). Try `community demo --port 0`, which takes any.")
            yield None
            return
        try:
            code = asyncio.run(_prepare(system.settings(), platforms))
            system.start()
            place = asyncio.run(_play_chapters(system, code, platforms, photos))
            if place is None:
                print(f"\nA step failed. The last log lines of the processes:\n{_read_logs(folder)}")
                yield None
            else:
                print(f"\nEvery step succeeded. The story took {time.monotonic() - began:.1f} s.", flush=True)
                yield _PlayedStory(system, place)
        finally:
            ignore_stop_signals()
            system.stop()


def _build_environment(folder: Path, platforms: FakePlatforms) -> dict[str, str]:
    # The settings of another installation on this machine must not reach the demo.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment[f"{PREFIX}TOKEN_SECRET"] = secrets.token_urlsafe(48)
    environment[f"{PREFIX}TOKEN_LIFETIME_S"] = "86400"
    environment[f"{PREFIX}EXPLORER_EXAMPLES"] = str(_get_examples_path(folder))
    environment[f"{PREFIX}ERASURE_WAIT_DAYS"] = "0"
    return environment | {PREFIX + name.upper(): value for name, value in platforms.settings().items()}


async def _prepare(settings: Settings, platforms: FakePlatforms) -> str:
    """Create the database and a community, and return the leader's code."""
    async with use_database(settings):
        await migrate_and_seal(settings)
        await earlier.write(settings, platforms)
        return (await founding.create_community(name="幸福里")).code


async def _play_chapters(
    system: Supervisor, code: str, platforms: FakePlatforms, photos: Path | None
) -> Neighbourhood | None:
    """Play all chapters and return the community, or None on failure."""
    async with httpx.AsyncClient(timeout=30) as client:
        await _wait_until_ready(system, client)
        runner = ScenarioRunner(system.url, client)
        try:
            place = await publishing.play(runner, code, platforms)
            await podium.play(runner, platforms, system.settings())
            await pictures.play(runner, place, folder=photos)
            await bank.play(runner, place)
            await rewards.play(runner, place)
            await special_rewards.play(runner, place)
            await people.play(runner, place, platforms)
            await safety.play(runner, place)
            await conversation.play(runner, place)
            await experts.play(runner, place, system.settings())
            await contest.play(runner, place)
        except StepFailed:
            return None
        return place if await _check_invariants(runner, system.settings()) else None


async def _check_invariants(runner: ScenarioRunner, settings: Settings) -> bool:
    """Check the data of the whole story as `community audit` does. Return True if no row is wrong."""
    runner.begin_chapter("The operator checks the data")
    async with use_database(settings):
        results = [result async for result in check_invariants(INVARIANTS)]
    wrong = [result for result in results if result.violations]
    for result in wrong:
        print(f"✗    {result.invariant.description}: wrong in {result.invariant.table} {list(result.violations)}")
    rows = sum(result.rows_examined for result in results)
    print(f"{'✗' if wrong else '✓'}    {len(results) - len(wrong)} of {len(results)} rules hold for {rows} rows")
    return not wrong


async def _wait_until_ready(system: Supervisor, client: httpx.AsyncClient) -> None:
    deadline = time.monotonic() + MAX_START_S
    while time.monotonic() < deadline:
        try:
            if (await client.get(f"{system.url}/readyz")).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.05)


def _get_examples_path(folder: Path) -> Path:
    return folder / "examples.json"


def _write_examples(played: _PlayedStory) -> None:
    """Write the story's queries as examples of the explorer.

    Each example is logged in as the person who sent the query.
    """
    place = played.place
    here = {"communityId": place.community_id}
    chosen = (
        ("feed", operations.FEED, here, place.li),
        ("points", operations.POINTS, here, place.li),
        ("leaderboard", operations.BOARD, here | {"period": "WEEK"}, place.ming),
        ("review queue", operations.QUEUE, here, place.leader),
        ("own submissions", operations.MY_SUBMISSIONS, here, place.ming),
        ("search", review_operations.SEARCH, here | {"text": "烧肉"}, place.ming),
    )
    examples = [
        {
            "title": f"{actor.name}: {title}",
            "query": query,
            "variables": variables,
            "headers": {"Authorization": f"Bearer {actor.token}"},
        }
        for title, query, variables, actor in chosen
    ]
    _get_examples_path(played.system.folder).write_text(json.dumps(examples, ensure_ascii=False), encoding="utf-8")


def _print_addresses(played: _PlayedStory) -> None:
    system = played.system
    print(f"\nGraphQL and explorer   {system.url}/graphql   (its examples are queries of the story)")
    print(f"Health                 {system.url}/healthz   {system.url}/readyz")
    print(f"Community id           {played.place.community_id}")
    print(f"Logs                   {system.folder}")
    print("Log in as a new person platform DEVELOPMENT with any code (the story's people use a test server of WeChat)")
    print("Press Ctrl-C to stop. All data of the demo is then deleted.", flush=True)


def _read_logs(folder: Path) -> str:
    return "\n".join(
        f"{path.name}:\n{path.read_text(errors='replace')[-2000:]}" for path in sorted(folder.glob("*.log"))
    )
