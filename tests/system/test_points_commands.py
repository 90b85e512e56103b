"""The operator's commands of the points bank, as typed."""

from __future__ import annotations

import asyncio
import json

import pytest

from community.api.ids import encode
from community.database import use_database
from community.points.adjustments import adjust
from tests.support.backends import make_settings
from tests.support.commands import run
from tests.support.story import create_community


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An installation with one community."""
    folder = tmp_path_factory.mktemp("operator")
    assert run("migrate", cwd=folder).returncode == 0
    assert run("found", "幸福里", cwd=folder).returncode == 0
    return folder


def run_ok(*arguments, cwd):
    done = run(*arguments, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def run_refused(*arguments, cwd):
    done = run(*arguments, cwd=cwd)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_rule_is_shown_and_published(folder):
    path = folder / "rule.json"
    path.write_text(json.dumps({"amount": 3, "caps": {"day": 9}}), encoding="utf-8")
    assert "version 2 of PURCHASE" in run_ok("points", "publish", "purchase", "rule.json", cwd=folder)
    line = next(line for line in run_ok("points", "rules", cwd=folder).splitlines() if line.startswith("PURCHASE"))
    assert "version 2, operator" in line
    assert '"caps": {"day": 9}' in line


@pytest.mark.parametrize("text", ["[1]", "not json", '{"amount": -1}', '{"amount": 1, "colour": 2}'])
def test_what_is_no_rule_is_refused(folder, text):
    path = folder / "wrong.json"
    path.write_text(text, encoding="utf-8")
    run_refused("points", "publish", "purchase", "wrong.json", cwd=folder)
    assert "version 2 of SUBMISSION" not in run_ok("points", "rules", cwd=folder)


def test_one_communitys_rule_is_set_and_stepped_back(folder):
    (folder / "one.json").write_text('{"amount": 9000}', encoding="utf-8")
    here = ("points", "publish", "pick-up", "--community", encode("Community", 1))
    assert "version 1 of PICK_UP holds in community 1" in run_ok(*here, "one.json", cwd=folder)
    assert 'version 1, operator_here: {"amount": 9000' in run_ok("points", "rules", "1", cwd=folder)
    assert "version 2 of PICK_UP, a reset, holds in community 1" in run_ok(*here, "--reset", cwd=folder)
    assert "9000" not in run_ok("points", "rules", "1", cwd=folder)
    assert "FILE or --reset" in run_refused(*here, cwd=folder)


def test_seasons_are_listed_and_ended(folder):
    season = ("points", "season", "国庆", "--percent", "300", "--trigger", "check-in", "--from", "2099-10-01")
    number = run_ok(*season, "--until", "2099-10-08", cwd=folder).removeprefix("season ").partition(",")[0]
    assert "at most 366 days" in run_refused(*season, "--until", "2100-10-03", cwd=folder)
    line = f"season {number}, 国庆: 300 percent of CHECK_IN in all communities, 2099-10-01 00:00Z to 2099-10-08 00:00Z"
    assert run_ok("points", "seasons", cwd=folder).splitlines()[0] == line
    assert "has ended" in run_ok("points", "end-season", encode("Season", int(number)), cwd=folder)
    assert run_ok("points", "seasons", "1", cwd=folder).startswith(f"{line}, ended ")
    assert "no such season" in run_refused("points", "end-season", number, cwd=folder)


def test_what_a_leader_asks_for_is_decided_where_there_is_no_second_one(folder):
    async def request_adjustments() -> tuple[str, list[str]]:
        async with use_database(make_settings(database_url=f"sqlite://{folder}/.community/community.sqlite3")):
            place = await create_community()
            asked = [await adjust(place.leader, place.resident.id, amount=500, reason="漏记") for _ in range(2)]
        return str(place.id), [str(row.id) for row in asked]

    community, (first, second) = asyncio.run(request_adjustments())
    lines = run_ok("points", "adjustments", community, cwd=folder).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [f"adjustment {first}", f"adjustment {second}"]
    assert "+500 for member" in lines[0]
    assert lines[0].endswith(": 漏记")
    assert "is made" in run_ok("points", "approve", community, encode("Adjustment", int(first)), cwd=folder)
    assert "is declined" in run_ok("points", "decline", community, second, cwd=folder)
    assert "already" in run_refused("points", "approve", community, second, cwd=folder)


def test_a_season_a_policy_and_a_token(folder):
    season = ("points", "season", "春节", "--percent", "200", "--from", "2099-02-01T00:00+08:00")
    assert "200 percent until 2099-02-19 16:00Z" in run_ok(*season, "--until", "2099-02-20T00:00+08:00", cwd=folder)
    assert "lasts" not in run_refused(*season, "--until", "2099-01-01", cwd=folder)
    policy = ("points", "policy", encode("Community", 1))
    assert "last 30 days" in run_ok(*policy, "--days", "30", cwd=folder)
    run_refused(*policy, cwd=folder)
    assert run_ok("token", "1", "订单系统", "--scope", "move-points", cwd=folder).startswith("cst_")
    assert "none of" in run_refused("token", "1", "订单系统", "--scope", "everything", cwd=folder)


def test_policy_options_left_out_change_nothing(folder):
    policy = ("points", "policy", encode("Community", 1))
    assert "last 365 days; one leader corrects up to 500" in run_ok(
        *policy, "--days", "365", "--adjustment-limit", "500", cwd=folder
    )
    assert "last 30 days; one leader corrects up to 500" in run_ok(*policy, "--days", "30", cwd=folder)
    assert "last 30 days; one leader corrects up to 7" in run_ok(*policy, "--adjustment-limit", "7", cwd=folder)
    assert "following year; one leader corrects up to 7" in run_ok(*policy, "--following-year", cwd=folder)


def test_policy_options_that_exclude_each_other_are_refused(folder):
    assert "not both" in run_refused("points", "policy", "1", "--days", "3", "--following-year", cwd=folder)
    assert "--adjustment-limit" in run_refused("points", "policy", "1", cwd=folder)


def test_who_is_no_member_has_no_statement(folder):
    assert "no such member" in run_refused("points", "statement", "1", "9", cwd=folder)
    assert "no such member" in run_refused("points", "adjust", "1", "9", "5", "--reason", "盘点", cwd=folder)


def test_the_audit_says_what_it_looked_at(folder):
    printed = run_ok("audit", cwd=folder)
    assert "every invariant holds" in printed
    assert "BAD" not in printed


def test_audit_compares_a_kept_seal(folder):
    kept = run_ok("seal", cwd=folder).strip()
    assert "every invariant holds" in run_ok("audit", "--seal", kept, cwd=folder)
    printed = run("audit", "--seal", kept[:-1] + "x", cwd=folder)
    assert (printed.returncode, "is not in the database" in printed.stdout) == (1, True)


def test_audit_continues_at_kept_position(folder, tmp_path):
    position = tmp_path / "position"
    found = {"table": "submission", "after_id": 0, "rows_examined": 0, "violations": {}}
    position.write_text(json.dumps({"is_ok": False, "position": found}))
    printed = run("audit", "--position", str(position), cwd=folder)
    assert (printed.returncode, "account" in printed.stdout, position.exists()) == (1, False, False)
