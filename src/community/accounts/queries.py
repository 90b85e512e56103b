"""Reads of persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from community.accounts.models import Person
from community.kernel import db
from community.kernel.tables import row_of


@row_of(Person)
@dataclass(slots=True)
class PersonRow:
    """A person."""

    id: int
    nickname: str
    created_at: datetime


_PEOPLE = db.Select(f"SELECT {db.columns(PersonRow)} FROM person WHERE id = ANY($1)", PersonRow)


async def get_people(person_ids: Sequence[int]) -> list[PersonRow]:
    """The person of each id, in order."""
    found = {row.id: row for row in await _PEOPLE.all(list(set(person_ids)))}
    return [found[person_id] for person_id in person_ids]


async def find_person(person_id: int) -> PersonRow | None:
    """The person, or None."""
    return await _PEOPLE.first([person_id])
