"""Locks on a person's row, for transactions that write about the person.

A session is checked when a request begins. By the time of the write, the person may have been erased, or the session
may have ended. A lock on the row orders the two: an erasure that comes first makes the write fail, and one that comes
later removes what was written. On SQLite a write transaction excludes every other one.

    lock_active        for a write by the person: as lock_shared, and refused while the person is suspended
    lock_caller        for a write of a session: as lock_active, and refused after the end of the session
    lock_shared        for a write about the person: any number at the same time
    lock_for_update    for a write to the person's row, or a check that must not run twice: one, beside shared locks
    lock_exclusive     for an erasure, a suspension, the end of a session or a withdrawn consent: alone

The person is locked before everything else.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from community.accounts.access_tokens import Bearer
from community.accounts.errors import SessionEnded
from community.kernel import db

P = ParamSpec("P")
T = TypeVar("T")

_FIND_ACTIVE_SQL = "SELECT id FROM person WHERE id = $1 AND erased_at IS NULL"
_FIND_ACTIVE_PEOPLE = db.Select(
    "SELECT id FROM person WHERE id = ANY($1) AND erased_at IS NULL AND banned_at IS NULL", db.Id
)
_LOCK_CALLER = db.Select(f"{_FIND_ACTIVE_SQL} AND banned_at IS NULL FOR KEY SHARE", db.Id)
# The session is locked too, so that it is read as of now after a wait for the person.
_LOCK_SESSION = db.Select(
    "SELECT p.id FROM person p JOIN login_session s ON s.person_id = p.id WHERE p.id = $1 AND p.erased_at IS NULL"
    " AND p.banned_at IS NULL AND s.id = $2 AND s.ended_at IS NULL FOR KEY SHARE",
    db.Id,
)
_LOCK_SHARED = db.Select(f"{_FIND_ACTIVE_SQL} FOR KEY SHARE", db.Id)
_LOCK_FOR_UPDATE = db.Select(f"{_FIND_ACTIVE_SQL} FOR NO KEY UPDATE", db.Id)
_LOCK_EXCLUSIVE = db.Select(f"{_FIND_ACTIVE_SQL} FOR UPDATE", db.Id)


async def lock_active(person_id: int) -> None:
    """Lock the caller against an erasure and a suspension, beside other shared locks.

    Raises SessionEnded if they were erased or suspended.
    """
    if await _LOCK_CALLER.first(person_id) is None:
        raise SessionEnded


def lock_caller(bearer: Bearer) -> db.FirstLock:
    """Return the lock on the person of a session, as `lock_active` takes it.

    It refuses with SessionEnded, also if the session has ended.
    """
    return db.FirstLock(_LOCK_SESSION, (bearer.person_id, bearer.session_id), SessionEnded)


_LOCK_CALLERS = db.Select(
    "SELECT id FROM person WHERE id = ANY($1) AND erased_at IS NULL AND banned_at IS NULL ORDER BY id FOR KEY SHARE",
    db.Id,
)
_LOCK_SESSIONS = db.Select(
    "SELECT id FROM login_session WHERE id = ANY($1) AND ended_at IS NULL ORDER BY id FOR KEY SHARE", db.Id
)


async def lock_callers(callers: Sequence[tuple[int, int | None]]) -> set[tuple[int, int | None]]:
    """Lock callers as `lock_caller` does, and return those that may act.

    A caller is a pair of person id and session id. A caller without a session is locked as by `lock_active`.
    """
    people = {row.id for row in await _LOCK_CALLERS.all(sorted({person_id for person_id, _ in callers}))}
    wanted = sorted({session_id for _, session_id in callers if session_id is not None})
    sessions = {row.id for row in await _LOCK_SESSIONS.all(wanted)} if wanted else set()
    return {
        (person_id, session_id)
        for person_id, session_id in callers
        if person_id in people and (session_id is None or session_id in sessions)
    }


async def is_active(person_id: int) -> bool:
    """Return True if the person is neither erased nor suspended."""
    return person_id in await find_active([person_id])


async def find_active(person_ids: Sequence[int]) -> set[int]:
    """Return the ids of those who are neither erased nor suspended."""
    return {row.id for row in await _FIND_ACTIVE_PEOPLE.all(list(person_ids))}


async def lock_shared(person_id: int) -> None:
    """Lock the person against an erasure, beside other shared locks. Raises SessionEnded if they were erased."""
    if not await lock_shared_if_exists(person_id):
        raise SessionEnded


async def lock_shared_if_exists(person_id: int) -> bool:
    """Take the lock of `lock_shared`. Return False if the person was erased."""
    return await _LOCK_SHARED.first(person_id) is not None


async def lock_for_update(person_id: int) -> None:
    """Lock the person's row against other writers of it. Raises SessionEnded if they were erased."""
    if await _LOCK_FOR_UPDATE.first(person_id) is None:
        raise SessionEnded


async def lock_exclusive(person_id: int) -> None:
    """Lock the person against every other lock. Raises SessionEnded if they were erased."""
    if not await lock_exclusive_if_exists(person_id):
        raise SessionEnded


async def lock_exclusive_if_exists(person_id: int) -> bool:
    """Take the lock of `lock_exclusive`. Return False if the person was erased."""
    return await _LOCK_EXCLUSIVE.first(person_id) is not None


def exclusive(
    verb: Callable[Concatenate[int, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate[int, P], Coroutine[Any, Any, T]]:
    """Make a verb of a person a transaction that begins with `lock_exclusive`.

    Two that began with the shared lock of their caller would wait for one another.
    """
    transactional = db.transactional(verb)

    @functools.wraps(verb)
    async def locked(person_id: int, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with db.on_transaction_begin(functools.partial(lock_exclusive, person_id)):
            return await transactional(person_id, *args, **kwargs)

    return locked
