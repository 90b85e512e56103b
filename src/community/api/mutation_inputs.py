"""The input of a mutation, from the parameters of the function that declares it."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry.utils.str_converters import to_camel_case

from community.api.declare import argument, field, input_type

Version: TypeAlias = Annotated[int, argument("Version that you read. If it has changed, nothing is done.")]
CaseVersion: TypeAlias = Annotated[
    int, argument("Version of the case that you read. If it has changed, nothing is done.")
]
Confirm: TypeAlias = Annotated[bool, argument("False changes nothing.")]


def build_input(declared: Callable[..., Any], purpose: str, base: type, *thing: str) -> type:
    """Return the class of a mutation's input.

    It has the fields of `base`, and one for each parameter `Annotated[…, argument("…")]`. A field with the id of
    a thing comes before them: `thing` has its name, and may have its description. A function whose parameter is `input`
    has a class of its own.
    """
    hints = typing.get_type_hints(declared, include_extras=True)
    if "input" in hints:
        own: type = hints["input"]
        return own
    name = to_camel_case(declared.__name__)
    body: dict[str, Any] = {"__doc__": f"Input for `{name}`, {purpose}.", "__annotations__": {}}
    if thing:
        key, *description = thing
        body["__annotations__"][key] = strawberry.ID
        noun = key.removesuffix("_id").replace("_", " ")
        body[key] = field(description=description[0] if description else f"Id of the {noun}.")
    for each in list_parameters(declared):
        if each.name in getattr(base, "__dataclass_fields__", {}):
            continue
        kind, about = typing.get_args(hints[each.name])
        default = {} if each.default is each.empty else {"default": each.default}
        body["__annotations__"][each.name] = kind
        body[each.name] = field(description=about.description, **default)
    return input_type(type(f"{name[0].upper()}{name[1:]}Input", (base,), body))


def list_parameters(declared: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters of a mutation that are fields of its input."""
    return [each for each in inspect.signature(declared).parameters.values() if each.name not in {"self", "info"}]


def read_arguments(declared: Callable[..., Any]) -> Callable[[Any], dict[str, Any]]:
    """Return the function from an input to the arguments of `declared`."""
    names = [each.name for each in list_parameters(declared)]
    if names == ["input"]:
        return lambda given: {"input": given}
    return lambda given: {name: getattr(given, name) for name in names}
