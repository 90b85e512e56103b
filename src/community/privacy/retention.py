"""Retention periods of each kind of data, and the deletion after them.

The hourly schedule calls `run`. `community privacy retention` shows the report. docs/privacy.md and docs/privacy.zh.md
show the periods and the reasons to people.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.accounts import attempts, session_cleanup
from community.consent import consents, guardians
from community.kernel import clock, db, idempotency, outbox
from community.kernel.tables import row_of
from community.privacy import erasures, exports
from community.privacy.models import RetentionRun
from community.review import personal as review
from community.safety.platform import checks as platform_checks
from community.settings import Settings
from community.texts import Language, translate

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
_MAX_ROUNDS = 200

DeleteOld = Callable[[Settings, datetime], Awaitable[int]]
"""Deletes rows or files from before a time, a batch per call, and returns the number deleted."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """The retention period of one kind of data.

    It counts from the end of the data's purpose.
    """

    name: str
    keep_for: timedelta
    delete_old: DeleteOld

    def get_reason(self, language: Language) -> str:
        """Return the reason for the period in a language."""
        return translate(f"retention.{self.name.replace(' ', '_')}", language)


def _without_settings(delete_old: Callable[[datetime], Awaitable[int]]) -> DeleteOld:
    async def delete(_settings: Settings, before: datetime) -> int:
        return await delete_old(before)

    return delete


async def _delete_archives(settings: Settings, _before: datetime) -> int:
    # An archive has an expiry of its own, which its person was shown.
    return await exports.delete_expired_archives(settings)


RETENTION_RULES: tuple[RetentionRule, ...] = (
    RetentionRule("login attempts", DAY, _without_settings(attempts.delete_old)),
    RetentionRule("used refresh tokens", 30 * DAY, _without_settings(session_cleanup.delete_used_tokens)),
    RetentionRule("ended sessions", 30 * DAY, _without_settings(session_cleanup.delete_old)),
    RetentionRule("guardian codes", DAY, _without_settings(guardians.delete_old_guardian_codes)),
    RetentionRule("withdrawn consents", 1_095 * DAY, _without_settings(consents.delete_old)),
    RetentionRule("export archives", timedelta(0), _delete_archives),
    RetentionRule("interrupted exports", HOUR, exports.delete_stray_files),
    RetentionRule("export records", 365 * DAY, _without_settings(exports.delete_old)),
    RetentionRule("erasure records", 1_095 * DAY, _without_settings(erasures.delete_old)),
    RetentionRule("idempotency keys", 7 * DAY, _without_settings(idempotency.delete_old)),
    RetentionRule("finished effects", 7 * DAY, _without_settings(outbox.delete_old)),
    RetentionRule("platform checks", 180 * DAY, _without_settings(platform_checks.delete_old)),
    RetentionRule("words of withdrawn and removed submissions", 180 * DAY, _without_settings(review.redact_old_texts)),
)


@row_of(RetentionRun)
class RetentionRunRow:
    """The numbers deleted of one kind of data, last and ever."""

    kind: str
    ran_at: datetime
    dropped: int
    dropped_ever: int


_LIST_RUNS = db.Select(f"SELECT {db.columns(RetentionRunRow)} FROM retention_run ORDER BY kind", RetentionRunRow)


async def run(settings: Settings) -> dict[str, int]:
    """Delete the data past its period and return the numbers by kind. Idempotent."""
    deleted = {rule.name: await _run_rule(settings, rule) for rule in RETENTION_RULES}
    await db.checkpoint_wal()
    return deleted


async def _run_rule(settings: Settings, rule: RetentionRule) -> int:
    before = clock.now() - rule.keep_for
    total = 0
    for _ in range(_MAX_ROUNDS):
        deleted = await rule.delete_old(settings, before)
        total += deleted
        if not deleted:
            break
    await db.execute(
        "INSERT INTO retention_run (kind, ran_at, dropped, dropped_ever) VALUES ($1, $2, $3, $3)"
        " ON CONFLICT (kind) DO UPDATE SET ran_at = excluded.ran_at, dropped = excluded.dropped,"
        " dropped_ever = retention_run.dropped_ever + excluded.dropped",
        rule.name, clock.now(), total,
    )  # fmt: skip
    return total


async def report() -> list[tuple[RetentionRule, RetentionRunRow | None]]:
    """Return every rule with its last run, None before the first one."""
    runs = {row.kind: row for row in await _LIST_RUNS.all()}
    return [(rule, runs.get(rule.name)) for rule in RETENTION_RULES]
