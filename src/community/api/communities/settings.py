"""Fields that are derived from the settings of a community."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from community.api.declare import declare_enum, field
from community.communities.settings import EDITABLE_SETTINGS, SETTINGS

C = TypeVar("C", bound=type)

_build_enum: Any = StrEnum  # mypy accepts only literal members
CommunityField = _build_enum("CommunityField", [(name.upper(), name) for name in EDITABLE_SETTINGS])
CommunityField.__doc__ = "A field of `Community` that an edit can change."
declare_enum(
    CommunityField,
    name="CommunityField",
    values={name.upper(): SETTINGS[name].description for name in EDITABLE_SETTINGS},
)


def declare_setting_fields(cls: C) -> C:
    """Add a field for each setting to a type over communities."""
    for name, setting in SETTINGS.items():
        setattr(cls, name, field(description=setting.description))
    return cls


def declare_edit_fields(cls: C) -> C:
    """Add an optional field for each setting that leaders edit to an input."""
    for name in EDITABLE_SETTINGS:
        setattr(cls, name, field(default=None, description=f"{SETTINGS[name].description} Null changes nothing."))
        cls.__annotations__[name] = SETTINGS[name].kind | None
    return cls


def read_edit(given: Any) -> dict[str, Any]:
    """Return the settings of an input by name. None means unchanged."""
    return {name: getattr(given, name) for name in EDITABLE_SETTINGS}
