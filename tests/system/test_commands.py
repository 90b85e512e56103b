"""The commands, as an operator types them."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import zipfile
from functools import partial
from pathlib import Path

import httpx
import pytest

from community import addresses
from community import settings as configuration
from community.accounts import logins
from community.accounts.models import Platform
from community.api import ids
from community.database import use_database
from community.review.appeals import appeals
from community.review.appeals.models import AppealedAction
from community.settings import PREFIX
from community.submissions import restoration
from community.submissions.models import SubmissionState
from tests.experts.story import apply_for, in_days
from tests.support.commands import COMMAND, environment, run, run_process
from tests.support.comments import send_to_leader
from tests.support.story import (
    create_community,
    create_in_review,
    create_in_state,
    create_published,
    get_open_case,
    list_rows,
)


def test_operator_decides_about_credentials(run_here):
    run_here("migrate")
    made = asyncio.run(_apply())
    assert "厨师, 市餐饮协会 (USAGE_TIP)  证书 123" in run_here("experts", "list").output
    assert run_here("experts", "verify", made).output == "verified\n"
    assert "verified" in run_here("experts", "refuse", made, "--reason", "证书不符").output
    assert run_here("experts", "suspend", made, "--reason", "投诉").returncode == 0
    assert run_here("experts", "renew", made, "--until", "2020-01-01").returncode != 0
    assert run_here("experts", "renew", made, "--until", in_days(50).isoformat()).output == "renewed\n"
    assert made in run_here("experts", "list", "--state", "VERIFIED").output
    assert run_here("experts", "withdraw", made, "--reason", "作废").output == "withdrawn\n"
    assert made in run_here("experts", "list", "--state", "WITHDRAWN").output


def test_a_wrong_variable_is_named_without_a_traceback(tmp_path):
    done = run_process("check", cwd=tmp_path, PORT="a lot", DATABASE_URL="mysql://x")
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


@pytest.mark.parametrize("command", [["check"], ["found", "幸福里"], ["serve"], ["worker", "effects"]])
def test_only_migrating_makes_a_database(tmp_path, command):
    done = run(*command, cwd=tmp_path, PORT="0")
    assert done.returncode == 1
    assert "there is no database at" in done.stdout + get_output(done)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["serve"], ["relay"]])
def test_a_database_without_this_version_s_tables_is_told_plainly(tmp_path, command):
    (tmp_path / "empty.sqlite3").touch()
    old = {"DATABASE_URL": f"sqlite://{tmp_path}/empty.sqlite3"}
    assert "run `community migrate` first" in get_plain_error(run(*command, cwd=tmp_path, PORT="0", **old))
    checked = run("check", cwd=tmp_path, **old).stdout
    assert "BAD  migrations" in checked
    assert "effects" not in checked


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


@pytest.fixture
def run_here(tmp_path, monkeypatch):
    """A function that runs a command in an empty folder, the current one."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return partial(run, cwd=tmp_path)


def test_people_and_privacy_are_looked_after_by_the_operator(run_here, tmp_path):
    run_here("migrate")
    run_here("found", "幸福里")
    (tmp_path / "terms.md").write_text("我们怎样使用你的数据。", encoding="utf-8")
    publish = ("privacy", "publish", "SERVICE", "terms.md", "--title", "用户协议")
    assert "SERVICE version 1 is published: everyone is asked again" in run_here(*publish).output
    assert "version 2 is published: earlier consents stay valid" in run_here(*publish).output
    assert run_here("privacy", "publish", "OTHER", "terms.md", "--title", "x").returncode == 2
    report = run_here("privacy", "retention").output
    assert report.count("never run") == len(report.splitlines()) > 0
    assert "never run" not in run_here("privacy", "retention", "--now").output
    for command in (("people", "ban", "1", "--reason", "广告"), ("people", "unban", "1"), ("people", "lead", "9")):
        assert "There is no such" in run_here(*command).output
    assert "makes one person a leader" in run_here("people", "lead", "Q29tbXVuaXR5OjE").output
    assert run_here("people", "ban", "nonsense", "--reason", "x").returncode == 2


def test_operator_answers_an_appeal_that_no_leader_may(run_here):
    run_here("migrate")
    case = asyncio.run(_appeal_with_one_leader())
    assert run_here("cases", "list").output.startswith(case)
    shown = run_here("cases", "show", case).output
    assert [word in shown for word in ("REMOVAL", "误会", "decisions: deny, grant")] == [True] * 3
    assert "decide this case with deny, grant" in run_here("cases", "decide", case, "solve", "--version", "1").output
    answer = ("cases", "decide", case, "grant", "--version", "1")
    assert run_here(*answer).returncode == 1
    assert run_here(*answer, "--reason", "看错了").output == "decided\n"
    assert run_here("cases", "list").output == ""
    assert "changed" in run_here(*answer, "--reason", "看错了").output
    assert "case.operator_decide" in run_here("audit-trail").output


def test_operator_decides_with_the_options_of_the_decision(run_here):
    run_here("migrate")
    revision, comment = asyncio.run(_own_work_of_the_only_leader())
    assert len(run_here("cases", "list").output.splitlines()) == 2
    approve = ("cases", "decide", revision, "approve", "--version", "1", "--reason", "写得好")
    assert "needs --scores" in run_here(*approve).output
    assert run_here(*approve, "--scores", "4", "4", "5").output == "decided\n"
    publish = ("cases", "decide", comment, "approve", "--version", "1")
    assert "leave it out" in run_here(*publish, "--reason", "写得好").output
    assert run_here(*publish).output == "decided\n"
    assert run_here("cases", "show", "999").returncode == 1


async def _apply():
    async with use_database(configuration.load()):
        place = await create_community()
        made = await apply_for(place.resident)
        return ids.encode("Credential", made.id)


async def _appeal_with_one_leader():
    async with use_database(configuration.load()):
        place = await create_community()
        row = await create_in_state(place, SubmissionState.REMOVED)
        (found,) = await restoration.find_newest([row.id])
        made = await appeals.open_appeal(place.resident, found.id, subject=AppealedAction.REMOVAL, text="误会")
        return ids.encode("ReviewCase", made.case_id)


async def _own_work_of_the_only_leader():
    async with use_database(configuration.load()):
        place = await create_community()
        revision = await get_open_case(await create_in_review(place, author=place.leader))
        await send_to_leader(place.leader, await create_published(place))
        newest = max(row["id"] for row in await list_rows("review_case"))
        return ids.encode("ReviewCase", revision.id), ids.encode("ReviewCase", newest)


async def _login(name):
    async with use_database(configuration.load()):
        await logins.login(configuration.load(), Platform.DEVELOPMENT, name)


def test_a_suspended_person_has_their_rights_by_the_operator(run_here, tmp_path):
    run_here("migrate")
    asyncio.run(_login("one"))
    assert "banned" in run_here("people", "ban", "1", "--reason", "广告").output
    (line,) = run_here("privacy", "export", ids.encode("Person", 1), "out").output.splitlines()
    with zipfile.ZipFile(tmp_path / line) as archive:
        assert "accounts/person.json" in archive.namelist()
    for wrong in ((), ("--remove", "--keep", "anonymised"), ("--keep", "everything")):
        assert run_here("privacy", "erase", "1", *wrong).returncode == 2
    assert "ANONYMISE, due at" in run_here("privacy", "erase", "1", "--keep", "anonymised").output
    assert "You have already requested an erasure" in run_here("privacy", "erase", "1", "--remove", "--now").output
    for command in (("export", "9", "out"), ("erase", "9", "--remove")):
        assert "There is no such person" in run_here("privacy", *command).output


def test_a_change_of_the_encryption_key_is_carried_through(run_here):
    old, new = "the key that was used before this day", "the key that is used from this day on"
    run_here("migrate", ENCRYPTION_KEY=old)
    assert "0 values sealed" in run_here("rekey", ENCRYPTION_KEY=new, ENCRYPTION_KEYS_ACCEPTED=old).output


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


def list_faults(folder, *where, bearable, **told):
    """Return the faults that `community check` still finds when every process has had time to start."""
    for _ in range(100):
        found = run("check", *where, cwd=folder, **told).stdout.splitlines()
        faults = [line for line in found if line.startswith("BAD") and line.split()[1] not in bearable]
        if not any("no sign of life" in line for line in faults):
            return faults
        time.sleep(0.1)
    return faults


@pytest.mark.processes
def test_up_starts_again_after_a_kill_and_leaves_nothing_behind(tmp_path):
    port = str(free_port())
    for end in (signal.SIGKILL, signal.SIGTERM):
        with (tmp_path / "log").open("wb") as log:
            up = subprocess.Popen([*COMMAND, "up"], cwd=tmp_path, env=environment(PORT=port), stdout=log, stderr=log)
            wait_for(f"http://127.0.0.1:{port}/readyz")
            assert run("found", "幸福里", cwd=tmp_path).returncode == 0
            assert list_faults(tmp_path, bearable=set()) == []
            up.send_signal(end)
            up.wait(60)
        assert wait_for_processes(tmp_path) == []


@pytest.fixture
def short_path():
    """A folder for temporary files. Its path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="story-", dir="/tmp") as path:
        yield Path(path)


@pytest.mark.processes
@pytest.mark.parametrize("moment", ["lock", "valkey/valkey.conf", "api.log", "✓ 10 "])
def test_a_stop_in_the_middle_of_the_story_leaves_nothing_behind(tmp_path, short_path, moment):
    said, place = tmp_path / "said", short_path
    with said.open("wb") as output:
        demo = subprocess.Popen(
            [*COMMAND, "demo", "--port", "0"], cwd=tmp_path, stdout=output, stderr=output,
            env=environment() | {"TMPDIR": str(place), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
    for _ in range(20_000):
        if moment in said.read_text() or list(place.glob(f"*/{moment}")):
            break
        time.sleep(0.001)
    demo.terminate()
    assert demo.wait(60) == 128 + signal.SIGTERM
    assert "Traceback" not in said.read_text()
    assert (wait_for_processes(tmp_path), wait_for_processes(place), list(place.iterdir())) == ([], [], [])


def wait_for_processes(folder):
    """Return the processes that do not end within ten seconds."""
    for _ in range(100):
        if not (left := list_processes(folder)):
            break
        time.sleep(0.1)
    return left


def list_processes(folder):
    """Return the command lines of the processes that run in the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if (process / "cwd").resolve().is_relative_to(folder) and int(process.name) != os.getpid():
                found.append(line)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
    return found


def get_plain_error(done):
    """Assert that the command failed without a traceback, and return its message."""
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_database_that_is_away_is_told_plainly(tmp_path):
    said = get_plain_error(run("migrate", cwd=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none"))
    assert "the database cannot be used" in said
    assert "migrate" not in said


def test_check_says_of_a_database_that_is_away_nothing_more_than_that(tmp_path):
    checked = run("check", cwd=tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none").stdout
    assert "BAD  database  the database cannot be used: " in checked
    assert [line.split()[1] for line in checked.splitlines()] == ["settings", "logins", "database", "disks", "redis"]


def test_a_file_that_is_no_database_is_told_plainly(tmp_path):
    (tmp_path / "text.sqlite3").write_text("a letter to my neighbours, " * 100)
    other = {"DATABASE_URL": f"sqlite://{tmp_path}/text.sqlite3"}
    assert "file is not a database" in get_plain_error(run("migrate", cwd=tmp_path, **other))
    assert "BAD  database" in run("check", cwd=tmp_path, **other).stdout


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_up_does_not_pass_over_servers_that_it_was_given(tmp_path, name):
    own = {"DATABASE_URL": "postgresql://db/community", "REDIS_URL": "redis://cache:6379"}[name]
    assert f"{PREFIX}{name} is set" in get_plain_error(run_process("up", cwd=tmp_path, PORT="0", **{name: own}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.processes
def test_an_installation_for_production_is_founded_as_up_says(tmp_path):
    where = ["--folder", "a place: 100%?#'家'"]
    port = str(free_port())
    with (tmp_path / "said").open("wb") as said:
        up = subprocess.Popen(
            [*COMMAND, "up", *where], cwd=tmp_path, env=environment(PORT=port, ENVIRONMENT="production"), stdout=said
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        (line,) = (line for line in (tmp_path / "said").read_text().splitlines() if line.startswith("next"))
        words = shlex.split(line.removeprefix("next").partition("  prints")[0])
        assert (words[:2], words[-1]) == (["community", "found"], "NAME")
        # With the variable that `up` was given, and in a shell without it.
        for told in ({"ENVIRONMENT": "production"}, {}):
            founded = run(*words[1:-1], "幸福里", cwd=tmp_path, **told)
            assert "makes one person a leader of 幸福里" in founded.stdout, founded.stderr
            # In production no person can log in before a platform has credentials. Nothing else may be wrong.
            assert list_faults(tmp_path, *where, bearable={"logins"}, **told) == []
        kept = tmp_path / where[-1]
        with sqlite3.connect(kept / "community.sqlite3") as database:
            assert database.execute("SELECT count(*) FROM community").fetchone() == (2,)
        assert {path.name for path in tmp_path.iterdir()} == {"said", kept.name}
    finally:
        up.terminate()
        up.wait(60)


def test_redis_that_is_away_is_told_plainly(tmp_path):
    run("migrate", cwd=tmp_path)
    run("found", "幸福里", cwd=tmp_path)
    assert "Redis" in get_plain_error(run("leaderboards", "rebuild", cwd=tmp_path, REDIS_URL="redis://127.0.0.1:1"))


def test_a_port_in_use_is_told_plainly(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = get_plain_error(run_process("up", cwd=tmp_path, PORT=port))
        assert "in use" in told
        assert "COMMUNITY_PORT" in told
        assert "cannot be used" in run_process("demo", "--once", "--port", port, cwd=tmp_path).stdout


@pytest.mark.long
@pytest.mark.processes
def test_a_second_installation_in_one_folder_leaves_the_first_alone(tmp_path):
    port = str(free_port())
    first = subprocess.Popen([*COMMAND, "up"], cwd=tmp_path, env=environment(PORT=port))
    try:
        wait_for(f"http://127.0.0.1:{port}/readyz")
        for other in ("0", port):
            assert "another installation is running" in get_output(run_process("up", cwd=tmp_path, PORT=other))
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["redis"] is True
        socket_of_first = addresses.build_embedded_redis_url(tmp_path / ".community").removeprefix("unix://")
        assert Path(socket_of_first).exists()
    finally:
        first.terminate()
        first.wait(60)


def get_output(done):
    assert "Traceback" not in done.stderr
    return done.stderr
