"""Parsing of earning rules, as stored or as written by a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from community.kernel import mistakes
from community.kernel.errors import InvalidInput, to_camel_case
from community.points.earning.rules import Caps, Definition, Needs
from community.points.rules import MAX_DAYS

MAX_RULE_POINTS = 10_000
_MAX_NEED = MAX_DAYS
MAX_KINDS = 50
MAX_STREAKS = 10
_CODE = re.compile(r"[A-Z0-9_]{1,40}")


def parse_definition(given: Mapping[str, Any]) -> Definition:
    """Return the definition of a rule. Raises InvalidInput with every wrong part."""
    if unknown := set(given) - _list_field_names(Definition):
        raise InvalidInput("unknown_part", parts=", ".join(sorted(unknown)), path=("definition",))
    caps, needs = _parse_mapping(given, "caps", Caps), _parse_mapping(given, "needs", Needs)
    by_kind, streaks = _parse_mapping(given, "by_kind"), _parse_mapping(given, "streaks")
    if len(by_kind) > MAX_KINDS or len(streaks) > MAX_STREAKS:
        raise InvalidInput("rule_size", kinds=MAX_KINDS, streaks=MAX_STREAKS, path=("definition",))
    with mistakes.collect() as check:
        return Definition(
            check(_parse_points, given.get("amount"), "amount"),
            by_kind={
                check(validate_code, kind, path=("definition", "byKind")): check(_parse_points, value, "byKind", kind)
                for kind, value in by_kind.items()
            },
            by_scores=check(_parse_bool, given, "by_scores", default=False),
            streaks={
                check(_parse_days, days): check(_parse_points, bonus, "streaks", days)
                for days, bonus in streaks.items()
            },
            caps=Caps(**{name: check(_parse_points, value, "caps", name) for name, value in caps.items()}),
            needs=Needs(**{name: check(_parse_need, value, name) for name, value in needs.items()}),
            enabled=check(_parse_bool, given, "enabled", default=True),
        )


def validate_code(text: str, *, path: tuple[str, ...]) -> str:
    """Return the code of a kind. Raises InvalidInput.

    A code has capitals, digits and underscores only, so that it says nothing about a person.
    """
    if not _CODE.fullmatch(text):
        raise InvalidInput("kind_code", path=path)
    return text


def _list_field_names(of: type) -> set[str]:
    return {part.name for part in fields(of)}


def _parse_mapping(given: Mapping[str, Any], name: str, of: type | None = None) -> dict[str, Any]:
    value = given.get(name) or {}
    known = None if of is None else _list_field_names(of)
    if not isinstance(value, Mapping) or (known is not None and set(value) - known):
        path = ("definition", to_camel_case(name))
        if known is None:
            raise InvalidInput("rule_object", path=path)
        raise InvalidInput("rule_object_of", parts=", ".join(sorted(known)), path=path)
    return {str(key): item for key, item in value.items() if item is not None}


def _parse_bool(given: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise InvalidInput("true_or_false", path=("definition", to_camel_case(name)))
    return value


def _parse_points(value: Any, *path: str) -> int:
    return _parse_whole_number(value, MAX_RULE_POINTS, *path)


def _parse_need(value: Any, name: str) -> int:
    return _parse_whole_number(value, _MAX_NEED, "needs", to_camel_case(name))


def _parse_whole_number(value: Any, maximum: int, *path: str) -> int:
    if type(value) is not int or not 0 <= value <= maximum:
        raise InvalidInput("rule_number", min=0, max=maximum, path=("definition", *path))
    return value


def _parse_days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DAYS:
        raise InvalidInput("streak_days", min=1, max=MAX_DAYS, path=("definition", "streaks"))
    return int(text)
