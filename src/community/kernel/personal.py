"""What every room owes a person who asks for their data, or asks to be forgotten: the seam between them and `privacy`.

A room that keeps something of people has a `personal.py` with one `Part`, named in `privacy/parts.py`:

    PART = Part("points", export, erase)

    async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]: ...
    async def erase(subject: Subject, content: Content) -> None: ...

`export` gives whatever the room knows of the person, as many files as it likes, JSON or bytes of any kind. `erase` runs
in the one transaction that forgets the person in every room: words, names and pictures go, amounts, times and links
stay. What lies outside the database (files, Redis) goes through the outbox.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, is_dataclass
from enum import StrEnum
from typing import Any

from community.settings import Settings


class ErasureContent(StrEnum):
    """What becomes of what a person has published when they are erased."""

    ANONYMISE = "ANONYMISE"
    REMOVE = "REMOVE"


@dataclass(frozen=True, slots=True)
class DataSubject:
    """Whose data it is: a person, and each membership with its community, those they have left included."""

    person_id: int
    memberships: tuple[tuple[int, int], ...]
    """Pairs of a community's id and the membership's."""

    @property
    def membership_ids(self) -> list[int]:
        """The memberships alone."""
        return [membership_id for _, membership_id in self.memberships]


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export: `name` is its path within the archive."""

    name: str
    body: bytes

    @classmethod
    def from_rows(cls, name: str, rows: Iterable[Any]) -> ExportFile:
        """Rows (dataclasses or dicts) as readable JSON."""
        told = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else row for row in rows]
        return cls(name, json.dumps(told, ensure_ascii=False, indent=2, default=str).encode())


@dataclass(frozen=True, slots=True)
class Part:
    """One room's part in a person's rights."""

    room: str
    export: Callable[[Settings, DataSubject], AsyncIterator[ExportFile]]
    erase: Callable[[DataSubject, ErasureContent], Awaitable[None]]
