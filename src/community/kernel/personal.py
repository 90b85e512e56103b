"""The interface through which `privacy/` exports and erases personal data.

A room that stores personal data has a `personal.py` with one `Part`, which `privacy/parts.py` lists:

    PART = Part("points", export, erase)

    async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]: ...
    async def erase(subject: DataSubject, content: ErasureContent) -> None: ...

`export` yields everything that the room knows about the person, as files of JSON or of any other bytes. `erase` runs in
the one transaction that erases the person in every room. It deletes words, names and pictures, and keeps amounts, times
and links. Data outside the database (files, Redis) is deleted through the outbox.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, is_dataclass
from enum import StrEnum
from typing import Any

from community.settings import Settings


class ErasureContent(StrEnum):
    """The choice between keeping published content anonymously and removing it, on erasure."""

    ANONYMISE = "ANONYMISE"
    REMOVE = "REMOVE"


@dataclass(frozen=True, slots=True)
class DataSubject:
    """A person and all their memberships, including those they have left."""

    person_id: int
    memberships: tuple[tuple[int, int], ...]
    """Pairs of community id and membership id."""

    @property
    def membership_ids(self) -> list[int]:
        """The ids of the memberships."""
        return [membership_id for _, membership_id in self.memberships]


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export. `name` is its path inside the archive."""

    name: str
    body: bytes

    @classmethod
    def from_rows(cls, name: str, rows: Iterable[Any]) -> ExportFile:
        """Return rows (dataclasses or dicts) as a file of readable JSON."""
        values = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else row for row in rows]
        return cls(name, json.dumps(values, ensure_ascii=False, indent=2, default=str).encode())


@dataclass(frozen=True, slots=True)
class Part:
    """One room's functions for export and erasure."""

    room: str
    export: Callable[[Settings, DataSubject], AsyncIterator[ExportFile]]
    erase: Callable[[DataSubject, ErasureContent], Awaitable[None]]
