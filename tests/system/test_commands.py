"""The commands, as an operator types them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from community.settings import PREFIX

COMMAND = (sys.executable, "-m", "community")


def environment(**variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {PREFIX + name: value for name, value in variables.items()}


def run(*arguments, cwd, **variables):
    return subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=environment(**variables), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


def test_a_wrong_variable_is_named_without_a_traceback(tmp_path):
    done = run("check", cwd=tmp_path, PORT="a lot", DATABASE_URL="mysql://x")
    assert done.returncode == 1
    assert f"{PREFIX}PORT" in done.stderr
    assert f"{PREFIX}DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_production_does_not_start_on_defaults(tmp_path):
    done = run("serve", cwd=tmp_path, ENVIRONMENT="production")
    assert done.returncode == 1
    assert f"{PREFIX}TOKEN_SECRET" in done.stderr


def test_check_says_what_is_missing_and_what_to_do(tmp_path):
    done = run("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "run `community migrate`" in done.stdout
    assert "BAD  redis" in done.stdout


def test_the_api_does_not_start_on_an_old_database(tmp_path):
    done = run("serve", cwd=tmp_path, PORT="0")
    assert done.returncode != 0
    assert "run `community migrate` first" in done.stderr


def test_migrating_twice_and_founding(tmp_path):
    assert "applied 0001_skeleton" in run("migrate", cwd=tmp_path).stdout
    assert run("migrate", cwd=tmp_path).stdout == "nothing to apply\n"
    assert "makes one person a leader of 幸福里" in run("found", "幸福里", cwd=tmp_path).stdout
    refused = run("found", "幸福里", "--time-zone", "Mars/Olympus", cwd=tmp_path)
    assert (refused.returncode, "time zone" in refused.stderr) == (1, True)


def test_an_unknown_queue_is_refused_with_those_there_are(tmp_path):
    done = run("worker", "nonsense", cwd=tmp_path)
    assert done.returncode == 2
    assert "effects, images, leaderboards" in done.stderr


def test_the_schema_is_the_released_one(tmp_path):
    assert run("schema", "--check", cwd=tmp_path).returncode == 0
    assert run("schema", cwd=tmp_path).stdout == (Path(__file__).parents[2] / "schema.graphql").read_text()


def wait_for(url):
    for _ in range(200):
        try:
            if httpx.get(url, timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{url} never answered")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


@pytest.mark.processes
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_up_keeps_everything_checks_well_and_leaves_nothing_behind(tmp_path, end):
    port = str(free_port())
    with (tmp_path / "log").open("wb") as log:
        up = subprocess.Popen([*COMMAND, "up"], cwd=tmp_path, env=environment(PORT=port), stdout=log, stderr=log)
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert run("found", "幸福里", cwd=tmp_path).returncode == 0
        checked = run("check", cwd=tmp_path)
        assert checked.returncode == 0, checked.stdout
        up.send_signal(end)
        up.wait(20)
    for _ in range(100):
        if not (left := processes_of(tmp_path)):
            break
        time.sleep(0.1)
    # After a kill -9 Valkey is left; the next start ends it.
    assert [line for line in left if "valkey" not in line] == []
    again = subprocess.Popen([*COMMAND, "up"], cwd=tmp_path, env=environment(PORT=port))
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert run("check", cwd=tmp_path).returncode == 0
    finally:
        again.terminate()
        again.wait(20)
    assert processes_of(tmp_path) == []


def processes_of(folder):
    """The command lines of processes that work in a folder, or hold a file of it in their arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if (process / "cwd").resolve().is_relative_to(folder) and int(process.name) != os.getpid():
                found.append(line)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
    return found


def plain(done):
    """One sentence for the operator, and no traceback."""
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_database_that_is_away_is_told_plainly(tmp_path):
    away = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    assert "database" in plain(run("migrate", cwd=tmp_path, **away))
    assert "BAD  database" in run("check", cwd=tmp_path, **away).stdout


def test_redis_that_is_away_is_told_plainly(tmp_path):
    run("migrate", cwd=tmp_path)
    run("found", "幸福里", cwd=tmp_path)
    assert "Redis" in plain(run("leaderboards", "rebuild", cwd=tmp_path, REDIS_URL="redis://127.0.0.1:1"))


def test_a_port_in_use_is_told_plainly(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "in use" in plain(run("up", cwd=tmp_path, PORT=port))
        assert "cannot be used" in run("demo", "--once", "--port", port, cwd=tmp_path).stdout


@pytest.mark.processes
def test_a_second_installation_in_one_folder_leaves_the_first_alone(tmp_path):
    port = str(free_port())
    first = subprocess.Popen([*COMMAND, "up"], cwd=tmp_path, env=environment(PORT=port))
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        assert "another installation is running" in plain_end(run("up", cwd=tmp_path, PORT="0"))
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["redis"] is True
    finally:
        first.terminate()
        first.wait(20)


def plain_end(done):
    assert "Traceback" not in done.stderr
    return done.stderr
