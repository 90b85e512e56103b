"""Export and erasure of a person's redemptions, and of their work as a leader."""

from __future__ import annotations

from collections.abc import AsyncIterator

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, omit_others, own_rows
from community.points import journal
from community.rewards import ending
from community.rewards.ending import Ending
from community.rewards.kinds import OPEN_STATES, RedemptionState
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
_OWN = (
    own_rows("promises.json", PromiseRow, by="membership_id"),
    own_rows("helping.json", HelperRow, by="membership_id", others="appointed_by"),
    own_rows("helpers.json", HelperRow, by="appointed_by", others="membership_id"),
    own_rows("actions.json", RedemptionEventRow, by="actor_id"),
    own_rows("rewards.json", RewardRow, by="written_by"),
    own_rows("pick_up_points.json", PickUpPointRow, by="written_by"),
    own_rows("reports.json", ReportRow, by="author_id"),
    own_rows("imported.json", CouponCodeRow, by="imported_by"),
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield the person's redemptions with their events and coupons."""
    del settings
    mine = subject.membership_ids
    redemptions = await _REDEMPTIONS.all(mine)
    ids = [row.id for row in redemptions]
    events = omit_others(await _EVENTS.all(ids), mine, "actor_id")
    codes = omit_others(await _CODES.all(ids), mine, "imported_by")
    yield ExportFile.from_rows(
        "redemptions.json",
        [
            db.as_dict(row)
            | {"events": [event for event in events if event["redemption_id"] == row.id]}
            | {"coupons": [code for code in codes if code["redemption_id"] == row.id]}
            for row in redemptions
        ],
    )


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Cancel the person's open redemptions, and redact the reasons given to them.

    A pledge of a funded project stays, and no wall names the person. With REMOVE their own words are redacted too:
    reasons, rewards, pick-up points and reports.
    """
    mine = subject.membership_ids
    # A handover that is undone meanwhile waits, and then finds the person erased.
    owners = {(row.community_id, row.membership_id) for row in await _REDEMPTIONS.all(mine)}
    for community_id, membership_id in sorted(owners):
        await journal.lock_account(community_id, membership_id)
    redemptions = await _REDEMPTIONS.all(mine)
    for row in redemptions:
        if row.state in OPEN_STATES:  # No person can collect it, and others want the pieces.
            await ending.end_if_open(row.community_id, row.id, Ending(RedemptionState.CANCELLED))
    await _redact_reasons([row.id for row in redemptions])
    await db.execute("UPDATE redemption SET is_named = FALSE WHERE membership_id = ANY($1) AND is_named", mine)
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


PART = Part(room="rewards", own=_OWN, export=export, erase=erase)
