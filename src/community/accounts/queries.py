"""Reads of persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from community.accounts.models import Person
from community.kernel import db
from community.kernel.tables import row_of
from community.texts import Language


@row_of(Person)
class PersonRow(db.Row):
    """A person as everyone may see them. Only the person sees the `language` of their sentences."""

    id: int
    nickname: str
    created_at: datetime
    language: Language | None


@row_of(Person)
class FoundPersonRow:
    """A person as the operator sees them."""

    id: int
    nickname: str
    created_at: datetime
    banned_at: datetime | None
    erased_at: datetime | None


MAX_FOUND = 50
_FOUND_COLUMNS = db.columns(FoundPersonRow)
_FIND_BY_ID = db.Select(f"SELECT {_FOUND_COLUMNS} FROM person WHERE id = $1", FoundPersonRow)
_FIND_BY_NICKNAME = db.Select(
    f"SELECT {_FOUND_COLUMNS} FROM person WHERE nickname LIKE '%' || $1 || '%' ORDER BY id DESC LIMIT {MAX_FOUND}",
    FoundPersonRow,
)
_FIND_PEOPLE = db.Select(f"SELECT {db.columns(PersonRow)} FROM person WHERE id = ANY($1)", PersonRow)


async def get_people(person_ids: Sequence[int]) -> list[PersonRow]:
    """Return the person of each id, in order. Raises KeyError for an unknown id."""
    found = {row.id: row for row in await _FIND_PEOPLE.all(list(set(person_ids)))}
    return [found[person_id] for person_id in person_ids]


async def find_person(person_id: int) -> PersonRow | None:
    """Return the person, or None."""
    return await _FIND_PEOPLE.first([person_id])


async def find_for_operator(person_id: int) -> list[FoundPersonRow]:
    """Return the person in a list, which is empty for an unknown id."""
    return await _FIND_BY_ID.all(person_id)


async def find_by_nickname(text: str) -> list[FoundPersonRow]:
    """Return the newest 50 people whose nickname contains the text, for the operator. Reads every person."""
    return await _FIND_BY_NICKNAME.all(text)
