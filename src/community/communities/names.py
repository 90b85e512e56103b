"""Search of members by their names.

Each membership has a row for every part of its name with one to three characters, and for its beginnings. A search
reads those of one part by an index that begins with the community. Only a longer text is compared with the names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.accounts import person_lock
from community.accounts.rules import MAX_NICKNAME_LENGTH, fold_nickname
from community.communities.queries import MemberRow, get_members
from community.kernel import db
from community.kernel.invariants import Check, Invariant
from community.kernel.row_failures import walk
from community.kernel.texts import normalise_text

MAX_PART_LENGTH = 3
MAX_SUGGESTIONS = 10
_MAX_READ = 100
"""Number of characters of a name that have parts, and of members that a suggestion reads."""
_MAX_COMPARED = 1_000
"""Number of members with a part whose names a suggestion compares, the first to join."""
_MAX_COUNTED = 300
"""Number of members with a part that are counted to find the rarest part."""
_BEGINNING = "\ue000"
"""A character for private use, which no name has. It marks the beginnings of a name."""

_NAME = db.Select("SELECT search_name AS name FROM person WHERE id = $1", db.Name)
_DELETE = "DELETE FROM member_name_part WHERE membership_id = ANY($1)"
_DELETE_OF_PERSON = (
    "DELETE FROM member_name_part WHERE membership_id IN (SELECT id FROM membership WHERE person_id = $1)"
)
_INSERT = (
    "INSERT INTO member_name_part (community_id, part, membership_id) SELECT m.community_id, given.part, m.id"
    " FROM unnest($2::text[]) WITH ORDINALITY AS given (part, place) JOIN membership m ON m.person_id = $1"
    " WHERE given.place > 0"
)
# A subquery of a value is never turned into a join, so no more members are read than needed.
_FIND, _FIND_BEGINNING = (
    db.Select(
        "SELECT n.membership_id AS id FROM (SELECT membership_id FROM member_name_part WHERE community_id = $1"
        f" AND part = $2 ORDER BY membership_id LIMIT {_MAX_COMPARED}) AS n"
        " WHERE (SELECT strpos(p.search_name, $3) FROM membership m JOIN person p ON p.id = m.person_id"
        " WHERE m.id = n.membership_id AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL)"
        f" {place} ORDER BY n.membership_id LIMIT {_MAX_READ}",
        db.Id,
    )
    for place in ("> 0", "= 1")
)
_RAREST = db.Select(
    "SELECT given.part AS name FROM unnest($2::text[]) WITH ORDINALITY AS given (part, place)"
    " ORDER BY (SELECT count(*) FROM (SELECT 1 FROM member_name_part n WHERE n.community_id = $1"
    f" AND n.part = given.part LIMIT {_MAX_COUNTED}) AS counted), given.place LIMIT 1",
    db.Name,
)


def list_parts(name: str) -> list[str]:
    """Return the parts of a folded name, and its beginnings, which are marked."""
    name = name[:_MAX_READ]
    lengths = range(1, min(MAX_PART_LENGTH, len(name)) + 1)
    parts = {name[start : start + length] for length in lengths for start in range(len(name) - length + 1)}
    return sorted(parts | {_BEGINNING + name[:length] for length in lengths})


async def choose_part(community_id: int, text: str) -> str:
    """Return the part of a folded text that the fewest members have."""
    if len(text) <= MAX_PART_LENGTH:
        return text
    parts = [text[start : start + MAX_PART_LENGTH] for start in range(len(text) - MAX_PART_LENGTH + 1)]
    return (await _RAREST.one(community_id, list(dict.fromkeys(parts)))).name


def normalise_search(search: str, *, path: str = "search") -> str:
    """Return a search text as names are compared. Raises InvalidInput unless it has 1 to 20 characters."""
    return fold_nickname(normalise_text(search, max_length=MAX_NICKNAME_LENGTH, path=(path,)))


_MARK = "\ue001"
"""A character for private use between parts."""
_NEXT_PEOPLE = db.Select(
    "SELECT DISTINCT person_id AS id FROM membership WHERE person_id > $1 ORDER BY person_id LIMIT 500", db.Id
)
_PARTS = (
    "SELECT m.id, p.search_name, COALESCE((SELECT string_agg(n.part, '\ue001') FROM member_name_part n"
    " WHERE n.membership_id = m.id), '') AS parts FROM membership m JOIN person p ON p.id = m.person_id"
)


@dataclass(slots=True)
class _PartsRow:
    id: int
    search_name: str
    parts: str


async def _load_check() -> Check:
    return _has_its_parts


def _has_its_parts(row: _PartsRow) -> bool:
    return sorted(row.parts.split(_MARK) if row.parts else []) == list_parts(row.search_name)


PARTS_INVARIANT = Invariant(
    "a member is found by the parts of the nickname, and by no others",
    "membership",
    f"{_PARTS} WHERE m.id > $1 AND m.id <= $2",
    _PartsRow,
    _load_check,
    stretch_rows=500,
)
_WRONG = db.Select(f"{_PARTS} WHERE m.person_id = $1", _PartsRow)


async def rebuild(*, missing: bool) -> int:
    """Write the parts of all members again, and return the number of people. Idempotent.

    With `missing` only those whose parts are wrong. Each person is a transaction, so searches find everyone else.
    """
    count = 0
    async for person in walk(_NEXT_PEOPLE.all, 0):
        if missing and all(map(_has_its_parts, await _WRONG.all(person.id))):
            continue
        await update_parts(person.id)
        count += 1
    return count


@db.transactional
async def update_parts(person_id: int) -> None:
    """Bring the parts of a person's memberships in line with the nickname. Idempotent."""
    # A nickname that changes at the same time is changed before or after.
    await person_lock.lock_for_update(person_id)
    name = (await _NAME.one(person_id)).name
    await db.execute(_DELETE_OF_PERSON, person_id)
    await db.execute(_INSERT, person_id, list_parts(name))


@db.transactional
async def delete_parts(membership_ids: Sequence[int]) -> None:
    """Delete the parts of erased members. Idempotent."""
    await db.execute(_DELETE, list(membership_ids))


async def find_by_beginning(community_id: int, text: str, *, limit: int) -> list[MemberRow]:
    """Return present members whose name begins with a folded text. Suspended members are left out."""
    part = _BEGINNING + text if len(text) <= MAX_PART_LENGTH else await choose_part(community_id, text)
    return await get_members([row.id for row in await _FIND_BEGINNING.all(community_id, part, text)][:limit])


async def find_members(community_id: int, text: str, *, limit: int) -> list[MemberRow]:
    """Return present members whose name has a folded text. Those whose name begins with it come first.

    Suspended members are left out.
    """
    found = await find_by_beginning(community_id, text, limit=limit)
    if len(found) < limit:
        part = await choose_part(community_id, text)
        first = {row.id for row in found}
        more = [row.id for row in await _FIND.all(community_id, part, text) if row.id not in first]
        found += await get_members(more[: limit - len(found)])
    return found
