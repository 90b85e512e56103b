"""Errors planted into the points bank that its tests must catch.

.venv/bin/pytest tests/faults/test_mutants.py
"""

from __future__ import annotations

import pytest

from tests.support import backends
from tests.support.mutants import MUTANTS, run_with


@pytest.mark.parametrize(
    "mutant", [one for one in MUTANTS if one.backend in backends.list_backends()], ids=lambda mutant: mutant.name
)
def test_a_planted_error_is_caught(tmp_path, mutant):
    result = run_with(tmp_path, mutant)
    assert result.returncode == 1, result.stdout[-2000:] + result.stderr[-2000:]
