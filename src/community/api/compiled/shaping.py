"""Generation of the functions that shape objects into dictionaries.

Where objects carry everything that is selected of them, one function shapes them with all objects below. Elsewhere
there is a function for each type of object, and the values of relations are loaded before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from community.api.compiled.errors import NotCompiled
from community.api.compiled.leaves import LISTS, add_name, build_leaf_expression
from community.api.compiled.plan import FieldPlan, ObjectPlan, Objects, Plan, Source
from community.kernel.db import NotCarriedError


def add_shapes(plan: Plan, admit: Callable[[ObjectPlan, Any], None]) -> None:
    """Add the generated functions to the parts of a plan.

    `shape(rows, columns, info, arguments)` of an ObjectPlan returns a dictionary for each row. `columns` has the values
    of the loaded fields for all rows. Below an object they are shaped already.

    `shape(values, info, arguments)` of Objects returns the shaped values. It raises an exception if an object does not
    carry what it needs. `admit` raises NotCompiled for an object that is not of the type.
    """
    names: dict[str, Any] = {"lists": LISTS, "NotCompiled": NotCompiled, "NotCarriedError": NotCarriedError}
    direct = [objects for root in plan.roots for objects in _list_direct(root)]
    functions = [_write_function(f"shape{number}", each, names) for number, each in enumerate(plan.objects)]
    functions += [_Direct(names, admit).write(f"direct{number}", each) for number, each in enumerate(direct)]
    exec(compile("\n".join(functions), "<compiled operation>", "exec"), names)  # noqa: S102 - written here, from names of the schema and keys that are GraphQL names
    for number, each in enumerate(plan.objects):
        each.shape = names[f"shape{number}"]
    for number, objects in enumerate(direct):
        objects.shape = names[f"direct{number}"]


def _list_direct(plan: ObjectPlan) -> Iterator[Objects]:
    """List the direct objects that are not below other direct ones."""
    for below in (field.below for field in plan.fields if field.below is not None):
        if below.are_direct:
            yield below
        else:
            for each in below.plans:
                yield from _list_direct(each)


def _write_function(name: str, plan: ObjectPlan, names: dict[str, Any]) -> str:
    columns = {id(each): f"x{number}" for number, each in enumerate(plan.loaded)}
    values = [columns.get(id(each)) or _write_source(each, plan, "r", names) for each in plan.fields]
    items = ", ".join(
        f"{each.key!r}: {value if each.below is not None else _write_leaf(each, value, names)}"
        for each, value in zip(plan.fields, values, strict=True)
    )
    loop = "for r in rows" if not columns else f"for r, {', '.join(columns.values())} in zip(rows, *columns)"
    return (
        f"def {name}(rows, columns, info, arguments):\n"
        "    shaped = []\n"
        "    add = shaped.append\n"
        f"    {loop}:\n"
        f"        add({{{items}}})\n"
        "    return shaped\n"
    )


class _Direct:
    """The source of one function that shapes objects with all objects below."""

    def __init__(self, names: dict[str, Any], admit: Callable[[ObjectPlan, Any], None]) -> None:
        self._names = names
        self._admit = add_name(names, admit)
        self._readers: list[str] = []
        self._lines: list[str] = []
        self._count = 0

    def write(self, name: str, objects: Objects) -> str:
        """Return the source of the function."""
        shaped = self._write_objects(objects, "value", "        ")
        head = [f"def {name}(values, info, arguments):", *self._readers, "    shaped = []", "    for value in values:"]
        return "\n".join([*head, *self._lines, f"        shaped.append({shaped})", "    return shaped", ""])

    def _write_objects(self, objects: Objects, value: str, indent: str) -> str:
        """Write the statements that shape one value of a field. Return the name of the result."""
        self._count += 1
        result, item = f"s{self._count}", f"i{self._count}"
        if objects.is_nullable:
            self._add(indent, f"{result} = None", f"if {value} is not None:")
            indent += "    "
        (plan,) = objects.plans
        if not objects.is_list:
            self._add(indent, f"{result} = {self._write_object(plan, value, indent)}")
            return result
        self._add(indent, f"if {value}.__class__ not in lists:", "    raise NotCompiled('no list')")
        self._add(indent, f"{result} = []", f"for {item} in {value}:")
        if objects.has_nullable_items:
            self._add(indent, f"    if {item} is None:", f"        {result}.append(None)", "        continue")
        indent += "    "
        self._add(indent, f"{result}.append({self._write_object(plan, item, indent)})")
        return result

    def _write_object(self, plan: ObjectPlan, row: str, indent: str) -> str:
        """Write the statements about one object. Return the expression of its dictionary."""
        known, itself = add_name(self._names, plan.known), add_name(self._names, plan)
        self._add(indent, f"if {row}.__class__ not in {known}:", f"    {self._admit}({itself}, {row})")
        items = []
        for field in plan.fields:
            value = self._write_value(field, plan, row)
            if field.below is None:
                value = _write_leaf(field, value, self._names)
            else:
                self._count += 1
                self._add(indent, f"v{self._count} = {value}")
                value = self._write_objects(field.below, f"v{self._count}", indent)
            items.append(f"{field.key!r}: {value}")
        return f"{{{', '.join(items)}}}"

    def _write_value(self, field: FieldPlan, plan: ObjectPlan, row: str) -> str:
        if field.source is not Source.BATCH:
            return _write_source(field, plan, row, self._names)
        if isinstance(field.carried, str):
            return f"{row}.loaded[{field.carried!r}]"
        reader = f"c{len(self._readers)}"
        given = "info" if field.slot is None else f"info, **arguments[{field.slot}]"
        self._readers.append(f"    if ({reader} := {add_name(self._names, field.carried)}({given})) is None:")
        self._readers.append("        raise NotCarriedError")
        return f"{reader}({row})"

    def _add(self, indent: str, *lines: str) -> None:
        self._lines += [f"{indent}{line}" for line in lines]


def _write_leaf(field: FieldPlan, value: str, names: dict[str, Any]) -> str:
    is_text = field.source in {Source.TYPE_NAME, Source.BY_ID}
    return value if is_text else build_leaf_expression(field.kind, value, names)


def _write_source(field: FieldPlan, plan: ObjectPlan, row: str, names: dict[str, Any]) -> str:
    """Return the expression of a value that is not loaded."""
    if field.source is Source.TYPE_NAME:
        return repr(plan.kind.name)
    if field.source is Source.ATTRIBUTE:
        return f"{row}.{field.attribute}"
    if field.source is Source.BY_ID:
        return f"{add_name(names, field.by_id)}[{row}.id]"
    given = []
    if field.parent_name is not None:
        given.append(f"{field.parent_name}={row}" if field.parent_name else row)
    if field.info_name is not None:
        given.append(f"{field.info_name}=info")
    if field.slot is not None:
        given.append(f"**arguments[{field.slot}]")
    return f"{add_name(names, field.read)}({', '.join(given)})"
