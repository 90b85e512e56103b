"""Decorators that declare the graph. Docstrings are descriptions, and a relation is one batch function.

@object_type
class Submission:
    '''Content that a member created.'''

    kind: Kind = field(description="Type of content.")

    @batched
    async def author(parents: list[Submission], info: Info) -> list[Member]:
        '''Author.'''
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from community.api.context import Info
from community.api.cursors import bind_cursors, is_paged

C = TypeVar("C", bound=type)

field = strawberry.field


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


@dataclass_transform(field_specifiers=(strawberry.field,))
def interface(cls: C) -> C:
    """Declare an interface with its docstring as the description."""
    return strawberry.interface(cls, description=get_description(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def input_type(cls: C) -> C:
    """Declare an input with its docstring as the description."""
    return strawberry.input(cls, description=get_description(cls))


def declare_enum(cls: type[Enum], *, name: str, values: Mapping[str, str]) -> None:
    """Declare a domain's enumeration under its GraphQL name.

    `values` has the description of each value. Raises KeyError if one is missing.
    """
    strawberry.enum(cls, name=name, description=get_description(cls))
    definition: StrawberryEnumDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        value.description = values[value.name]


def query(resolver: Callable[..., Any]) -> Any:
    """Declare a root field, or a field that needs only its parent.

    The docstring is the description. A paged field accepts only cursors of its own list.
    """
    bound = bind_cursors(resolver) if is_paged(resolver) else resolver
    return strawberry.field(resolver=bound, description=get_description(resolver))


_LIST_ANNOTATION = re.compile(r"list\[(.+)\]", re.DOTALL)


def batched(batch: Callable[[list[Any], Info], Awaitable[Any]], *, description: str | None = None) -> Any:
    """Declare a relation by one function from all parents to their children.

    `async def author(parents: list[Submission], info: Info) -> list[Member]` gives each submission one `author`. The
    children are in the order of the parents. Without `description` the docstring describes the field.
    Raises TypeError
    if the function does not return a list.
    """
    children = _LIST_ANNOTATION.fullmatch(batch.__annotations__["return"])
    if children is None:
        raise TypeError(f"{batch.__qualname__} does not return a list with one child per parent")

    def resolver(self: Any, info: Info) -> Awaitable[Any]:
        return info.context.load(batch, self, info)

    # The child of one parent is an element of the list. Its name is resolved in the batch function's module.
    resolver.__annotations__ = {"info": Info, "return": children[1]}
    resolver.__module__ = batch.__module__
    resolver.__name__ = batch.__name__
    return strawberry.field(resolver=resolver, description=description or get_description(batch))
