"""Invariants that follow from the declaration of a table: its conditions and its references.

The database enforces both. But who can plant an error can also switch that off for a moment.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.migrations.constraints import CheckConstraint

from community.kernel.invariants import Invariant
from community.kernel.tables import Table

_RANGE = "t.id > $1 AND t.id <= $2"


def derive_invariants(models: Sequence[type[Table]], *, of: Container[str]) -> list[Invariant]:
    """Return the invariants that follow from the models of these modules. `models` are all models."""
    by_name = {model.__name__: model for model in models}
    return [invariant for model in models if model.__module__ in of for invariant in _derive_of(model, by_name)]


def _derive_of(model: type[Table], by_name: dict[str, type[Table]]) -> Iterator[Invariant]:
    meta = model._meta  # noqa: SLF001 - the library's documented registry of a model
    table = meta.db_table
    checks = [constraint.check for constraint in meta.constraints if isinstance(constraint, CheckConstraint)]
    if checks:
        met = " AND ".join(f"({check})" for check in checks)
        yield Invariant(
            f"each {table} has allowed values", table, f"SELECT t.id FROM {table} t WHERE {_RANGE} AND NOT ({met})"
        )
    joins, missing = [], []
    for number, (name, field) in enumerate(meta.fields_map.items()):
        if not isinstance(field, ForeignKeyFieldInstance):
            continue
        source, target = field.source_field or f"{name}_id", by_name[str(field.model_name).rpartition(".")[2]]
        column = meta.fields_db_projection.get(source, source)  # The library renames it when a database is opened.
        alias = f"r{number}"
        same = ""
        if _has_community(model) and _has_community(target):
            same = f" AND {alias}.community_id IN (0, t.community_id)"  # 0 is the operator's, for all communities.
        joins.append(f"LEFT JOIN {target._meta.db_table} {alias} ON {alias}.id = t.{column}{same}")  # noqa: SLF001
        missing.append(f"(t.{column} IS NOT NULL AND {alias}.id IS NULL)")
    if joins:
        yield Invariant(
            f"each {table} references rows of its own community", table,
            f"SELECT t.id FROM {table} t {' '.join(joins)} WHERE {_RANGE} AND ({' OR '.join(missing)})",
        )  # fmt: skip


def _has_community(model: type[Table]) -> bool:
    return bool({"community", "community_id"} & model._meta.fields_map.keys())  # noqa: SLF001
