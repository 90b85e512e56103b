"""Row classes: each field is a column of the model, of the same kind."""

from __future__ import annotations

import pkgutil
import types
import typing
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from importlib import import_module

import pytest
from tortoise import fields as columns
from tortoise.fields.relational import ForeignKeyFieldInstance

import community
from community.kernel import db
from community.kernel.tables import ROWS, RowOf, get_table_name, one_of
from community.submissions import queries
from community.submissions.models import Submission
from community.submissions.related import PUBLISHED_ROWS
from tests.support.story import create_community, create_published

KINDS = {
    columns.BigIntField: {int},
    columns.SmallIntField: {int},
    ForeignKeyFieldInstance: {int},
    columns.TextField: {str},
    columns.BooleanField: {bool},
    columns.DatetimeField: {datetime},
    columns.JSONField: {dict, list},
    columns.BinaryField: {bytes},
}

for module in pkgutil.walk_packages(community.__path__, "community."):
    if module.name != "community.__main__":
        import_module(module.name)


def map_fields(model):
    """Return the model's fields by the names of their columns."""
    declared = model._meta.fields_map.items()
    return {
        field.source_field or (f"{name}_id" if isinstance(field, ForeignKeyFieldInstance) else name): field
        for name, field in declared
        if isinstance(field, tuple(KINDS))
    }


def list_differences(row, declared):
    """Yield one sentence for each field of the row that differs from the model."""
    known = map_fields(declared.model)
    checks = [constraint.check for constraint in declared.model._meta.constraints if hasattr(constraint, "check")]
    hints = typing.get_type_hints(row)
    for name in (name for name in db.field_names(row) if name not in declared.computed):
        parts = typing.get_args(hints[name]) if isinstance(hints[name], types.UnionType) else (hints[name],)
        if name not in known:
            yield f"{name} is not a column"
            continue
        if (types.NoneType in parts) != known[name].null:
            yield f"{name} is null in only one of both"
        (kind,) = (part for part in parts if part is not types.NoneType)
        kind = typing.get_origin(kind) or kind
        if issubclass(kind, Enum):
            listing = [check for check in checks if f"{name} IN (" in check]
            if listing and not any(one_of(name, kind) in check for check in listing):
                yield f"{name} is not checked to be one of {kind.__name__}"
            kind = str
        if kind not in next(kinds for field, kinds in KINDS.items() if isinstance(known[name], field)):
            yield f"{name} is of another kind"


def qualified(row):
    return f"{row.__module__}.{row.__name__}"


@pytest.mark.parametrize("row", sorted(ROWS, key=qualified), ids=qualified)
def test_row_agrees_with_its_model(row):
    assert list(list_differences(row, ROWS[row])) == []


async def test_parent_row_keeps_its_table(database):
    place = await create_community()
    submission = await create_published(place)
    preloading = db.Preloading(PUBLISHED_ROWS, (0,))
    (row,) = await queries.get_by_ids([submission.id], preloading=preloading)
    assert (row.loaded["author"].id, get_table_name(type(row))) == (place.resident.id, "submission")


class Colour(StrEnum):
    RED = "RED"


@dataclass
class Wrong:
    id: int
    title: str
    kind: int
    state: Colour
    version: int | None
    computed: str


def test_differences_name_each_wrong_field():
    assert list(list_differences(Wrong, RowOf(Submission, ("computed",)))) == [
        "title is not a column",
        "kind is of another kind",
        "state is not checked to be one of Colour",
        "version is null in only one of both",
    ]
