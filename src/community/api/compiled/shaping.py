"""Generation of the functions that shape objects into dictionaries."""

from __future__ import annotations

from typing import Any

from community.api.compiled.leaves import add_name, build_leaf_expression
from community.api.compiled.plan import FieldPlan, ObjectPlan, Source


def add_shapes(objects: list[ObjectPlan]) -> None:
    """Add the function `shape(rows, columns, info, arguments)` to each plan.

    It returns a dictionary for each row. `columns` has the values of the loaded fields for all rows. Below an object
    they are shaped already.
    """
    names: dict[str, Any] = {}
    source = "\n".join(_write_function(f"shape{number}", plan, names) for number, plan in enumerate(objects))
    exec(compile(source, "<compiled operation>", "exec"), names)  # noqa: S102 - written here, from names of the schema and keys that are GraphQL names
    for number, plan in enumerate(objects):
        plan.shape = names[f"shape{number}"]


def _write_function(name: str, plan: ObjectPlan, names: dict[str, Any]) -> str:
    columns = {id(each): f"x{number}" for number, each in enumerate(plan.loaded)}
    items = ", ".join(f"{each.key!r}: {_write_value(each, plan, columns, names)}" for each in plan.fields)
    loop = "for r in rows" if not columns else f"for r, {', '.join(columns.values())} in zip(rows, *columns)"
    return (
        f"def {name}(rows, columns, info, arguments):\n"
        "    shaped = []\n"
        "    add = shaped.append\n"
        f"    {loop}:\n"
        f"        add({{{items}}})\n"
        "    return shaped\n"
    )


def _write_value(field: FieldPlan, plan: ObjectPlan, columns: dict[int, str], names: dict[str, Any]) -> str:
    if field.source is Source.TYPE_NAME:
        return repr(plan.kind.name)
    if field.below is not None:
        return columns[id(field)]
    if id(field) in columns:
        return build_leaf_expression(field.kind, columns[id(field)], names)
    if field.source is Source.ATTRIBUTE:
        return build_leaf_expression(field.kind, f"r.{field.attribute}", names)
    if field.source is Source.BY_ID:
        return build_leaf_expression(field.kind, f"{add_name(names, field.by_id)}[r.id]", names)
    return build_leaf_expression(field.kind, _write_call(field, names), names)


def _write_call(field: FieldPlan, names: dict[str, Any]) -> str:
    name = add_name(names, field.read)
    given = []
    if field.parent_name is not None:
        given.append(f"{field.parent_name}=r" if field.parent_name else "r")
    if field.info_name is not None:
        given.append(f"{field.info_name}=info")
    if field.slot is not None:
        given.append(f"**arguments[{field.slot}]")
    return f"{name}({', '.join(given)})"
