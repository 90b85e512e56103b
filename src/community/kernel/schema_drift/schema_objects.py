"""The objects of a catalogue and their definitions, in a comparable form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MIGRATION_TABLE = "tortoise_migrations"
"""The runner's own table, which no model declares."""


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """One object of a table, such as `index person_name`."""

    table: str
    name: str
    definition: str


SchemaObjects = dict[str, dict[str, str]]


def group_by_table(objects: Iterable[SchemaObject]) -> SchemaObjects:
    """Return the objects by table and name. Objects of one name (unnamed constraints) are joined, sorted."""
    found: SchemaObjects = {}
    own = (item for item in objects if item.table != MIGRATION_TABLE)
    for item in sorted(own, key=lambda item: (item.table, item.name, item.definition)):
        definitions = found.setdefault(item.table, {})
        same = definitions.get(item.name)
        definitions[item.name] = item.definition if same is None else f"{same} and {item.definition}"
    return found


def list_differences(declared: SchemaObjects, real: SchemaObjects) -> list[str]:
    """Return one sentence for each difference, sorted by table."""
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
    for name in sorted(declared.keys() | real.keys()):
        if name not in real:
            yield f"{name} is missing, declared as {declared[name]}"
        elif name not in declared:
            yield f"{name} is not declared: {real[name]}"
        elif declared[name] != real[name]:
            yield f"{name} is {real[name]}, declared as {declared[name]}"
