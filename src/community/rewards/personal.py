"""Export and erasure of a person's redemptions, and of their work as a leader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.rewards.rows import (
    CouponCodeRow,
    HelperRow,
    PickUpPointRow,
    PromiseRow,
    RedemptionEventRow,
    RedemptionRow,
    ReportRow,
    RewardRow,
)
from community.settings import Settings

_REDEMPTIONS = db.Select(
    f"SELECT {db.columns(RedemptionRow)} FROM redemption WHERE membership_id = ANY($1) ORDER BY id", RedemptionRow
)
_EVENTS = db.Select(
    f"SELECT {db.columns(RedemptionEventRow)} FROM redemption_event WHERE redemption_id = ANY($1) ORDER BY id",
    RedemptionEventRow,
)
_CODES = db.Select(
    f"SELECT {db.columns(CouponCodeRow)} FROM coupon_code WHERE redemption_id = ANY($1) ORDER BY id", CouponCodeRow
)
_PROMISES = db.Select(
    f"SELECT {db.columns(PromiseRow)} FROM trial_promise WHERE membership_id = ANY($1) ORDER BY id", PromiseRow
)
_HELPING = db.Select(
    f"SELECT {db.columns(HelperRow)} FROM pick_up_helper WHERE membership_id = ANY($1) ORDER BY id", HelperRow
)
_APPOINTED = db.Select(
    f"SELECT {db.columns(HelperRow)} FROM pick_up_helper WHERE appointed_by = ANY($1) ORDER BY id", HelperRow
)
_ACTIONS = db.Select(
    f"SELECT {db.columns(RedemptionEventRow)} FROM redemption_event WHERE actor_id = ANY($1) ORDER BY id",
    RedemptionEventRow,
)
_REWARDS = db.Select(f"SELECT {db.columns(RewardRow)} FROM reward WHERE written_by = ANY($1) ORDER BY id", RewardRow)
_POINTS = db.Select(
    f"SELECT {db.columns(PickUpPointRow)} FROM pick_up_point WHERE written_by = ANY($1) ORDER BY id", PickUpPointRow
)
_REPORTS = db.Select(
    f"SELECT {db.columns(ReportRow)} FROM project_report WHERE author_id = ANY($1) ORDER BY id", ReportRow
)
_IMPORTED = db.Select(
    f"SELECT {db.columns(CouponCodeRow)} FROM coupon_code WHERE imported_by = ANY($1) ORDER BY id", CouponCodeRow
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's redemptions, and their work as a leader or helper."""
    del settings
    mine = subject.membership_ids
    redemptions = await _REDEMPTIONS.all(mine)
    ids = [row.id for row in redemptions]
    events = _without_others(await _EVENTS.all(ids), mine, "actor_id")
    codes = _without_others(await _CODES.all(ids), mine, "imported_by")
    yield ExportFile.from_rows(
        "redemptions.json",
        [
            asdict(row)
            | {"events": [event for event in events if event["redemption_id"] == row.id]}
            | {"coupons": [code for code in codes if code["redemption_id"] == row.id]}
            for row in redemptions
        ],
    )
    yield ExportFile.from_rows("promises.json", await _PROMISES.all(mine))
    yield ExportFile.from_rows("helping.json", _without_others(await _HELPING.all(mine), mine, "appointed_by"))
    yield ExportFile.from_rows("helpers.json", _without_others(await _APPOINTED.all(mine), mine, "membership_id"))
    yield ExportFile.from_rows("actions.json", await _ACTIONS.all(mine))
    yield ExportFile.from_rows("rewards.json", await _REWARDS.all(mine))
    yield ExportFile.from_rows("pick_up_points.json", await _POINTS.all(mine))
    yield ExportFile.from_rows("reports.json", await _REPORTS.all(mine))
    yield ExportFile.from_rows("imported.json", await _IMPORTED.all(mine))


def _without_others(rows: list[Any], mine: list[int], column: str) -> list[dict[str, Any]]:
    """Return the rows as dicts, without the ids of other members in this column."""
    found = [asdict(row) for row in rows]
    for row in found:
        if row[column] not in mine:
            del row[column]
    return found


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact the reasons given to the person.

    With REMOVE their own words are redacted too: reasons, rewards, pick-up points and reports.
    """
    mine = subject.membership_ids
    await _redact_reasons([row.id for row in await _REDEMPTIONS.all(mine)])
    if content is ErasureContent.REMOVE:
        await db.execute(
            "UPDATE redemption_event SET reason = NULL WHERE actor_id = ANY($1) AND reason IS NOT NULL", mine
        )
        await db.execute(
            f"UPDATE reward SET title = '{REDACTED}', text = '{REDACTED}', version = version + 1"
            f" WHERE written_by = ANY($1) AND (title <> '{REDACTED}' OR text <> '{REDACTED}')",
            mine,
        )
        await db.execute(
            f"UPDATE pick_up_point SET name = '{REDACTED}', address = '{REDACTED}', opening_hours = '{REDACTED}',"
            f" version = version + 1 WHERE written_by = ANY($1) AND name <> '{REDACTED}'",
            mine,
        )
        await db.execute(
            f"UPDATE project_report SET title = '{REDACTED}', text = '{REDACTED}'"
            f" WHERE author_id = ANY($1) AND (title <> '{REDACTED}' OR text <> '{REDACTED}')",
            mine,
        )


async def _redact_reasons(redemption_ids: list[int]) -> None:
    await db.execute(
        "UPDATE redemption_event SET reason = NULL WHERE redemption_id = ANY($1) AND reason IS NOT NULL",
        redemption_ids,
    )


PART = Part("rewards", export, erase)
