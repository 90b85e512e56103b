"""What a catalogue says, in a form that can be compared: for each table, each thing of it and its definition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MIGRATION_TABLE = "tortoise_migrations"
"""The runner's own table, which no model declares."""


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """One thing of a table, such as `index person_name`, and its definition in the engine's words."""

    table: str
    name: str
    definition: str


SchemaObjects = dict[str, dict[str, str]]


def group_by_table(facts: Iterable[SchemaObject]) -> SchemaObjects:
    """The facts by table. Two things of one name (unnamed constraints) become one, in a fixed order."""
    found: SchemaObjects = {}
    known = (fact for fact in facts if fact.table != MIGRATION_TABLE)
    for fact in sorted(known, key=lambda fact: (fact.table, fact.name, fact.definition)):
        things = found.setdefault(fact.table, {})
        same = things.get(fact.name)
        things[fact.name] = fact.definition if same is None else f"{same} and {fact.definition}"
    return found


def list_differences(declared: SchemaObjects, real: SchemaObjects) -> list[str]:
    """One sentence for each difference, by table."""
    sentences: list[str] = []
    for table in sorted(declared.keys() | real.keys()):
        if table not in real:
            sentences.append(f"{table}: the table is missing")
        elif table not in declared:
            sentences.append(f"{table}: no model declares this table")
        else:
            sentences.extend(f"{table}: {sentence}" for sentence in _compare_table(declared[table], real[table]))
    return sentences


def _compare_table(declared: dict[str, str], real: dict[str, str]) -> Iterable[str]:
    for what in sorted(declared.keys() | real.keys()):
        if what not in real:
            yield f"{what} is missing, declared as {declared[what]}"
        elif what not in declared:
            yield f"{what} is not declared: {real[what]}"
        elif declared[what] != real[what]:
            yield f"{what} is {real[what]}, declared as {declared[what]}"
