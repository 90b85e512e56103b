"""The relations that are selected below a root field, for its statement."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode
from strawberry.utils.str_converters import to_camel_case

from community.api.context import Info
from community.kernel.db import Preloading, Related

Selected: TypeAlias = dict[str, "Selected"]
Chosen: TypeAlias = tuple[tuple[str, "Chosen"], ...]
_to_field_name = functools.cache(to_camel_case)  # only the names of offered relations


def list_selected(info: Info) -> Selected:
    """Return the names of the fields below the current one.

    Aliases, `@skip` and `@include` are ignored, so that it may contain more than is needed. A plan keeps it.
    """
    raw = info._raw_info  # noqa: SLF001 - strawberry's own list of the selection reads every argument
    kept: dict[Any, Any] = getattr(raw, "kept", {})
    if list_selected in kept:
        selected: Selected = kept[list_selected]
        return selected
    selected = kept[list_selected] = {}
    seen: set[tuple[int, str]] = set()
    for node in raw.field_nodes:
        if node.selection_set is not None:
            _collect(node.selection_set, raw.fragments, selected, seen)
    return selected


def _collect(
    selections: SelectionSetNode, fragments: Mapping[str, Any], into: Selected, seen: set[tuple[int, str]]
) -> None:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            below = into.setdefault(node.name.value, {})
            if node.selection_set is not None:
                _collect(node.selection_set, fragments, below, seen)
        elif isinstance(node, InlineFragmentNode):
            _collect(node.selection_set, fragments, into, seen)
        else:
            name = node.name.value  # type: ignore[attr-defined]  # a fragment spread
            if (id(into), name) not in seen:  # otherwise fragments that repeat each other would take for ever
                seen.add((id(into), name))
                _collect(fragments[name].selection_set, fragments, into, seen)


def choose(offered: tuple[Related, ...], selected: Selected, *values: Any) -> Preloading:
    """Choose the offered relations that are selected. `values` are their further parameters."""
    return _build_preloading(offered, _narrow(offered, selected), values, is_counted=False)


def choose_in_list(offered: tuple[Related, ...], info: Info, *values: Any) -> Preloading:
    """Choose the relations of the items of the list that the current field returns."""
    kept: dict[Any, Any] = getattr(info._raw_info, "kept", {})  # noqa: SLF001 - as above
    if offered not in kept:
        selected = list_selected(info)
        items: Selected = {}
        for below in (selected.get("nodes", {}), selected.get("edges", {}).get("node", {})):
            _merge(below, items)
        kept[offered] = _narrow(offered, items), "totalCount" in selected
    chosen, is_counted = kept[offered]
    return _build_preloading(offered, chosen, values, is_counted=is_counted)


def _build_preloading(
    offered: tuple[Related, ...], chosen: Chosen, values: tuple[Any, ...], *, is_counted: bool
) -> Preloading:
    related = _build(offered, chosen)
    return Preloading(related, values if _has_parameter(related) else (), is_counted)


@functools.cache
def _has_parameter(related: tuple[Related, ...]) -> bool:
    return any("{0}" in f"{each.source}{each.select}" for each in related)


def _merge(given: Selected, into: Selected) -> None:
    for name, below in given.items():
        _merge(below, into.setdefault(name, {}))


def _narrow(offered: tuple[Related, ...], selected: Selected) -> Chosen:
    return tuple(
        [
            (each.name, _narrow(each.below, below) if each.below else ())
            for each in offered
            if (below := selected.get(_to_field_name(each.name))) is not None
        ]
    )


@functools.cache
def _build(offered: tuple[Related, ...], chosen: Chosen) -> tuple[Related, ...]:
    # The number of results depends on the code alone, because `chosen` has only offered names.
    by_name = {each.name: each for each in offered}
    return tuple(replace(by_name[name], below=_build(by_name[name].below, below)) for name, below in chosen)
