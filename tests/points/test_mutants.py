"""Two planted errors are caught, and all others can still be planted. The long form is `tests/faults`."""

from __future__ import annotations

import ast

import pytest

from tests.support import backends
from tests.support.mutants import MUTANTS, ROOT, SOURCES, plant, run_with

SHORT = {"a hold that is captured after its time", "no idempotency in the one statement"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_fits_the_sources(mutant):
    ast.parse(plant(mutant, (ROOT / SOURCES / mutant.module).read_text(encoding="utf-8")))
    assert (ROOT / mutant.held_by).is_file()


@pytest.mark.processes
@pytest.mark.parametrize(
    "mutant",
    [one for one in MUTANTS if one.name in SHORT and one.backend in backends.list_backends()],
    ids=lambda mutant: mutant.name,
)
def test_planted_error_is_caught(tmp_path, mutant):
    result = run_with(tmp_path, mutant)
    assert result.returncode == 1, result.stdout[-2000:] + result.stderr[-2000:]
