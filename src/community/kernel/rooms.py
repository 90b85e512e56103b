"""The modules that rooms have in common, found by the names of their files.

A room has `models`, `errors` and `invariants`, each at its place or below it. None is registered by hand.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_NO_ROOMS = {"api", "kernel", "system"}


def list_modules(name: str) -> tuple[str, ...]:
    """Return the modules of all rooms with this name, or this pattern, in order."""
    found = sorted(path.relative_to(_ROOT).with_suffix("").parts for path in _ROOT.rglob(f"{name}.py"))
    return tuple(".".join((_ROOT.name, *parts)) for parts in found if parts[0] not in _NO_ROOMS)


def import_modules(name: str) -> list[Any]:
    """Import the modules of all rooms with this name and return them."""
    return [import_module(module) for module in list_modules(name)]
