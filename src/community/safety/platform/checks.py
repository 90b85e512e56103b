"""The checks of a thing by WeChat: their start, their results, and their end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts import person_lock, platform_ids
from community.accounts import platforms as login_platforms
from community.accounts.errors import PlatformBusy
from community.accounts.models import Platform
from community.accounts.platforms import WeChat
from community.kernel import clock, db, outbox
from community.kernel.errors import Refusal
from community.kernel.tables import row_of
from community.safety.facts import Verdict
from community.safety.platform import calls
from community.safety.platform.answers import Judgement, ask_leader
from community.safety.platform.models import CheckKind, CheckReason, CheckState, PlatformCheck, PlatformLabel
from community.settings import Settings

log = logging.getLogger(__name__)

MAX_WAIT = timedelta(minutes=30)
MAX_ATTEMPTS = 6
"""Failed calls for one check. The job's pauses between them sum up to a minute, after which a quota is free again."""
_BATCH_SIZE = 200


@row_of(PlatformCheck)
class PlatformResult:
    """A check by WeChat. `media_id` is None for the texts. `verdict` is None while the answer is awaited."""

    id: int
    kind: CheckKind
    media_id: int | None
    state: CheckState
    verdict: Verdict | None
    reason: CheckReason | None
    label: PlatformLabel | None
    asked_at: datetime
    answered_at: datetime | None


@dataclass(slots=True)
class OutcomeCount:
    """The number of checks with a kind and an outcome.

    The outcome is a verdict, WAITING or LOST.
    """

    kind: str
    outcome: str
    count: int


@dataclass(slots=True)
class _SubjectRow:
    subject: str | None


@dataclass(slots=True)
class _AttemptRow:
    attempts: int


_RESULTS = db.Select(
    f"SELECT {db.columns(PlatformResult)} FROM platform_check WHERE subject = $1 ORDER BY id", PlatformResult
)
_UNASKED = db.Select(
    f"SELECT {db.columns(PlatformResult)} FROM platform_check"
    " WHERE subject = $1 AND state = 'WAITING' AND trace_id IS NULL ORDER BY id",
    PlatformResult,
)
_TRY = db.Change(
    "UPDATE platform_check SET attempts = attempts + 1 WHERE id = $1 AND state = 'WAITING' AND trace_id IS NULL"
    " RETURNING attempts",
    _AttemptRow,
)
_TAKE = db.Change(
    "DELETE FROM platform_check WHERE id = $1 AND state = 'WAITING' AND trace_id IS NULL RETURNING id", db.Id
)
# The unique key orders this statement and the one of an answer: the later one finds the row of the earlier one.
_STORE_TRACE = db.Change(
    "INSERT INTO platform_check (community_id, person_id, subject, kind, media_id, trace_id, attempts, state, asked_at)"
    " VALUES ($1, $2, $3, 'MEDIA_CHECK', $4, $5, 1, 'WAITING', $6)"
    " ON CONFLICT (trace_id) DO UPDATE SET community_id = excluded.community_id, person_id = excluded.person_id,"
    " subject = excluded.subject, media_id = excluded.media_id, asked_at = excluded.asked_at"
    " WHERE platform_check.subject IS NULL RETURNING id",
    db.Id,
)
_STORE_ANSWER = db.Change(
    "INSERT INTO platform_check (kind, trace_id, attempts, state, verdict, reason, label, asked_at, answered_at)"
    " VALUES ('MEDIA_CHECK', $1, 0, 'ANSWERED', $2, $3, $4, $5, $5)"
    " ON CONFLICT (trace_id) DO UPDATE SET state = excluded.state, verdict = excluded.verdict,"
    " reason = excluded.reason, label = excluded.label, answered_at = excluded.answered_at"
    " WHERE platform_check.state <> 'ANSWERED' RETURNING subject",
    _SubjectRow,
)
_GIVE_UP = db.Change(
    "UPDATE platform_check SET state = 'LOST', verdict = 'REVIEW', reason = 'NO_ANSWER', answered_at = $2"
    " WHERE state = 'WAITING' AND id IN (SELECT id FROM platform_check WHERE state = 'WAITING' AND asked_at < $1"
    f" ORDER BY asked_at LIMIT {_BATCH_SIZE}) RETURNING subject",
    _SubjectRow,
)
_NEWEST_OUTCOMES = db.Select(
    "SELECT kind, CASE state WHEN 'ANSWERED' THEN verdict ELSE state END AS outcome, count(*) AS count"
    " FROM (SELECT kind, state, verdict FROM platform_check ORDER BY id DESC LIMIT 1000) newest"
    " GROUP BY kind, outcome ORDER BY kind, outcome",
    OutcomeCount,
)
_DELETE_OLD = db.delete_batch("platform_check", "asked_at < $1", by="asked_at")


@dataclass(frozen=True, slots=True)
class _Thing:
    """The thing that is checked, and its author."""

    subject: str
    community_id: int
    person_id: int
    openid: str
    text: str


async def start(
    settings: Settings,
    subject: str,
    *,
    community_id: int,
    author_person_id: int,
    texts: Mapping[str, str],
    media: Sequence[int],
) -> list[PlatformResult]:
    """Ask WeChat about a thing and return the results so far.

    `media` are ready pictures. There is no result if WeChat or its callbacks are not set up, or if the author has no
    login of WeChat. A picture waits for its answer, after which `effects.conclude_screening` follows. Idempotent for
    each part, so that a job can repeat the call. Raises PlatformBusy if a repetition may succeed. After the last
    attempt a part is LOST instead.
    """
    openid = await _find_openid(settings, author_person_id)
    if openid is not None:
        thing = _Thing(subject, community_id, author_person_id, openid, "\n".join(texts.values()))
        await _prepare(thing, media)
        await _ask_all(settings, thing)
    return await list_results(subject)


async def is_asked(settings: Settings, author_person_id: int) -> bool:
    """Return True if WeChat checks what this person sends."""
    return await _find_openid(settings, author_person_id) is not None


async def list_results(subject: str) -> list[PlatformResult]:
    """Return the checks of a thing. An empty list means that WeChat does not check it."""
    return await _RESULTS.all(subject)


async def _find_openid(settings: Settings, person_id: int) -> str | None:
    if settings.wechat_callback_token is None:
        return None
    return await platform_ids.find_subject(settings, person_id, Platform.WECHAT)


@db.transactional
async def _prepare(thing: _Thing, media: Sequence[int]) -> None:
    """Insert the checks that are missing."""
    if not await person_lock.lock_shared_if_exists(thing.person_id):
        return
    parts = [(CheckKind.TEXT_CHECK, None)] if thing.text.strip() else []
    for kind, media_id in [*parts, *((CheckKind.MEDIA_CHECK, media_id) for media_id in media)]:
        await db.execute(
            "INSERT INTO platform_check (community_id, person_id, subject, kind, media_id, attempts, state, asked_at)"
            " VALUES ($1, $2, $3, $4, $5, 0, 'WAITING', $6) ON CONFLICT DO NOTHING",
            thing.community_id, thing.person_id, thing.subject, kind, media_id, clock.now(),
        )  # fmt: skip


async def _ask_all(settings: Settings, thing: _Thing) -> None:
    """Ask about each part that was not asked about. Raises PlatformBusy after the last part."""
    wechat, busy = login_platforms.get_wechat(settings), None
    for row in await _UNASKED.all(thing.subject):
        try:
            await _ask(settings, wechat, thing, row)
        except PlatformBusy as refusal:
            busy = refusal
    if busy is not None:
        raise busy


async def _ask(settings: Settings, wechat: WeChat, thing: _Thing, row: PlatformResult) -> None:
    attempt = await _TRY.first(row.id)
    if attempt is None:
        return  # erased, or asked by another attempt of the job
    try:
        if row.media_id is None:
            await _finish(row.id, CheckState.ANSWERED, await calls.check_text(wechat, thing.openid, thing.text))
            return
        found = await calls.request_media_check(settings, wechat, thing.openid, row.media_id)
        if isinstance(found, Judgement):
            await _finish(row.id, CheckState.ANSWERED, found)
        else:
            await _store_trace(thing, row, found)
    except PlatformBusy:
        if attempt.attempts < MAX_ATTEMPTS:
            raise
        await _finish(row.id, CheckState.LOST, ask_leader(CheckReason.UNREACHABLE))
    except Refusal as refusal:
        log.warning("platform check refused: check_id=%s code=%s", row.id, refusal.code)
        await _finish(row.id, CheckState.LOST, ask_leader(CheckReason.CALL_REFUSED))


async def _finish(check_id: int, state: CheckState, found: Judgement) -> None:
    await db.execute(
        "UPDATE platform_check SET state = $2, verdict = $3, reason = $4, label = $5, answered_at = $6"
        " WHERE id = $1 AND state = 'WAITING' AND trace_id IS NULL",
        check_id, state, found.verdict, found.reason, found.label, clock.now(),
    )  # fmt: skip


@db.transactional
async def _store_trace(thing: _Thing, row: PlatformResult, trace_id: str) -> None:
    """Replace the check by one with its trace id.

    An answer that came already is taken. Raises PlatformBusy if another check has the trace id.
    """
    if await _TAKE.first(row.id) is None:
        return
    stored = await _STORE_TRACE.first(
        thing.community_id, thing.person_id, thing.subject, row.media_id, trace_id, row.asked_at
    )
    if stored is None:
        raise PlatformBusy


@db.transactional
async def record_answer(trace_id: str, found: Judgement) -> None:
    """Record the answer about a picture, also after the check was given up.

    The first answer counts. One that comes before its question is stored waits for it.
    """
    row = await _STORE_ANSWER.first(trace_id, found.verdict, found.reason, found.label, clock.now())
    if row is not None and row.subject is not None:
        await _conclude([row.subject])


@db.transactional
async def give_up_waiting() -> None:
    """Give up checks without an answer for 30 minutes.

    A call takes up to 200.
    """
    now = clock.now()
    rows = await _GIVE_UP.all(now - MAX_WAIT, now)
    if rows:
        log.warning("platform checks got no answer: count=%s", len(rows))
    await _conclude(sorted({row.subject for row in rows if row.subject is not None}))


async def _conclude(subjects: Sequence[str]) -> None:
    for subject in subjects:
        if subject.startswith("comment:"):
            await outbox.put("effects.conclude_comment", subject=subject)
        elif subject.startswith("endorsement:"):
            await outbox.put("effects.conclude_note", subject=subject)
        else:
            await outbox.put("effects.conclude_screening", subject=subject)


async def count_newest_by_outcome() -> list[OutcomeCount]:
    """Return the outcomes of the newest 1,000 checks with their numbers, for the operator."""
    return await _NEWEST_OUTCOMES.all()


@db.transactional
async def delete_old(before: datetime) -> int:
    """Delete up to 500 checks from before a time and return their number."""
    return len(await _DELETE_OLD.all(before))
