"""The benchmarks, which no other test runs: their imports and their documents."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from community.api.schema import build_schema
from community.kernel import clock, db
from tests.support.pgbench import Recorder

MODULES = sorted(path.stem for path in (Path(__file__).parent / "benchmarks").glob("*.py"))


def iter_documents(value: object) -> Iterator[str]:
    """Yield the GraphQL documents among the values of a module."""
    if isinstance(value, str) and value.lstrip().startswith(("query", "mutation")):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from iter_documents(each)
    elif isinstance(value, dict):
        yield from iter_documents(list(value.values()))


@pytest.mark.parametrize("name", MODULES)
def test_documents_of_benchmarks_are_valid(name):
    schema = build_schema()
    module = importlib.import_module(f"tests.benchmarks.{name}")
    for constant, value in vars(module).items():
        for document in iter_documents(value):
            assert schema.check_document(document) == [], constant


async def test_recorded_statements_become_a_script(database):
    recorder = Recorder()
    put = "INSERT INTO outbox_effect (name, args, created_at, due_at) VALUES ($1, '{}', $2, $2)"
    with recorder.record():
        await db.execute(put, "first", clock.now())
        await db.Select("SELECT name FROM outbox_effect WHERE id > $1", db.Name).all(1000)
    script = recorder.write_script("-- head", {"1000": ":number"})
    if db.dialect() is db.Dialect.POSTGRES:
        assert script.startswith("-- head\nBEGIN;\nINSERT INTO outbox_effect")
        assert "CAST(('first') AS TEXT), '{}', now(), now())" in script
        assert "id > CAST(:number AS BIGINT);\nEND;" in script
    assert [call.columns for call in recorder.calls] == [(), ("name",)]
