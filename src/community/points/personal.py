"""The points bank's part in a person's rights: their accounts, and all that was earned, spent and corrected."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.ddl import REDACTED
from community.kernel.paging import MOST, PageRequest
from community.kernel.personal import Content, File, Part, Subject
from community.points import queries
from community.settings import Settings


@dataclass(slots=True)
class _CheckIn:
    community_id: int
    day: str
    streak: int


@dataclass(slots=True)
class _Interaction:
    community_id: int
    kind: str
    reference: str
    name: str | None
    purchase: str | None
    occurred_at: datetime


@dataclass(slots=True)
class _Adjustment:
    community_id: int
    amount: int
    reason: str
    state: str
    created_at: datetime
    asked_for_by_me: bool


_CHECK_INS = db.Select(
    "SELECT community_id, day, streak FROM check_in WHERE membership_id = ANY($1) ORDER BY id", _CheckIn
)
_INTERACTIONS = db.Select(
    "SELECT community_id, kind, reference, name, purchase, occurred_at FROM interaction"
    " WHERE membership_id = ANY($1) ORDER BY id",
    _Interaction,
)
_ADJUSTMENTS = db.Select(
    "SELECT community_id, amount, reason, state, created_at, COALESCE(requested_by = ANY($1), FALSE) FROM adjustment"
    " WHERE membership_id = ANY($1) OR requested_by = ANY($1) ORDER BY id",
    _Adjustment,
)


async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]:
    """Every account with its whole statement; check-ins, what services reported, and corrections."""
    del settings
    for community_id, membership_id in subject.memberships:
        (account,) = await queries.accounts(community_id, [membership_id])
        statement = [asdict(row) async for row in _statement(community_id, membership_id)]
        yield File.of_rows(f"account-community-{community_id}.json", [asdict(account) | {"statement": statement}])
    yield File.of_rows("check_ins.json", await _CHECK_INS.all(subject.membership_ids))
    yield File.of_rows("interactions.json", await _INTERACTIONS.all(subject.membership_ids))
    yield File.of_rows("adjustments.json", await _ADJUSTMENTS.all(subject.membership_ids))


async def _statement(community_id: int, membership_id: int) -> AsyncIterator[Any]:
    after: str | None = None
    while True:
        page = await queries.statement(community_id, membership_id, PageRequest(MOST, after))
        for row in page.rows:
            yield row
        if not page.has_next:
            return
        after = page.cursor_of(page.rows[-1])


async def erase(subject: Subject, content: Content) -> None:
    """Take out what others wrote of the person: references of orders, reasons of corrections. The books stay.

    With REMOVE also what the person wrote as a leader: reasons, names of seasons.
    """
    mine = subject.membership_ids
    # Awards are explained by rules and figures alone; what a service did has its words in the explanation.
    await db.execute(
        "UPDATE journal_entry SET explanation = '{}' WHERE kind IN ('SPEND', 'REFUND', 'HOLD') AND explanation <> '{}'"
        " AND id IN (SELECT p.entry_id FROM posting p JOIN account a ON a.id IN (p.from_account_id, p.to_account_id)"
        " WHERE a.membership_id = ANY($1))",
        mine,
    )
    await db.execute(
        "UPDATE interaction SET reference = '〔' || id || '〕', purchase = CASE WHEN purchase IS NOT NULL"
        " THEN '〔' || id || '〕' END WHERE membership_id = ANY($1) OR invitee_id = ANY($1)",
        mine,
    )
    await db.execute(f"UPDATE adjustment SET reason = '{REDACTED}' WHERE membership_id = ANY($1)", mine)
    if content is Content.REMOVE:
        await db.execute(f"UPDATE adjustment SET reason = '{REDACTED}' WHERE requested_by = ANY($1)", mine)
        await db.execute(f"UPDATE season SET name = '{REDACTED}' WHERE created_by = ANY($1)", mine)


PART = Part("points", export, erase)
