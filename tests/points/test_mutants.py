"""Two planted errors are caught, and all others fit the sources. The long form is `tests/faults/test_mutants.py`."""

from __future__ import annotations

import ast

import pytest

from tests.support import backends
from tests.support.mutants import MUTANTS, ROOT, SOURCES, plant, run_with

SHORT = {"hold is captured after its time limit", "spend is not idempotent in one statement"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_fits_the_sources(mutant):
    ast.parse(plant(mutant, (ROOT / SOURCES / mutant.module).read_text(encoding="utf-8")))
    assert (ROOT / mutant.caught_by).is_file()


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.parametrize(
    "mutant",
    [one for one in MUTANTS if one.name in SHORT and one.backend in backends.list_backends()],
    ids=lambda mutant: mutant.name,
)
def test_planted_error_is_caught(tmp_path, mutant):
    result = run_with(tmp_path, mutant)
    assert result.returncode == 1, result.stdout[-2000:] + result.stderr[-2000:]
