"""Reading the books: balances, accounts, statements, what ends when, and what was earned in a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from community.communities.errors import LeadersOnly
from community.communities.queries import MemberRow, require_members
from community.kernel import clock, db
from community.kernel.paging import Page, PageRequest
from community.points.models import EntryKind


async def get_readable_membership_id(viewer: MemberRow, membership_id: int | None) -> int:
    """Whose account the viewer may read: their own, or as a leader that of any member. Raises LeadersOnly, NotFound."""
    if membership_id is None or membership_id == viewer.id:
        return viewer.id
    if not viewer.is_leader:
        raise LeadersOnly("Only a leader may read somebody else's account.", path=("memberId",))
    await require_members(viewer.community_id, membership_id)
    return membership_id


# --- accounts ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AccountRow:
    """A member's account as it is now: what can be spent, what is frozen, what is owed, and the growth value."""

    membership_id: int
    balance: int
    held: int
    debt: int
    growth: int


# Points that are over count no more, whether they have been taken out of the books or not.
_ACCOUNTS = db.Select(
    "SELECT a.membership_id, CAST(a.balance - COALESCE((SELECT sum(l.remaining) FROM lot l WHERE l.account_id = a.id"
    " AND l.remaining > 0 AND l.expires_at <= $3), 0) AS BIGINT) AS balance,"
    " CAST(COALESCE((SELECT sum(h.amount) FROM points_hold h WHERE h.community_id = a.community_id"
    " AND h.membership_id = a.membership_id AND h.state = 'OPEN'), 0) AS BIGINT) AS held, a.debt, a.growth"
    " FROM account a WHERE a.community_id = $1 AND a.membership_id = ANY($2)",
    AccountRow,
)


async def list_accounts(community_id: int, membership_ids: Sequence[int]) -> list[AccountRow]:
    """The account of each member, in order; an empty one for who has none yet."""
    rows = await _ACCOUNTS.all(community_id, list(set(membership_ids)), clock.now())
    found = {row.membership_id: row for row in rows}
    return [found.get(membership_id) or AccountRow(membership_id, 0, 0, 0, 0) for membership_id in membership_ids]


async def list_balances(community_id: int, membership_ids: Sequence[int]) -> list[int]:
    """How many points each member can spend, in order; 0 for one who has no account yet."""
    return [row.balance for row in await list_accounts(community_id, membership_ids)]


# --- the statement -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class StatementRow:
    """One line of a member's statement: `amount` is signed, `balance` is what the account held after it.

    `about_id` is the entry that this one gives back, takes back or resolves. `debt` is how much the debt grew by it,
    negative when it was repaid. Lines of their own, whose amount is 0, have what could not be taken back, and what was
    spent of frozen points: those left the account when they were frozen.
    """

    id: int
    entry_id: int
    kind: EntryKind
    amount: int
    balance: int
    source_key: str
    explanation: dict[str, Any]
    about_id: int | None
    created_at: datetime
    debt: int


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which lines; None and the empty tuple do not narrow. `since` is included, `until` is not."""

    kinds: tuple[EntryKind, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def _build_last_posting_sql(account: str, balance: str) -> str:
    """The id of the last posting on one side of the member's account before this one, and the balance after it."""
    return (
        f"SELECT * FROM (SELECT q.id, q.{balance} AS balance FROM posting q WHERE q.{account} = (SELECT a.id"
        " FROM account a WHERE a.community_id = $1 AND a.membership_id = $2) AND q.id < p.id"
        f" ORDER BY q.id DESC LIMIT 1) AS {account}_last"
    )


_BALANCE_BEFORE = (
    f"(SELECT balance FROM ({_build_last_posting_sql('to_account_id', 'to_balance')} UNION ALL"
    f" {_build_last_posting_sql('from_account_id', 'from_balance')}) AS sides ORDER BY id DESC LIMIT 1)"
)


@lru_cache(maxsize=128)
def _build_statement_query(limit: int, conditions: tuple[str, ...]) -> db.Select[StatementRow]:
    narrowed = "".join(f" AND {condition}" for condition in conditions)

    def side(account: str, sign: str, balance: str) -> str:
        return (
            f"SELECT * FROM (SELECT p.id, p.entry_id, e.kind, {sign}p.amount AS amount, p.{balance} AS balance,"
            " e.source_key, e.explanation, e.about_id, p.created_at,"
            " CASE WHEN e.kind = 'REPAYMENT' THEN -p.amount ELSE 0 END AS debt"
            " FROM posting p JOIN journal_entry e ON e.id = p.entry_id WHERE"
            f" p.{account} = (SELECT a.id FROM account a WHERE a.community_id = $1 AND a.membership_id = $2){narrowed}"
            f" ORDER BY p.id DESC LIMIT {limit}) AS {account}_side"
        )

    lent = (
        "SELECT * FROM (SELECT p.id, p.entry_id, e.kind, 0 AS amount, 0 AS balance, e.source_key, e.explanation,"
        " e.about_id, p.created_at, p.amount AS debt FROM award w JOIN journal_entry e ON e.id = w.entry_id"
        " JOIN posting p ON p.entry_id = e.id JOIN account d ON d.id = p.from_account_id AND d.kind = 'DEBT'"
        f" WHERE w.community_id = $1 AND w.membership_id = $2 AND w.amount < 0{narrowed}"
        f" ORDER BY p.id DESC LIMIT {limit}) AS lent_side"
    )
    captured = (
        f"SELECT * FROM (SELECT p.id, p.entry_id, e.kind, 0 AS amount, {_BALANCE_BEFORE} AS balance, e.source_key,"
        " e.explanation, e.about_id, p.created_at, 0 AS debt FROM points_hold h JOIN journal_entry e"
        " ON e.about_id = h.entry_id AND e.kind = 'CAPTURE' JOIN posting p ON p.entry_id = e.id"
        f" WHERE h.community_id = $1 AND h.membership_id = $2{narrowed} ORDER BY p.id DESC LIMIT {limit}"
        ") AS captured_side"
    )
    sides = (side("to_account_id", "", "to_balance"), side("from_account_id", "-", "from_balance"), lent, captured)
    return db.Select(
        f"SELECT * FROM ({' UNION ALL '.join(sides)}) AS line ORDER BY id DESC LIMIT {limit}", StatementRow
    )


async def list_statement_lines(
    community_id: int, membership_id: int, request: PageRequest, *, only: StatementFilter | None = None
) -> Page[StatementRow]:
    """The movements of a member's points, newest first."""
    only = only or StatementFilter()
    conditions: list[str] = []
    args: list[Any] = [community_id, membership_id]
    for condition, value in (
        ("p.id < ${}", (request.key(int) or (None,))[0]),
        ("e.kind = ANY(${})", [kind.value for kind in only.kinds] or None),
        ("p.created_at >= ${}", only.since),
        ("p.created_at < ${}", only.until),
    ):
        if value is not None:
            args.append(value)
            conditions.append(condition.format(len(args)))
    rows = await _build_statement_query(request.limit, tuple(conditions)).all(*args)
    return request.page(rows, lambda row: (row.id,))


@dataclass(slots=True)
class _ReasonRow:
    id: int
    reason: str


_REASONS = db.Select(f"SELECT {db.columns(_ReasonRow)} FROM adjustment WHERE id = ANY($1)", _ReasonRow)


async def list_adjustment_reasons(lines: Sequence[StatementRow]) -> list[str | None]:
    """Why the account was corrected by hand, for each line in order; None for what was not."""
    numbers = [
        int(line.source_key.removeprefix("adjustment:")) if line.kind is EntryKind.ADJUSTMENT else None
        for line in lines
    ]
    found = {row.id: row.reason for row in await _REASONS.all([number for number in numbers if number is not None])}
    return [None if number is None else found.get(number) for number in numbers]


# --- what ends when ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class EndingRow:
    """Points that end at the same moment."""

    ends_at: datetime
    points: int


@lru_cache
def _build_endings_query(limit: int) -> db.Select[EndingRow]:
    return db.Select(
        "SELECT l.expires_at AS ends_at, CAST(sum(l.remaining) AS BIGINT) AS points FROM lot l"
        " WHERE l.account_id = (SELECT a.id FROM account a WHERE a.community_id = $1 AND a.membership_id = $2)"
        f" AND l.remaining > 0 AND l.expires_at > $3 GROUP BY l.expires_at ORDER BY l.expires_at LIMIT {limit}",
        EndingRow,
    )


async def list_endings(community_id: int, membership_id: int, request: PageRequest) -> Page[EndingRow]:
    """When a member's points end, the earliest first; together they are the balance."""
    key = request.key(datetime)
    rows = await _build_endings_query(request.limit).all(community_id, membership_id, key[0] if key else clock.now())
    return request.page(rows, lambda row: (row.ends_at,))


# --- what was earned ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class EarnedPoints:
    """What a member earned in a time and still deserves, and the last award or claw-back that it counts."""

    membership_id: int
    points: int
    last_award_id: int


@lru_cache
def _build_earned_query(*, of_members: bool) -> db.Select[EarnedPoints]:
    chosen = " AND membership_id = ANY($4)" if of_members else ""
    return db.Select(
        "SELECT membership_id, CAST(sum(amount) AS BIGINT) AS points, max(id) AS last_award_id FROM award"
        f" WHERE community_id = $1 AND earned_at >= $2 AND earned_at < $3{chosen} GROUP BY membership_id",
        EarnedPoints,
    )


async def list_earned_points(
    community_id: int, *, start: datetime, end: datetime, membership_ids: Sequence[int] | None = None
) -> list[EarnedPoints]:
    """What members earned from `start` up to but not including `end`; of these members, or of all who earned.

    What was clawed back is taken off the time in which it had been earned: 0 points are left of somebody all of whose
    awards were. The later `last_award_id` of two answers for one member and time is the newer answer: a member's
    awards are numbered in the order of their commits.
    """
    if membership_ids is None:
        return await _build_earned_query(of_members=False).all(community_id, start, end)
    return await _build_earned_query(of_members=True).all(community_id, start, end, list(membership_ids))
