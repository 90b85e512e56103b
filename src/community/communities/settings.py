"""The settings of a community, each declared once.

A declaration holds a setting's name, type, founding default, editor, check and description. Everything else is derived
from it: the column of the model, the field of `CommunityRow`, the statements that found and edit a community, the
values of its history, and the fields of `Community` and `CommunityEditInput` in the graph. A new setting needs a
declaration here, a migration that adds its column, and a test.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from functools import partial
from typing import Annotated, Any

from community.communities.rules import (
    MAX_ANNOUNCEMENT_LENGTH,
    MAX_COMMENT_PAUSE_SECONDS,
    MAX_COMMUNITY_NAME_LENGTH,
    MAX_DESCRIPTION_LENGTH,
    MAX_RULES_LENGTH,
    normalise_community_name,
    normalise_profile_text,
    validate_comment_pause,
    validate_hour,
    validate_time_zone,
)
from community.kernel import db, mistakes


class Visibility(StrEnum):
    """The readers of what a community has published."""

    PUBLIC = "PUBLIC"
    MEMBERS = "MEMBERS"


class JoiningPolicy(StrEnum):
    """The way in which people become members."""

    OPEN = "OPEN"
    INVITATION = "INVITATION"


class Editor(Enum):
    """The person who may change a setting."""

    LEADER = "a leader, at any time; the operator at the founding"
    OPERATOR = "the operator, at the founding only"


@dataclass(frozen=True, slots=True)
class CommunitySetting:
    """One setting. Its name and kind are those of its field in `CommunitySettings`.

    `default` is the founding value, None if the operator must give one. `parse` returns the normalised value or raises
    InvalidInput. A setting without it takes any value of its kind.
    """

    description: str
    default: Any = None
    edited_by: Editor = Editor.LEADER
    parse: Callable[[Any], Any] | None = None
    name: str = ""
    kind: type[Any] = str


class CommunitySettings(db.Row):
    """The values of a community's settings. A kind is `str`, `int`, `bool` or an enumeration."""

    name: Annotated[
        str,
        CommunitySetting(f"The name, 1 to {MAX_COMMUNITY_NAME_LENGTH} characters.", parse=normalise_community_name),
    ]
    time_zone: Annotated[
        str,
        CommunitySetting(
            "The IANA time zone in which days, weeks and months begin.",
            default="Asia/Shanghai",
            edited_by=Editor.OPERATOR,
            parse=validate_time_zone,
        ),
    ]
    visibility: Annotated[
        Visibility,
        CommunitySetting("The readers of what the community has published.", default=Visibility.MEMBERS),
    ]
    joining: Annotated[
        JoiningPolicy,
        CommunitySetting("The way in which people become members.", default=JoiningPolicy.INVITATION),
    ]
    description: Annotated[
        str,
        CommunitySetting(
            f"The community's text about itself, up to {MAX_DESCRIPTION_LENGTH} characters. May be empty.",
            default="",
            parse=partial(normalise_profile_text, max_length=MAX_DESCRIPTION_LENGTH, path="description"),
        ),
    ]
    announcement: Annotated[
        str,
        CommunitySetting(
            f"The leaders' current announcement, up to {MAX_ANNOUNCEMENT_LENGTH} characters. May be empty.",
            default="",
            parse=partial(normalise_profile_text, max_length=MAX_ANNOUNCEMENT_LENGTH, path="announcement"),
        ),
    ]
    rules: Annotated[
        str,
        CommunitySetting(
            f"The rules for members, up to {MAX_RULES_LENGTH} characters. May be empty.",
            default="",
            parse=partial(normalise_profile_text, max_length=MAX_RULES_LENGTH, path="rules"),
        ),
    ]
    newcomer_comment_pause_seconds: Annotated[
        int,
        CommunitySetting(
            "Seconds between two comments of a member who joined within a day and has no role,"
            f" 0 to {MAX_COMMENT_PAUSE_SECONDS}.",
            default=60,
            parse=validate_comment_pause,
        ),
    ]
    trusted_authors_publish: Annotated[
        bool,
        CommunitySetting(
            "True if revisions of trusted authors are published once all checks passed, before a leader looks.",
            default=False,
        ),
    ]
    quiet_from_hour: Annotated[
        int,
        CommunitySetting(
            "The hour of the day, 0 to 23 in the community's time zone, at which its quiet hours begin. Notices wait"
            " until their end, except those about the account. There are none if both hours are equal.",
            default=0,
            parse=partial(validate_hour, path="quietFromHour"),
        ),
    ]
    quiet_until_hour: Annotated[
        int,
        CommunitySetting(
            "The hour of the day at which the quiet hours end, 0 to 23. An earlier one is on the next day.",
            default=0,
            parse=partial(validate_hour, path="quietUntilHour"),
        ),
    ]


def _list_settings() -> dict[str, CommunitySetting]:
    found = {}
    hints = typing.get_type_hints(CommunitySettings, include_extras=True)
    for name in db.field_names(CommunitySettings):
        kind, declared = typing.get_args(hints[name])
        found[name] = replace(declared, name=name, kind=kind)
    return found


SETTINGS: Mapping[str, CommunitySetting] = _list_settings()
EDITABLE_SETTINGS = tuple(name for name, setting in SETTINGS.items() if setting.edited_by is Editor.LEADER)
EDITABLE_TEXTS = tuple(name for name in EDITABLE_SETTINGS if SETTINGS[name].kind is str)
"""The settings that are the words of their last editor. An erasure takes them back."""
READERS_TEXTS = tuple(name for name in EDITABLE_TEXTS if name != "name")
"""The settings that only those read who may read what the community has published."""


def parse_founding(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each setting, the default where none is given.

    Raises InvalidInput, and TypeError for an unknown setting, a missing name or a value of another kind.
    """
    if unknown := given.keys() - SETTINGS.keys():
        raise TypeError(f"a community has no setting {', '.join(sorted(unknown))}")
    return {name: _parse(setting, given.get(name, setting.default)) for name, setting in SETTINGS.items()}


def parse_edit(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a leader gave, without those that are None.

    Raises InvalidInput, and TypeError for a setting that leaders do not edit or a value of another kind.
    """
    if unknown := given.keys() - set(EDITABLE_SETTINGS):
        raise TypeError(f"leaders edit no setting {', '.join(sorted(unknown))}")
    with mistakes.collect() as check:
        return {name: check(_parse, SETTINGS[name], value) for name, value in given.items() if value is not None}


def _parse(setting: CommunitySetting, value: Any) -> Any:
    if not isinstance(value, setting.kind):
        raise TypeError(f"{setting.name} is of type {setting.kind.__name__}, not {type(value).__name__}")
    return value if setting.parse is None else setting.parse(value)


def format_value(value: Any) -> str:
    """Return a value of the history as text. A text is returned as it is, every other value as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
