"""What a catalogue says, in a form that can be compared: for each table, each thing of it and its definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

HISTORY = "tortoise_migrations"
"""The runner's own table, which no model declares."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing of a table, such as `index person_name`, and its definition in the engine's words."""

    table: str
    what: str
    definition: str


Facts = dict[str, dict[str, str]]


def collected(facts: Iterable[Fact]) -> Facts:
    """The facts by table. Two things of one name (unnamed constraints) become one, in a fixed order."""
    found: Facts = {}
    known = (fact for fact in facts if fact.table != HISTORY)
    for fact in sorted(known, key=lambda fact: (fact.table, fact.what, fact.definition)):
        things = found.setdefault(fact.table, {})
        same = things.get(fact.what)
        things[fact.what] = fact.definition if same is None else f"{same} and {fact.definition}"
    return found


def differences(declared: Facts, real: Facts) -> list[str]:
    """One sentence for each difference, by table."""
    sentences: list[str] = []
    for table in sorted(declared.keys() | real.keys()):
        if table not in real:
            sentences.append(f"{table}: the table is missing")
        elif table not in declared:
            sentences.append(f"{table}: no model declares this table")
        else:
            sentences.extend(f"{table}: {sentence}" for sentence in _differing(declared[table], real[table]))
    return sentences


def _differing(declared: dict[str, str], real: dict[str, str]) -> Iterable[str]:
    for what in sorted(declared.keys() | real.keys()):
        if what not in real:
            yield f"{what} is missing, declared as {declared[what]}"
        elif what not in declared:
            yield f"{what} is not declared: {real[what]}"
        elif declared[what] != real[what]:
            yield f"{what} is {real[what]}, declared as {declared[what]}"
