"""Running a plan: loading level by level, then shaping from the last level."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode

from community.api.compiled.errors import NotCompiled
from community.api.compiled.leaves import LISTS
from community.api.compiled.plan import FieldPlan, ObjectPlan, Objects, Source

_BATCH = Source.BATCH
_NONE: list[Any] = []
"""The values of a field before they are loaded."""


@dataclass(slots=True)
class PlanInfo:
    """The part of strawberry's Info that resolvers and batch functions read.

    `kept` is what they keep for the same field of other requests.
    """

    context: Any
    field_nodes: list[FieldNode]
    fragments: dict[str, FragmentDefinitionNode]
    kept: dict[Any, Any]

    @property
    def _raw_info(self) -> PlanInfo:
        return self


class Run:
    """One run of a plan, for one request."""

    __slots__ = ("_fragments", "arguments", "info")

    def __init__(
        self, context: Any, arguments: list[dict[str, Any]], fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        self.info = PlanInfo(context, [], fragments, {})
        self.arguments = arguments
        self._fragments = fragments

    def call(self, field: FieldPlan, parent: Any) -> Any:
        """Return what the field's resolver returns for one parent."""
        if field.source is Source.ATTRIBUTE:
            return getattr(parent, field.attribute)
        given = {} if field.slot is None else self.arguments[field.slot].copy()
        if field.info_name is not None:
            given[field.info_name] = PlanInfo(self.info.context, field.nodes, self._fragments, field.kept)
        if field.parent_name:
            given[field.parent_name] = parent
        assert field.read is not None
        return field.read(parent, **given) if field.parent_name == "" else field.read(**given)

    async def shape(self, plan: ObjectPlan, columns: list[list[Any]]) -> dict[str, Any]:
        """Return the answer of one object whose loaded fields have these values."""
        root = _Work(plan, [None])
        root.columns = columns
        level, order = [root], [root]
        while level := [work for above in level for below in above.descend(self) for work in below.works]:
            await self._load(level)
            order += level
        for work in reversed(order):
            work.shape(self)
        return root.shaped[0]

    async def _load(self, level: list[_Work]) -> None:
        """Collect the values of the loaded fields, with one call per relation."""
        batches: dict[Any, list[tuple[_Work, int]]] = {}
        for work in level:
            rows = work.rows
            for number, field in enumerate(work.plan.loaded):
                source = field.source
                if source is _BATCH:
                    key = field.read if field.slot is None else self._name_batch(field, field.slot)
                    batches.setdefault(key, []).append((work, number))
                elif source is Source.ATTRIBUTE:
                    work.columns[number] = list(map(attrgetter(field.attribute), rows))
                elif source is Source.CALL:
                    work.columns[number] = [self.call(field, row) for row in rows]
                else:
                    work.columns[number] = await self._await_all(field, rows)
        for takers in batches.values():
            await self._load_batch(takers)

    def _name_batch(self, field: FieldPlan, slot: int) -> Any:
        """Return a key, equal for calls of one batch function with equal arguments."""
        try:
            key = (field.read, *sorted(self.arguments[slot].items()))
            hash(key)
        except TypeError:
            return field
        return key

    async def _load_batch(self, takers: list[tuple[_Work, int]]) -> None:
        first, number = takers[0]
        field = first.plan.loaded[number]
        rows, works = first.rows, [first]
        if len(takers) > 1:
            works = list(dict.fromkeys(work for work, _ in takers))
            rows = [row for work in works for row in work.rows]
        if not rows:
            found: Any = []
        else:
            assert field.read is not None
            found = await field.read(rows, self.info, **({} if field.slot is None else self.arguments[field.slot]))
        if found.__class__ is not list:
            found = list(found)
        if len(found) != len(rows):
            raise NotCompiled("a batch of another length")
        if len(takers) == 1:
            first.columns[number] = found
            return
        remaining = iter(found)
        columns = {work: list(islice(remaining, len(work.rows))) for work in works}
        for work, column in takers:
            work.columns[column] = columns[work]

    async def _await_all(self, field: FieldPlan, rows: list[Any]) -> list[Any]:
        if len(rows) == 1:
            return [await self.call(field, rows[0])]
        # Together, so that their calls of a loader share one batch. All end before the first error is raised.
        found = await asyncio.gather(*(self.call(field, row) for row in rows), return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return found


class _Work:
    """The objects of one plan in one run. `columns` has the values of the loaded fields for all rows."""

    __slots__ = ("below", "columns", "plan", "rows", "shaped")

    def __init__(self, plan: ObjectPlan, rows: list[Any]) -> None:
        self.plan = plan
        self.rows = rows
        self.columns: list[list[Any]] = [_NONE] * len(plan.loaded)
        self.below: list[_Below] = []
        self.shaped: list[dict[str, Any]] = []

    def descend(self, run: Run) -> list[_Below]:
        """Return the objects below that are not shaped yet. Raises NotCompiled for null where it is forbidden."""
        self.below = [
            _Below(field.below, self.columns, number)
            for number, field in enumerate(self.plan.loaded)
            if field.below is not None and not self._shape_directly(field.below, number, run)
        ]
        return self.below

    def _shape_directly(self, objects: Objects, number: int, run: Run) -> bool:
        """Shape the objects of a field with all objects below. Return False if they do not carry what is needed."""
        if objects.shape is None:
            return False
        try:
            self.columns[number] = objects.shape(self.columns[number], run.info, run.arguments)
        except Exception:  # noqa: BLE001 - the same values are read again in the other way
            return False
        return True

    def shape(self, run: Run) -> None:
        """Shape the objects, after those below them."""
        for below in self.below:
            below.regroup()
        assert self.plan.shape is not None
        self.shaped = self.plan.shape(self.rows, self.columns, run.info, run.arguments)


class _Below:
    """The objects of one field for all parents, and their place among the parents.

    They are column `number` of the parents' `columns`.
    """

    __slots__ = ("_columns", "_number", "_objects", "_order", "works")

    def __init__(self, objects: Objects, columns: list[list[Any]], number: int) -> None:
        self._objects = objects
        self._columns, self._number = columns, number
        rows = _flatten(objects, columns[number])
        self._order: list[_Work] | None = None
        if objects.resolve_type is None:
            self.works = [_Work(objects.plans[0], rows)]
            _require_known(objects.plans[0], rows)
            return
        works: dict[ObjectPlan, _Work] = {}
        self._order = []
        for row in rows:
            plan = objects.by_class.get(row.__class__) or _find_plan(objects, row)
            work = works.get(plan)
            if work is None:
                work = works[plan] = _Work(plan, [])
            work.rows.append(row)
            self._order.append(work)
        self.works = list(works.values())

    def regroup(self) -> None:
        """Put the shaped objects into the places of the objects."""
        self._columns[self._number] = self._place(self._columns[self._number])

    def _place(self, column: list[Any]) -> list[Any]:
        objects = self._objects
        if self._order is None:
            shaped = self.works[0].shaped
        else:
            remaining = {work: iter(work.shaped) for work in self.works}
            shaped = [next(remaining[work]) for work in self._order]
        if not objects.is_list:
            if len(shaped) == len(column):
                return shaped
            following = iter(shaped)
            return [None if row is None else next(following) for row in column]
        following = iter(shaped)
        if not objects.has_nullable_items:
            return [None if rows is None else list(islice(following, len(rows))) for rows in column]
        return [None if rows is None else [None if row is None else next(following) for row in rows] for rows in column]


def _flatten(objects: Objects, column: list[Any]) -> list[Any]:
    """Return the objects of a column without null. Raises NotCompiled if it is no list where one is expected."""
    if not objects.is_list:
        return [row for row in column if row is not None] if objects.is_nullable else column
    flat: list[Any] = []
    for rows in column:
        if rows is None and objects.is_nullable:
            continue
        if rows.__class__ not in LISTS:
            raise NotCompiled("no list")
        flat.extend(rows)
    return [row for row in flat if row is not None] if objects.has_nullable_items else flat


def _require_known(plan: ObjectPlan, rows: list[Any]) -> None:
    """Raise NotCompiled for an object that is not of this type, or null."""
    if not plan.known.issuperset(map(type, rows)):
        for row in rows:
            admit(plan, row)


def admit(plan: ObjectPlan, row: Any) -> None:
    """Note the class of an object of this type. Raises NotCompiled for another object, and for null."""
    if not _is_object_of(plan, row):
        raise NotCompiled("an object of another type")
    plan.known.add(row.__class__)


def _is_object_of(plan: ObjectPlan, row: Any) -> bool:
    if row is None or isinstance(row, BaseException) or hasattr(row, "__await__"):
        return False
    test = plan.kind.is_type_of
    return test is None or bool(test(row, None))  # type: ignore[arg-type]  # strawberry's test does not read it


def _find_plan(objects: Objects, row: Any) -> ObjectPlan:
    """Return the plan of an object of an interface. Raises NotCompiled if it has no type there."""
    assert objects.resolve_type is not None
    name = objects.resolve_type(row)
    for plan in objects.plans:
        if plan.kind.name == name and _is_object_of(plan, row):
            objects.by_class[row.__class__] = plan
            return plan
    raise NotCompiled("an object of another type")
