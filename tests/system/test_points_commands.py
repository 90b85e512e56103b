"""The operator's commands of the points bank, as typed."""

from __future__ import annotations

import json

import pytest

from community.api.ids import encode
from tests.system.test_commands import run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An installation with one community."""
    folder = tmp_path_factory.mktemp("operator")
    assert run("migrate", cwd=folder).returncode == 0
    assert run("found", "幸福里", cwd=folder).returncode == 0
    return folder


def said(*arguments, cwd):
    done = run(*arguments, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refused(*arguments, cwd):
    done = run(*arguments, cwd=cwd)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_rule_is_shown_and_published(folder):
    path = folder / "rule.json"
    path.write_text(json.dumps({"amount": 3, "caps": {"day": 9}}), encoding="utf-8")
    assert "version 2 of PURCHASE" in said("points", "publish", "purchase", "rule.json", cwd=folder)
    line = next(line for line in said("points", "rules", cwd=folder).splitlines() if line.startswith("PURCHASE"))
    assert "version 2, operator" in line
    assert '"caps": {"day": 9}' in line


@pytest.mark.parametrize("text", ["[1]", "not json", '{"amount": -1}', '{"amount": 1, "colour": 2}'])
def test_what_is_no_rule_is_refused(folder, text):
    path = folder / "wrong.json"
    path.write_text(text, encoding="utf-8")
    refused("points", "publish", "purchase", "wrong.json", cwd=folder)
    assert "version 2 of SUBMISSION" not in said("points", "rules", cwd=folder)


def test_a_season_a_policy_and_a_token(folder):
    season = ("points", "season", "春节", "--percent", "200", "--from", "2099-02-01T00:00+08:00")
    assert "200 percent until 2099-02-19 16:00Z" in said(*season, "--until", "2099-02-20T00:00+08:00", cwd=folder)
    assert "lasts" not in refused(*season, "--until", "2099-01-01", cwd=folder)
    policy = ("points", "policy", encode("Community", 1))
    assert "last 30 days" in said(*policy, "--days", "30", cwd=folder)
    refused(*policy, cwd=folder)
    assert said("token", "1", "订单系统", "--scope", "move-points", cwd=folder).startswith("cst_")
    assert "none of" in refused("token", "1", "订单系统", "--scope", "everything", cwd=folder)


def test_who_is_no_member_has_no_statement(folder):
    assert "no such member" in refused("points", "statement", "1", "9", cwd=folder)
    assert "no such member" in refused("points", "adjust", "1", "9", "5", "--reason", "盘点", cwd=folder)


def test_the_audit_says_what_it_looked_at(folder):
    printed = said("audit", cwd=folder)
    assert "the books are proven" in printed
    assert "BAD" not in printed
