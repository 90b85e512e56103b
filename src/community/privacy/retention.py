"""How long each kind of data is kept, why, and what takes it away: the table that docs/privacy.md shows to people.

`run` carries it out, by the schedule every hour; `community privacy retention` reports it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.identity import attempts, consents, people, sessions
from community.kernel import clock, db, idempotency, outbox
from community.kernel.tables import row_of
from community.privacy import erasures, exports
from community.privacy.models import RetentionRun
from community.settings import Settings
from community.submissions import retention as submissions

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: how long it is kept after it has served its purpose, and why that long."""

    name: str
    kept: timedelta
    why: str
    why_in_chinese: str
    forget: Callable[[Settings, datetime], Awaitable[int]]
    """Takes away what is older than that moment; how much that was."""


async def _attempts(_settings: Settings, before: datetime) -> int:
    return await attempts.forget(before)


async def _sessions(_settings: Settings, before: datetime) -> int:
    return await sessions.forget(before)


async def _used_tokens(_settings: Settings, before: datetime) -> int:
    return await sessions.forget_used(before)


async def _guardian_codes(_settings: Settings, before: datetime) -> int:
    return await people.forget_guardian_codes(before)


async def _consents(_settings: Settings, before: datetime) -> int:
    return await consents.forget(before)


async def _exports(settings: Settings, _before: datetime) -> int:
    return await exports.expire(settings)


async def _stray_files(settings: Settings, before: datetime) -> int:
    return await exports.sweep(settings, before)


async def _export_records(_settings: Settings, before: datetime) -> int:
    return await exports.forget(before)


async def _erasures(_settings: Settings, before: datetime) -> int:
    return await erasures.forget(before)


async def _keys(_settings: Settings, before: datetime) -> int:
    return await idempotency.forget(before)


async def _effects(_settings: Settings, before: datetime) -> int:
    return await outbox.forget(before)


async def _taken_back(_settings: Settings, before: datetime) -> int:
    return await submissions.forget_words(before)


KINDS: tuple[Kind, ...] = (
    Kind(
        "login attempts", DAY,
        "to slow down guessing; kept as keyed digests of addresses and of people's numbers",
        "防止撞库；只保存地址和用户编号的密钥摘要", _attempts,
    ),
    Kind(
        "used refresh tokens", 30 * DAY,
        "so that a copy that comes back is noticed; the last used one of a session stays as long as the session",
        "识别被复制的令牌；每个会话最近用过的一个随会话保留", _used_tokens,
    ),
    Kind(
        "ended sessions", 30 * DAY,
        "so that a person can see where they were logged in, and a stolen token is noticed",
        "供本人查看登录记录、识别被盗用的令牌", _sessions,
    ),
    Kind(
        "guardian codes", DAY,
        "good for a day, and useless then",
        "有效期一天，过期无用", _guardian_codes,
    ),
    Kind(
        "withdrawn consents", 1_095 * DAY,
        "the proof of what was agreed to while it stood",
        "证明同意存续期间的授权", _consents,
    ),
    Kind(
        "export archives", timedelta(0),
        "until the time that the person was told when it became ready",
        "保存至告知本人的下载期限", _exports,
    ),
    Kind(
        "interrupted exports", HOUR,
        "what a process that was killed left of an archive; nobody can fetch it",
        "进程中断留下的文件，无人可以下载", _stray_files,
    ),
    Kind(
        "export records", 365 * DAY,
        "the proof that a request was answered",
        "证明已答复查阅、复制请求", _export_records,
    ),
    Kind(
        "erasure records", 1_095 * DAY,
        "the proof that a request was carried out; they name nobody",
        "证明已执行删除请求；不含身份信息", _erasures,
    ),
    Kind(
        "idempotency keys", 7 * DAY,
        "so that a repeated call does nothing twice",
        "避免重复请求重复执行", _keys,
    ),
    Kind(
        "finished effects", 7 * DAY,
        "to see what was done when something went wrong",
        "出现问题时核对处理过程", _effects,
    ),
    Kind(
        "words of withdrawn and removed submissions", 180 * DAY,
        "to answer a complaint about them",
        "处理与之有关的投诉和申诉", _taken_back,
    ),
)  # fmt: skip


@row_of(RetentionRun)
@dataclass(slots=True)
class Run:
    """What became of one kind so far."""

    kind: str
    ran_at: datetime
    dropped: int
    dropped_ever: int


_RUNS = db.Select(f"SELECT {db.columns(Run)} FROM retention_run ORDER BY kind", Run)
_MOST_ROUNDS = 200


async def run(settings: Settings) -> dict[str, int]:
    """Take away whatever has grown too old; how much of each kind. Doing it again does no harm."""
    dropped = {kind.name: await _run(settings, kind) for kind in KINDS}
    await db.overwrite_leftovers()
    return dropped


async def _run(settings: Settings, kind: Kind) -> int:
    before = clock.now() - kind.kept
    dropped = 0
    for _ in range(_MOST_ROUNDS):
        some = await kind.forget(settings, before)
        dropped += some
        if not some:
            break
    await db.execute(
        "INSERT INTO retention_run (kind, ran_at, dropped, dropped_ever) VALUES ($1, $2, $3, $3)"
        " ON CONFLICT (kind) DO UPDATE SET ran_at = excluded.ran_at, dropped = excluded.dropped,"
        " dropped_ever = retention_run.dropped_ever + excluded.dropped",
        kind.name, clock.now(), dropped,
    )  # fmt: skip
    return dropped


async def report() -> list[tuple[Kind, Run | None]]:
    """Every kind, and what was last taken away of it; None for one that has not been looked through yet."""
    runs = {row.kind: row for row in await _RUNS.all()}
    return [(kind, runs.get(kind.name)) for kind in KINDS]
