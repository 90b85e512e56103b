"""Tests of the story on a whole installation, and of the README's example after it."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import httpx
import pytest

from community.demo import operations
from community.demo.chapters import bank, people, pictures, publishing, rewards, safety, special_rewards
from community.demo.scenario import Actor, ScenarioRunner, StepFailed
from tests.support.kills import create_installation, run_installation
from tests.support.waiting import wait_until

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)[1]


@pytest.mark.processes
async def test_the_story_and_the_readme(tmp_path, platforms):
    system = create_installation(tmp_path, **platforms.settings(), erasure_wait_days="0")
    async with run_installation(system) as code, httpx.AsyncClient(timeout=60) as client:
        runner = ScenarioRunner(system.url, client)
        place = await publishing.play(runner, code, platforms)
        await pictures.play(runner, place)
        assert runner.steps > 30
        headers = {"Authorization": f"Bearer {place.li.token}"}
        asked = {"query": block("graphql"), "variables": {"communityId": place.community_id}}
        answer = await client.post(f"{system.url}/graphql", json=asked, headers=headers)
        assert answer.json() == json.loads(block("json"))
        await bank.play(runner, place)
        await rewards.play(runner, place)
        await special_rewards.play(runner, place)
        await people.play(runner, place, platforms)
        await safety.play(runner, place)
        with pytest.raises(StepFailed):
            await runner.run_step(
                place.li, "asks", operations.POINTS, communityId=place.community_id, check=lambda it: False
            )


async def test_a_step_without_an_answer_fails(capsys):
    async with httpx.AsyncClient() as client:
        runner = ScenarioRunner("http://127.0.0.1:9", client)
        with pytest.raises(StepFailed):
            await runner.run_step(Actor("小李"), "asks a stopped server", operations.ACCOUNT, check=lambda it: True)
    assert "NO_RESPONSE" in capsys.readouterr().out


@pytest.mark.processes
async def test_a_stop_waits_for_what_is_under_way(tmp_path):
    system = create_installation(tmp_path)
    async with run_installation(system):
        async with httpx.AsyncClient(timeout=60) as client:
            assert (await client.get(f"{system.url}/readyz")).json()["database"] is True
        pids = [child.pid for child in system.children.values()]
    ended = {name: child.process.returncode for name, child in system.children.items()}
    # The server shuts down in order, and then ends by the signal that stopped it.
    assert {name: code for name, code in ended.items() if code} == {"api": -signal.SIGTERM}
    assert "shutdown complete" in (tmp_path / "api.log").read_text()
    await wait_until(lambda: not Path(f"/proc/{pids[0]}").exists())
