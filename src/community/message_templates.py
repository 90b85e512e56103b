"""Templates of subscription messages: their settings, and the form of each type of field. Pure.

A field of WeChat is named by its type and a number, such as `thing1`. A value of another form is refused by WeChat, so
every value is brought into the form of its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import regex
from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator


class MessageTopic(StrEnum):
    """The subject of a subscription message, which has one template."""

    REVIEW = "REVIEW"
    REDEMPTION = "REDEMPTION"
    POINTS = "POINTS"
    EVENT = "EVENT"
    ENDORSEMENT = "ENDORSEMENT"
    ANNOUNCEMENT = "ANNOUNCEMENT"


class MessageSource(StrEnum):
    """The source of a field's value."""

    TEXT = "text"
    """The sentence of the notice."""
    COMMUNITY = "community"
    """The name of the community."""
    TOPIC = "topic"
    """The name of the topic, at most five Chinese characters."""
    AT = "at"
    """The time of the notice in the community's time zone."""
    POINTS = "points"
    """The number of points."""


_CLUSTER = regex.compile(r"\X")
_NOT_PHRASE = regex.compile(r"\P{Han}+")
_NOT_ASCII = regex.compile(r"[^!-~]+")
_NOT_NUMBER = regex.compile(r"[^0-9]+")
_NOT_DATE = regex.compile(r"[^0-9年月日: ]+")


def clip(text: str, length: int) -> str:
    """Return the text in one line of at most `length` code units of UTF-16. No visible character is cut."""
    line = " ".join(text.split())
    if count_units(line) <= length:
        return line
    kept = ""
    for cluster in _CLUSTER.findall(line):
        if count_units(kept + cluster) >= length:
            break
        kept += cluster
    return f"{kept}…"


def count_units(text: str) -> int:
    """Return the number of code units of UTF-16."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


_FORMS: Mapping[str, Callable[[str], str]] = {
    "thing": lambda text: clip(text, 20),
    "phrase": lambda text: _NOT_PHRASE.sub("", text)[:5],
    "character_string": lambda text: _NOT_ASCII.sub("", text)[:32],
    "number": lambda text: _NOT_NUMBER.sub("", text)[:32],
    "date": lambda text: _NOT_DATE.sub("", text).partition(" ")[0],
    "time": lambda text: _NOT_DATE.sub("", text),
}
"""The form of each type of field, from the text of its source."""
_SOURCES = {
    "thing": set(MessageSource) - {MessageSource.TOPIC},
    "phrase": {MessageSource.TOPIC},
    "character_string": {MessageSource.POINTS},
    "number": {MessageSource.POINTS},
    "date": {MessageSource.AT},
    "time": {MessageSource.AT},
}
"""The sources that a type of field can show."""


def parse_type(name: str) -> str:
    """Return the type of a field of WeChat, such as `thing` of `thing1`. Raises ValueError."""
    kind = name.rstrip("0123456789")
    if kind == name or kind not in _FORMS:
        raise ValueError(f"{name} is no field: use {', '.join(sorted(_FORMS))} and a number")
    return kind


class MessageTemplate(BaseModel):
    """A template of WeChat. `fields` maps each of its fields to the source of the value. `page` opens from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    fields: dict[str, MessageSource]
    page: str | None = None

    @field_validator("fields")
    @classmethod
    def _require_fitting_fields(cls, fields: dict[str, MessageSource]) -> dict[str, MessageSource]:
        for name, source in fields.items():
            kind = parse_type(name)
            if source not in _SOURCES[kind]:
                raise ValueError(f"{name} cannot show {source}: use {', '.join(sorted(_SOURCES[kind]))}")
        if not fields:
            raise ValueError("a template has fields")
        return fields

    def fill(self, values: Mapping[MessageSource, str]) -> dict[str, Any] | None:
        """Return the data of a message, or None if a field has no value."""
        filled = {name: _FORMS[parse_type(name)](values.get(source, "")) for name, source in self.fields.items()}
        return {name: {"value": value} for name, value in filled.items()} if all(filled.values()) else None
