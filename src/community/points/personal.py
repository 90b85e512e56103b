"""Export and erasure of a person's data in the points bank."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part, own_rows
from community.kernel.tables import pick
from community.points import queries
from community.points.earning.models import Award, CheckIn, Interaction
from community.points.earning.rules_in_force import EDITION_COLUMNS, SEASON_END, EditionRow, SeasonRow
from community.points.models import Hold
from community.settings import Settings


@dataclass(slots=True)
class _ApprovedCount:
    approved: int


@dataclass(slots=True)
class _Lot:
    community_id: int
    amount: int
    remaining: int
    expires_at: datetime


@dataclass(slots=True)
class _Adjustment:
    community_id: int
    membership_id: int
    amount: int
    reason: str
    state: str
    entry_id: int | None
    created_at: datetime
    decided_at: datetime | None
    about_me: bool
    asked_for_by_me: bool
    decided_by_me: bool


@dataclass(slots=True)
class _OwnSeason(SeasonRow):
    created_at: datetime


@dataclass(slots=True)
class _PostingRow:
    id: int
    entry_id: int


_APPROVED_COUNT = db.Select(
    "SELECT approved FROM account WHERE community_id = $1 AND membership_id = $2", _ApprovedCount
)
_LOTS = db.Select(
    f"SELECT {db.columns(_Lot, 'l')} FROM lot l JOIN account a ON a.id = l.account_id"
    " WHERE a.membership_id = ANY($1) ORDER BY l.id",
    _Lot,
)
_ADJUSTMENT_COLUMNS = db.columns(
    _Adjustment,
    about_me="membership_id = ANY($1)",
    asked_for_by_me="COALESCE(requested_by = ANY($1), FALSE)",
    decided_by_me="COALESCE(decided_by = ANY($1), FALSE)",
)
_ADJUSTMENTS = db.Select(
    f"SELECT {_ADJUSTMENT_COLUMNS} FROM adjustment"
    " WHERE membership_id = ANY($1) OR requested_by = ANY($1) OR decided_by = ANY($1) ORDER BY id",
    _Adjustment,
)
_EDITIONS = db.Select(
    f"SELECT {EDITION_COLUMNS} FROM earning_rule WHERE published_by = ANY($1) ORDER BY id", EditionRow
)
_SEASON_COLUMNS = db.columns(_OwnSeason, "season", cancelled_at=SEASON_END)
_SEASONS = db.Select(f"SELECT {_SEASON_COLUMNS} FROM season WHERE created_by = ANY($1) ORDER BY id", _OwnSeason)
_OWN = (
    own_rows(
        "holds.json",
        pick(Hold, "id community_id entry_id amount captured state expires_at created_at resolved_at"),
        by="membership_id",
    ),
    own_rows(
        "awards.json",
        pick(Award, "community_id entry_id trigger rule_id cause amount earned_at reverses_id created_at"),
        by="membership_id",
    ),
    own_rows("check_ins.json", pick(CheckIn, "community_id day streak outcome created_at"), by="membership_id"),
    own_rows(
        "interactions.json",
        pick(
            Interaction,
            "community_id service_token_id kind reference membership_id name purchase invitee_id occurred_at outcome"
            " created_at",
        ),
        by="membership_id invitee_id",
    ),
)
_ACCOUNT_IDS = db.Select("SELECT id FROM account WHERE membership_id = ANY($1)", db.Id)
_POSTINGS = tuple(
    db.Select(
        f"SELECT {db.columns(_PostingRow)} FROM posting WHERE {side} = $1 AND id > $2 ORDER BY id LIMIT 500",
        _PostingRow,
    )
    for side in ("from_account_id", "to_account_id")
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield every account with its statement, its lots and adjustments, published rules and seasons."""
    del settings
    membership_ids = subject.membership_ids
    for community_id, membership_id in subject.memberships:
        (account,) = await queries.list_accounts(community_id, [membership_id])
        approved = [db.as_dict(row) for row in await _APPROVED_COUNT.all(community_id, membership_id)]
        statement = [db.as_dict(row) async for row in _iterate_statement(community_id, membership_id)]
        whole = db.as_dict(account) | (approved or [{}])[0] | {"community_id": community_id, "statement": statement}
        yield ExportFile.from_rows(f"account-community-{community_id}.json", [whole])
    yield ExportFile.from_rows("lots.json", await _LOTS.all(membership_ids))
    yield ExportFile.from_rows("adjustments.json", await _ADJUSTMENTS.all(membership_ids))
    yield ExportFile.from_rows("rules_by_me.json", await _EDITIONS.all(membership_ids))
    yield ExportFile.from_rows("seasons_by_me.json", await _SEASONS.all(membership_ids))


async def _iterate_statement(community_id: int, membership_id: int) -> AsyncIterator[Any]:
    after: str | None = None
    while True:
        page = await queries.list_statement_lines(community_id, membership_id, PageRequest(MAX_PAGE, after))
        for row in page.rows:
            yield row
        if not page.has_next:
            return
        after = page.cursor_of(page.rows[-1])


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Redact texts about the person.

    These are references of orders and reasons of adjustments. Amounts, times and links stay. With REMOVE the person's
    own texts as a leader are redacted too: reasons of adjustments and names of seasons.
    """
    membership_ids = subject.membership_ids
    for account in await _ACCOUNT_IDS.all(membership_ids):
        for postings in _POSTINGS:
            await _redact_explanations(postings, account.id)
    await db.execute(
        "UPDATE interaction SET reference = '〔' || id || '〕', purchase = CASE WHEN purchase IS NOT NULL"
        " THEN '〔' || id || '〕' END WHERE membership_id = ANY($1) OR invitee_id = ANY($1)",
        membership_ids,
    )
    await db.execute(f"UPDATE adjustment SET reason = '{REDACTED}' WHERE membership_id = ANY($1)", membership_ids)
    if content is ErasureContent.REMOVE:
        await db.execute(f"UPDATE adjustment SET reason = '{REDACTED}' WHERE requested_by = ANY($1)", membership_ids)
        await db.execute(f"UPDATE season SET name = '{REDACTED}' WHERE created_by = ANY($1)", membership_ids)


async def _redact_explanations(postings: db.Select[_PostingRow], account_id: int) -> None:
    """Redact the explanations of a service's calls, which have its texts. That of an award has rules and figures."""
    after = 0
    while rows := await postings.all(account_id, after):
        await db.execute(
            "UPDATE journal_entry SET explanation = '{}' WHERE id = ANY($1) AND kind IN ('SPEND', 'REFUND', 'HOLD')"
            " AND explanation <> '{}'",
            [row.entry_id for row in rows],
        )
        after = rows[-1].id


PART = Part(room="points", own=_OWN, export=export, erase=erase)
