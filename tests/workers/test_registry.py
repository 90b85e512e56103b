"""Every named job exists, and only listed jobs can run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from workers.registry import JOBS, QUEUES, get_queue_name
from workers.schedule import SCHEDULE

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "workers").rglob("*.py")])


def find_constants(tree):
    """Return the module's text constants by name."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def list_named_jobs():
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = find_constants(tree)
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "put"):
                continue
            if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "outbox"):
                continue
            given = node.args[0]
            if isinstance(given, ast.Constant):
                yield given.value, path
            elif isinstance(given, ast.Name) and given.id in names:
                yield names[given.id], path
            elif path.name != "schedule.py":  # The next test checks the names of the schedule.
                pytest.fail(f"{path}:{node.lineno}: the name of an effect is written out where it is put")


def test_every_effect_that_is_put_has_a_job():
    found = list(list_named_jobs())
    assert len(found) >= 2
    assert [(name, path.name) for name, path in found if name not in JOBS] == []


def test_every_effect_of_the_schedule_has_a_job():
    assert set(SCHEDULE) <= set(JOBS)


def test_every_job_waits_on_a_queue_that_a_worker_can_be_started_for():
    assert {get_queue_name(name) for name in JOBS} == set(QUEUES)
    assert all(name.count(".") == 1 for name in JOBS)
