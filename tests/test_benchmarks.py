"""The benchmarks, which no other test runs: their imports and their documents."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from community.api.schema import build_schema

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
