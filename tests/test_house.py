"""What `docs/changing.md` asks of a change, where nothing else would notice that it was forgotten."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path

import community
from community.api.payloads import ErrorCode
from community.database import MODELS
from community.kernel.errors import Refusal
from tests.support.scarce import SoldOut

SOURCES = Path(community.__path__[0])


def named(last):
    """The modules of the service with this last part of their name."""
    found = (module.name for module in pkgutil.walk_packages(community.__path__, "community."))
    return [name for name in found if name.rpartition(".")[2] == last]


def test_every_room_s_refusals_are_codes_of_the_schema():
    for name in named("errors"):
        import_module(name)
    of_tests = {SoldOut.code}
    assert {code.value for code in ErrorCode} - of_tests == {Refusal.code, *Refusal.codes()} - of_tests


def test_every_room_s_tables_are_in_the_database():
    assert sorted(MODELS) == sorted(named("models"))


def test_the_edge_is_held_apart_from_every_room():
    contracts = (SOURCES.parents[1] / "pyproject.toml").read_text()
    contract = contracts.partition("The edge knows the kernel")[2].partition("[[")[0]
    rooms = {path.parent.name for path in SOURCES.glob("*/__init__.py")} - {"api", "kernel", "migrations"}
    modules = {f"api.{path.stem}" for path in SOURCES.glob("api/*.py")} - {"api.__init__"}
    assert [name for name in sorted(rooms | modules) if f'"community.{name}"' not in contract] == []
