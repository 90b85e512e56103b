"""How the graph is declared: docstrings are descriptions, a relation is one batch function.

@object_type
class Submission:
    '''What a member made.'''

    kind: Kind = field(description="What it is.")

    @batched
    async def author(parents: list[Submission], info: Info) -> list[Member]:  # noqa: N805
        '''Who made it.'''
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
    """The docstring as a description, on one line. Raises TypeError when there is none: the graph explains itself."""
    text = inspect.getdoc(declared)
    if not text:
        raise TypeError(f"{declared!r} is part of the graph and has no docstring")
    return " ".join(text.split())


@dataclass_transform(field_specifiers=(strawberry.field,))
def object_type(cls: C) -> C:
    """Declare an object type; its docstring is the description."""
    return strawberry.type(cls, description=get_description(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def interface(cls: C) -> C:
    """Declare an interface; its docstring is the description."""
    return strawberry.interface(cls, description=get_description(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def input_type(cls: C) -> C:
    """Declare an input; its docstring is the description."""
    return strawberry.input(cls, description=get_description(cls))


def declare_enum(cls: type[Enum], *, name: str, values: Mapping[str, str]) -> None:
    """Declare a domain's enumeration under the name the graph knows it by; `values` says what each value means."""
    strawberry.enum(cls, name=name, description=get_description(cls))
    definition: StrawberryEnumDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]  # set by the line above
    for value in definition.values:
        value.description = values[value.name]


def query(resolver: Callable[..., Any]) -> Any:
    """Declare a root field, or a field computed from its parent alone; its docstring is the description.

    One that takes a cursor takes its own list's only.
    """
    answered = bind_cursors(resolver) if is_paged(resolver) else resolver
    return strawberry.field(resolver=answered, description=get_description(resolver))


_LIST_ANNOTATION = re.compile(r"list\[(.+)\]", re.DOTALL)


def batched(batch: Callable[[list[Any], Info], Awaitable[Any]]) -> Any:
    """Declare a relation by one function from all parents to their children, in the order of the parents.

    `async def author(parents: list[Submission], info: Info) -> list[Member]` gives each submission one `author`.
    """
    children = _LIST_ANNOTATION.fullmatch(batch.__annotations__["return"])
    if children is None:
        raise TypeError(f"{batch.__qualname__} does not answer a list with a child for each parent")

    def resolver(self: Any, info: Info) -> Awaitable[Any]:
        return info.context.load(batch, self, info)

    # One parent's child is an element of the list; its name is looked up where the batch function was written.
    resolver.__annotations__ = {"info": Info, "return": children[1]}
    resolver.__module__ = batch.__module__
    resolver.__name__ = batch.__name__
    return strawberry.field(resolver=resolver, description=get_description(batch))
