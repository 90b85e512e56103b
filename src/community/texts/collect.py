"""The texts of a language from the modules of its package."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules


def collect_texts(package: str, path: Iterable[str]) -> dict[str, str]:
    """Return the texts of all modules of a package. Raises ValueError for a text that two modules have."""
    found: dict[str, str] = {}
    for module in iter_modules(path):
        texts: dict[str, str] = import_module(f"{package}.{module.name}").TEXTS
        if twice := found.keys() & texts:
            raise ValueError(f"{package} has {sorted(twice)} twice")
        found |= texts
    return found
