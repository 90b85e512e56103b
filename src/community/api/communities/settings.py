"""Fields that are derived from the settings of a community."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from community.api.communities import visible
from community.api.context import Info
from community.api.declare import batched, declare_enum, field
from community.communities.queries import CommunityRow
from community.communities.settings import EDITABLE_SETTINGS, READERS_TEXTS, SETTINGS

C = TypeVar("C", bound=type)

_build_enum: Any = StrEnum  # mypy accepts only literal members
CommunityField = _build_enum("CommunityField", [(name.upper(), name) for name in EDITABLE_SETTINGS])
CommunityField.__doc__ = "A field of `Community` that an edit can change."
declare_enum(
    CommunityField,
    values={name.upper(): SETTINGS[name].description for name in EDITABLE_SETTINGS},
)


def declare_setting_fields(cls: C) -> C:
    """Add a field for each setting to a type over communities."""
    for name, setting in SETTINGS.items():
        declared = _declare_readers_text(name) if name in READERS_TEXTS else field(description=setting.description)
        setattr(cls, name, declared)
    return cls


def _declare_readers_text(name: str) -> Any:
    # A former member still finds the community, through the own membership and submissions.
    async def load(rows: list[CommunityRow], info: Info) -> list[str | None]:
        readable = await visible.list_readable(rows, info)
        return [getattr(row, name) if allowed else None for row, allowed in zip(rows, readable, strict=True)]

    return batched(load, description=f"{SETTINGS[name].description} Null for a viewer who may not read the community.")


def declare_edit_fields(cls: C) -> C:
    """Add an optional field for each setting that leaders edit to an input."""
    for name in EDITABLE_SETTINGS:
        setattr(cls, name, field(default=None, description=f"{SETTINGS[name].description} Null changes nothing."))
        cls.__annotations__[name] = SETTINGS[name].kind | None
    return cls


def read_edit(given: Any) -> dict[str, Any]:
    """Return the settings of an input by name. None means unchanged."""
    return {name: getattr(given, name) for name in EDITABLE_SETTINGS}
