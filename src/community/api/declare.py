"""Decorators that declare the graph. Docstrings are descriptions, and a relation is one batch function.

@type_over(SubmissionRow)
class Submission:
    '''Content that a member created.'''

    kind = field(description="Type of content.")

    @query
    def is_public(row: strawberry.Parent[SubmissionRow]) -> bool:
        '''True if everyone sees it.'''

    author = related(get_members, "author_id", "Author.")

    @batched
    async def note(parents: list[SubmissionRow], info: Info) -> list[str | None]:
        '''Changes to make.'''

Resolvers return rows. A row class is what its type is in annotations.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, TypeAlias, TypeVar, dataclass_transform, get_type_hints

import strawberry
from strawberry.types import get_object_definition
from strawberry.types.arguments import StrawberryArgumentAnnotation
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from community.api.compiled.plan import BATCH, CARRIED
from community.api.context import Info
from community.api.edge.document_measure import COST
from community.kernel import db

C = TypeVar("C", bound=type)

field = strawberry.field


def argument(description: str) -> StrawberryArgumentAnnotation:
    """Return the annotation that describes an argument."""
    return strawberry.argument(description=description)


def get_description(declared: object) -> str:
    """Return the docstring on one line, as a description.

    Raises TypeError if there is no docstring, because every part of the graph needs a description.
    """
    text = inspect.getdoc(declared)
    if not text:
        raise TypeError(f"{declared!r} is part of the graph and has no docstring")
    return " ".join(text.split())


@dataclass_transform(field_specifiers=(strawberry.field,))
def object_type(cls: C) -> C:
    """Declare an object type with its docstring as the description."""
    return strawberry.type(cls, description=get_description(cls))


def query_type(cls: C) -> C:
    """Declare the type of the root fields, and make each of them nullable.

    An error then empties its own field, and the other fields of the answer stay.
    """
    object_type(cls)
    for declared in get_object_definition(cls, strict=True).fields:
        kind = declared.type
        if not isinstance(kind, StrawberryOptional):
            declared.type = StrawberryOptional(kind)
    return cls


def type_over(row: type) -> Callable[[C], C]:
    """Declare an object type over its row class, with its docstring as the description.

    In annotations of resolvers the row class then means this type. A field without a resolver reads the row's
    attribute of the same name, and has its type unless another one is annotated. Raises TypeError if the row has no
    such attribute, or has a type already.
    """

    def declare(cls: C) -> C:
        if "__strawberry_definition__" in vars(row):
            raise TypeError(f"{row.__name__} has a type already")
        for name, declared in list(vars(cls).items()):
            if isinstance(declared, StrawberryField) and declared.base_resolver is None:
                cls.__annotations__.setdefault(name, _get_attribute_type(row, name))
        strawberry.type(cls, description=get_description(cls))
        definition = get_object_definition(cls, strict=True)
        # From here on strawberry takes the row class for the type, in annotations and for values.
        definition.origin = row
        row.__strawberry_definition__ = definition  # type: ignore[attr-defined]  # where strawberry looks for it
        return cls

    return declare


def _get_attribute_type(row: type, name: str) -> Any:
    declared = getattr(row, name, None)
    kinds = {name: get_type_hints(declared.fget)["return"]} if isinstance(declared, property) else get_type_hints(row)
    if name not in kinds:
        raise TypeError(f"{row.__name__} has no attribute {name}")
    return kinds[name]


def get_type_name(row: object) -> str:
    """Return the name of the object type over this row's class. Raises TypeError if there is none."""
    # The definition of strawberry, whose function for it takes three times as long.
    definition = getattr(row, "__strawberry_definition__", None)
    if definition is None:
        raise TypeError(f"{row!r} has no type")
    name: str = definition.name
    return name


@dataclass_transform(field_specifiers=(strawberry.field,))
def interface(cls: C) -> C:
    """Declare an interface with its docstring as the description."""
    return strawberry.interface(cls, description=get_description(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def input_type(cls: C) -> C:
    """Declare an input with its docstring as the description."""
    return strawberry.input(cls, description=get_description(cls))


def declare_enum(cls: type[Enum], *, name: str | None = None, values: Mapping[str, str]) -> None:
    """Declare a domain's enumeration, under another name if `name` is given.

    `values` has the description of each value. Raises KeyError if one is missing.
    """
    strawberry.enum(cls, name=name, description=get_description(cls))
    definition: StrawberryEnumDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        value.description = values[value.name]


def query(resolver: Callable[..., Any], *, cost: int = 1) -> Any:
    """Declare a root field, or a field that needs only its parent.

    The docstring is the description. A field below a list that sends a statement for each parent has a `cost`.
    """
    return strawberry.field(resolver=resolver, description=get_description(resolver), metadata={COST: cost})


_LIST_ANNOTATION = re.compile(r"list\[(.+)\]", re.DOTALL)


Carried: TypeAlias = Callable[..., Callable[[Any], Any] | None]
"""A function of the request. It returns a function that gives the child of one parent, without a statement.

It has the parameters of the batch function without the parents, and returns None if the request lacks what it needs.
The returned function raises one of `db.NOT_CARRIED` for a parent that does not carry its child.
"""


def batched(
    batch: Callable[..., Awaitable[Any]],
    *,
    description: str | None = None,
    cost: int = 1,
    carried: str | Carried | None = None,
) -> Any:
    """Declare a relation by one function from all parents to their children.

    `async def author(parents: list[SubmissionRow], info: Info) -> list[MemberRow]` gives each submission one `author`.
    The children are in the order of the parents. `info` may be left out. Further parameters are arguments of the field.
    Without `description` the docstring describes the field. A list of hundreds has a `cost`.
    `carried` gives the children if every parent carries its own: their name in `loaded`, or a function (see `Carried`).
    The batch function is called otherwise.
    Raises TypeError if the function does not return a list.
    """
    children = _LIST_ANNOTATION.fullmatch(batch.__annotations__["return"])
    if children is None:
        raise TypeError(f"{batch.__qualname__} does not return a list with one child per parent")

    load, further = batch, list(inspect.signature(batch).parameters.values())[1:]
    if further and further[0].name == "info":
        further = further[1:]
    else:

        def load(parents: list[Any], info: Info, **arguments: Any) -> Awaitable[Any]:
            del info
            return batch(parents, **arguments)

    if carried is not None:
        load = _prefer_carried(load, carried)

    def resolver(self: Any, info: Info, **arguments: Any) -> Awaitable[Any]:
        return info.context.load(load, self, info, **arguments)

    # The child of one parent is an element of the list. Its name is resolved in the batch function's module.
    parent, context, _ = inspect.signature(resolver).parameters.values()
    parameters = [parent.replace(annotation=Any), context.replace(annotation=Info), *further]
    resolver.__signature__ = inspect.Signature(parameters, return_annotation=children[1])  # type: ignore[attr-defined]  # read by inspect
    resolver.__annotations__ = {each.name: each.annotation for each in parameters[1:]} | {"return": children[1]}
    resolver.__module__ = batch.__module__
    resolver.__name__ = batch.__name__
    return strawberry.field(
        resolver=resolver,
        description=description or get_description(batch),
        metadata={BATCH: load, CARRIED: carried, COST: cost},
    )


def _prefer_carried(batch: Callable[..., Awaitable[Any]], carried: str | Carried) -> Callable[..., Awaitable[Any]]:
    """Return the batch function of the parents that do not carry their children."""

    async def load(parents: list[Any], info: Info, **arguments: Any) -> Any:
        if isinstance(carried, str):
            found = db.take_loaded(parents, carried)
            return await batch(parents, info, **arguments) if found is None else found
        with suppress(*db.NOT_CARRIED):
            if (read := carried(info, **arguments)) is not None:
                return [read(parent) for parent in parents]
        return await batch(parents, info, **arguments)

    return load


def related(
    find: Callable[[Sequence[Any]], Awaitable[list[Any]]], key: str, description: str, *, loaded: str | None = None
) -> Any:
    """Declare a relation by the function from an attribute to the children.

    `loaded` is the name under which a parent may already carry its child.
    """

    async def load(parents: list[Any]) -> list[Any]:
        return await find([getattr(parent, key) for parent in parents])

    load.__annotations__["return"], load.__module__ = find.__annotations__["return"], find.__module__
    return batched(load, description=description, carried=loaded)
