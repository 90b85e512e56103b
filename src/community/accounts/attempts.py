"""The limits of attempts, calls and a day's things, counted in the database.

An attempt is counted before it is made and uncounted when it succeeds, in single statements. So at most the limit are
running or have failed within the window, even if many arrive at the same moment. Redis would count faster, but the
service must work without it. A counter in each process would multiply the limit by the number of processes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts.errors import TooManyAttempts, TooManyCalls
from community.kernel import clock, db, sealing
from community.kernel.errors import Refusal
from community.kernel.periods import CalendarPeriod
from community.settings import Settings

ATTEMPT_WINDOW = timedelta(minutes=10)
NEW_PEOPLE_WINDOW = timedelta(days=1)


@dataclass(slots=True)
class _AttemptCountRow:
    attempts: int
    since: datetime


class NamedCountRow(db.Row):
    """The count of one thing in a day."""

    who: str
    attempts: int


_COUNT_AGAIN = (
    "ON CONFLICT (who) DO UPDATE SET"
    " attempts = CASE WHEN login_attempt.since <= $3 THEN 1 ELSE login_attempt.attempts + 1 END,"
    " since = CASE WHEN login_attempt.since <= $3 THEN $2 ELSE login_attempt.since END"
)
_COUNT = db.Change(
    f"INSERT INTO login_attempt (who, since, attempts) VALUES ($1, $2, 1) {_COUNT_AGAIN}"
    f" RETURNING {db.columns(_AttemptCountRow)}",
    _AttemptCountRow,
)
COUNT_IN_DAY = db.Change(
    "INSERT INTO login_attempt (who, since, attempts) SELECT given.who, $2, 1"
    " FROM unnest($1::text[]) WITH ORDINALITY AS given (who, position) WHERE TRUE ORDER BY given.who"
    f" {_COUNT_AGAIN} RETURNING who, attempts",
    NamedCountRow,
)
"""Counts one of each thing, with the values of `build_day_values`."""
_DELETE_OLD = db.delete_batch("login_attempt", "since < $1", by="since")


@asynccontextmanager
async def limit_attempts(settings: Settings, kind: str, who: str, *, times: int = 1) -> AsyncIterator[None]:
    """Run the block as one attempt of `who`. Raises TooManyAttempts.

    The attempt counts if the block raises a refusal with `counts_as_attempt`. Each `kind` (`link`, `guardian`, …) has
    a count of its own. `who` is a person, or a community with so many times the limit. Only a keyed digest is stored.
    """
    key = sealing.compute_digest(settings, "attempts", f"{kind} {who}")
    counted = await _count(key, ATTEMPT_WINDOW)
    if counted.attempts > settings.login_failures * times:
        await _uncount_attempt(key)
        raise TooManyAttempts(retry_at=counted.since + ATTEMPT_WINDOW)
    try:
        yield
    except BaseException as error:
        if not (isinstance(error, Refusal) and error.counts_as_attempt):
            await _uncount_attempt(key)
        raise
    await _uncount_attempt(key)


async def count_platform_call(settings: Settings, who: str) -> None:
    """Count a call to a platform for an address or a person. Raises TooManyCalls."""
    await _count_call(settings, f"platform {who}", max_calls=settings.platform_calls, window=ATTEMPT_WINDOW)


async def count_new_person(settings: Settings, address: str) -> None:
    """Count a new person from an address. Raises TooManyCalls."""
    await _count_call(settings, f"new person {address}", max_calls=settings.new_people, window=NEW_PEOPLE_WINDOW)


async def count_in_day(what: Sequence[str], day: CalendarPeriod) -> list[int]:
    """Count one of each thing of a day, and return the new counts.

    It belongs to the transaction that makes them, so a refused one does not count. Each names the member by id.
    """
    counts = {row.who: row.attempts for row in await COUNT_IN_DAY.all(*build_day_values(what, day))}
    return [counts[each] for each in what]


def build_day_values(what: Sequence[str], day: CalendarPeriod) -> tuple[list[str], datetime, datetime]:
    """Return the values with which `COUNT_IN_DAY` does what `count_in_day` does."""
    # A count that began before the day begins again.
    return list(what), clock.now(), day.start - timedelta.resolution


async def _count_call(settings: Settings, what: str, *, max_calls: int, window: timedelta) -> None:
    counted = await _count(sealing.compute_digest(settings, "attempts", what), window)
    if counted.attempts > max_calls:
        raise TooManyCalls(retry_at=counted.since + window)


async def _count(key: str, window: timedelta) -> _AttemptCountRow:
    now = clock.now()
    return await _COUNT.one(key, now, now - window)


async def _uncount_attempt(key: str) -> None:
    await db.execute("UPDATE login_attempt SET attempts = attempts - 1 WHERE who = $1 AND attempts > 0", key)


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 counts started before `before` and return their number."""
    return len(await _DELETE_OLD.all(before))
