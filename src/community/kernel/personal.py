"""The interface through which `privacy/` exports and erases personal data.

A room that stores personal data has a `personal.py` with one `Part`, which `privacy/parts.py` lists:

    PART = Part(
        room="notices",
        own=(own_rows("inbox.json", pick(Notice, "community_id kind created_at"), by="membership_id"),),
        erase=erase,
    )

    async def erase(subject: DataSubject, content: ErasureContent) -> None: ...

The export has everything that the room knows about the person: the rows of `own`, and the files of JSON or of any other
bytes that the function `export` yields. `erase` runs in the one transaction that erases the person in every room. It
deletes words, names and pictures, and keeps amounts, times and links. Data outside the database (files, Redis) is
deleted through the outbox.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from community.kernel import db
from community.kernel.tables import ROWS
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
        """Return rows (of statements, or dicts) as a file of readable JSON."""
        values = [row if isinstance(row, dict) else db.as_dict(row) for row in rows]
        return cls(name, json.dumps(values, ensure_ascii=False, indent=2, default=str).encode())


@dataclass(frozen=True, slots=True)
class OwnRows:
    """Rows of a table that name a person, as one file of the export."""

    file: str
    statement: db.Select[Any]
    is_by_person: bool
    others: tuple[str, ...]

    async def read(self, subject: DataSubject) -> ExportFile:
        """Return the file of a person."""
        mine = [subject.person_id] if self.is_by_person else subject.membership_ids
        return ExportFile.from_rows(self.file, omit_others(await self.statement.all(mine), mine, *self.others))


def own_rows(file: str, row: type[Any], *, by: str, others: str = "") -> OwnRows:
    """Declare the rows of a class as one file of the export.

    `by` are the columns that name the person: `person_id`, or those of memberships, with spaces between them. `others`
    are columns that may name another member, who is left out then. Raises TypeError for a row with computed fields.
    """
    if ROWS[row].computed:
        raise TypeError(f"{row.__name__} has computed fields")
    table = ROWS[row].model._meta.db_table  # noqa: SLF001 - the library's documented registry of a model
    named = " OR ".join(f"{column} = ANY($1)" for column in by.split())
    statement = db.Select(f"SELECT {db.columns(row)} FROM {table} WHERE {named} ORDER BY id", row)
    return OwnRows(file, statement, by == "person_id", tuple(others.split()))


def omit_others(rows: Iterable[Any], mine: Sequence[int], *others: str) -> list[dict[str, Any]]:
    """Return the rows as dicts, without other members in the columns `others`."""
    return [
        {name: value for name, value in db.as_dict(row).items() if name not in others or value in mine} for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One room's part in export and erasure. `export` yields the files that `own` does not have."""

    room: str
    own: tuple[OwnRows, ...] = ()
    export: Callable[[Settings, DataSubject], AsyncIterator[ExportFile]] | None = None
    erase: Callable[[DataSubject, ErasureContent], Awaitable[None]]

    async def iterate(self, settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
        """Yield the files of a person."""
        for rows in self.own:
            yield await rows.read(subject)
        if self.export is not None:
            async for file in self.export(settings, subject):
                yield file
