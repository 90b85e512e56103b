"""How long each kind of data is kept, why, and what takes it away: the table that docs/privacy.md shows to people.

`run` carries it out, by the schedule every hour; `community privacy retention` reports it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts import attempts, sessions
from community.consent import consents, guardians
from community.kernel import clock, db, idempotency, outbox
from community.kernel.tables import row_of
from community.privacy import erasures, exports
from community.privacy.models import RetentionRun
from community.settings import Settings
from community.submissions import retention as submissions

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One kind of data: how long it is kept after it has served its purpose, and why that long."""

    name: str
    keep_for: timedelta
    reason: str
    reason_zh: str
    delete_old: Callable[[Settings, datetime], Awaitable[int]]
    """Takes away what is older than that moment; how much that was."""


async def _delete_attempts(_settings: Settings, before: datetime) -> int:
    return await attempts.delete_old(before)


async def _delete_sessions(_settings: Settings, before: datetime) -> int:
    return await sessions.delete_old(before)


async def _delete_used_tokens(_settings: Settings, before: datetime) -> int:
    return await sessions.delete_used_tokens(before)


async def _delete_guardian_codes(_settings: Settings, before: datetime) -> int:
    return await guardians.delete_old_guardian_codes(before)


async def _delete_consents(_settings: Settings, before: datetime) -> int:
    return await consents.delete_old(before)


async def _delete_archives(settings: Settings, _before: datetime) -> int:
    return await exports.delete_expired_archives(settings)


async def _delete_stray_files(settings: Settings, before: datetime) -> int:
    return await exports.delete_stray_files(settings, before)


async def _delete_export_records(_settings: Settings, before: datetime) -> int:
    return await exports.delete_old(before)


async def _delete_erasures(_settings: Settings, before: datetime) -> int:
    return await erasures.delete_old(before)


async def _delete_keys(_settings: Settings, before: datetime) -> int:
    return await idempotency.delete_old(before)


async def _delete_effects(_settings: Settings, before: datetime) -> int:
    return await outbox.delete_old(before)


async def _delete_removed_texts(_settings: Settings, before: datetime) -> int:
    return await submissions.redact_old_texts(before)


RETENTION_RULES: tuple[RetentionRule, ...] = (
    RetentionRule(
        "login attempts", DAY,
        "to slow down guessing; kept as keyed digests of addresses and of people's numbers",
        "防止撞库；只保存地址和用户编号的密钥摘要", _delete_attempts,
    ),
    RetentionRule(
        "used refresh tokens", 30 * DAY,
        "so that a copy that comes back is noticed; the last used one of a session stays as long as the session",
        "识别被复制的令牌；每个会话最近用过的一个随会话保留", _delete_used_tokens,
    ),
    RetentionRule(
        "ended sessions", 30 * DAY,
        "so that a person can see where they were logged in, and a stolen token is noticed",
        "供本人查看登录记录、识别被盗用的令牌", _delete_sessions,
    ),
    RetentionRule(
        "guardian codes", DAY,
        "good for a day, and useless then",
        "有效期一天，过期无用", _delete_guardian_codes,
    ),
    RetentionRule(
        "withdrawn consents", 1_095 * DAY,
        "the proof of what was agreed to while it stood",
        "证明同意存续期间的授权", _delete_consents,
    ),
    RetentionRule(
        "export archives", timedelta(0),
        "until the time that the person was told when it became ready",
        "保存至告知本人的下载期限", _delete_archives,
    ),
    RetentionRule(
        "interrupted exports", HOUR,
        "what a process that was killed left of an archive; nobody can fetch it",
        "进程中断留下的文件，无人可以下载", _delete_stray_files,
    ),
    RetentionRule(
        "export records", 365 * DAY,
        "the proof that a request was answered",
        "证明已答复查阅、复制请求", _delete_export_records,
    ),
    RetentionRule(
        "erasure records", 1_095 * DAY,
        "the proof that a request was carried out; they name nobody",
        "证明已执行删除请求；不含身份信息", _delete_erasures,
    ),
    RetentionRule(
        "idempotency keys", 7 * DAY,
        "so that a repeated call does nothing twice",
        "避免重复请求重复执行", _delete_keys,
    ),
    RetentionRule(
        "finished effects", 7 * DAY,
        "to see what was done when something went wrong",
        "出现问题时核对处理过程", _delete_effects,
    ),
    RetentionRule(
        "words of withdrawn and removed submissions", 180 * DAY,
        "to answer a complaint about them",
        "处理与之有关的投诉和申诉", _delete_removed_texts,
    ),
)  # fmt: skip


@row_of(RetentionRun)
@dataclass(slots=True)
class RetentionRunRow:
    """What became of one kind so far."""

    kind: str
    ran_at: datetime
    dropped: int
    dropped_ever: int


_RUNS = db.Select(f"SELECT {db.columns(RetentionRunRow)} FROM retention_run ORDER BY kind", RetentionRunRow)
_MAX_ROUNDS = 200


async def run(settings: Settings) -> dict[str, int]:
    """Take away whatever has grown too old; how much of each kind. Doing it again does no harm."""
    dropped = {kind.name: await _run_rule(settings, kind) for kind in RETENTION_RULES}
    await db.checkpoint_wal()
    return dropped


async def _run_rule(settings: Settings, kind: RetentionRule) -> int:
    before = clock.now() - kind.keep_for
    dropped = 0
    for _ in range(_MAX_ROUNDS):
        some = await kind.delete_old(settings, before)
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


async def report() -> list[tuple[RetentionRule, RetentionRunRow | None]]:
    """Every kind, and what was last taken away of it; None for one that has not been looked through yet."""
    runs = {row.kind: row for row in await _RUNS.all()}
    return [(kind, runs.get(kind.name)) for kind in RETENTION_RULES]
