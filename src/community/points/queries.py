"""Reads of the points bank: accounts, statements, expiry and earned points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from community.communities.errors import LeadersOnly
from community.communities.queries import MemberRow, require_members
from community.kernel import clock, db
from community.kernel.listing import build_count
from community.kernel.paging import MAX_COUNT, Page, PageRequest
from community.points.kinds import EntryKind


async def get_readable_membership_id(viewer: MemberRow, membership_id: int | None) -> int:
    """Return the id of the membership whose account is read.

    None stands for the viewer's own. A leader may read any member's account. Raises LeadersOnly and NotFound.
    """
    if membership_id is None or membership_id == viewer.id:
        return viewer.id
    if not can_read_account(viewer, membership_id):
        raise LeadersOnly("account", path=("memberId",))
    await require_members(viewer.community_id, membership_id)
    return membership_id


def can_read_account(viewer: MemberRow, membership_id: int) -> bool:
    """Return True if the viewer may read this account of their community."""
    return membership_id == viewer.id or viewer.is_leader


@dataclass(slots=True)
class AccountRow:
    """A member's account now: spendable points, frozen points, debt and growth value."""

    membership_id: int
    balance: int
    held: int
    debt: int
    growth: int


# The balance leaves out expired points, also before a job has emptied their lots.
_ACCOUNTS = db.Select(
    "SELECT a.membership_id, CAST(a.balance - COALESCE((SELECT sum(l.remaining) FROM lot l WHERE l.account_id = a.id"
    " AND l.remaining > 0 AND l.expires_at <= $3), 0) AS BIGINT) AS balance,"
    " CAST(COALESCE((SELECT sum(h.amount) FROM points_hold h WHERE h.community_id = a.community_id"
    " AND h.membership_id = a.membership_id AND h.state = 'OPEN'), 0) AS BIGINT) AS held, a.debt, a.growth"
    " FROM account a WHERE a.community_id = ANY($1) AND a.membership_id = ANY($2)",
    AccountRow,
)


async def list_accounts(community_id: int, membership_ids: Sequence[int]) -> list[AccountRow]:
    """Return the account of each member, in order. A member without an account gets one of zeros."""
    return await _list_accounts([community_id], membership_ids)


async def list_accounts_of(members: Sequence[MemberRow]) -> list[AccountRow]:
    """Return the account of each member of any community, in order. Zeros without one."""
    return await _list_accounts([member.community_id for member in members], [member.id for member in members])


async def _list_accounts(community_ids: Sequence[int], membership_ids: Sequence[int]) -> list[AccountRow]:
    rows = await _ACCOUNTS.all(list(set(community_ids)), list(set(membership_ids)), clock.now())
    found = {row.membership_id: row for row in rows}
    return [found.get(membership_id) or AccountRow(membership_id, 0, 0, 0, 0) for membership_id in membership_ids]


async def list_balances(community_id: int, membership_ids: Sequence[int]) -> list[int]:
    """Return the spendable points of each member, in order. 0 without an account."""
    return [row.balance for row in await list_accounts(community_id, membership_ids)]


@dataclass(slots=True)
class StatementRow:
    """A line of a member's statement. `amount` is signed, `balance` is that after it.

    `about_id` is the entry that this one refunds, claws back or resolves. `debt` is the growth of the debt, negative
    for a repayment. Two kinds of lines have the amount 0. One is a claw-back that became debt. The other is a capture,
    because frozen points left the account when they were frozen.
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
    """Conditions on statement lines. None and the empty tuple select all. `since` is included, `until` is not."""

    kinds: tuple[EntryKind, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


# With `=`, PostgreSQL may read all postings backwards to find those of a member who has few. A range and the order by
# the account too leave it the account's own index only.
_ACCOUNT = "(SELECT a.id FROM account a WHERE a.community_id = $1 AND a.membership_id = $2)"


def _build_last_posting_sql(account: str, balance: str) -> str:
    """Return SQL for the previous posting on one side of the account."""
    return (
        f"SELECT * FROM (SELECT q.id, q.{balance} AS balance FROM posting q WHERE q.{account} BETWEEN {_ACCOUNT}"
        f" AND {_ACCOUNT} AND q.id < p.id ORDER BY q.{account} DESC, q.id DESC LIMIT 1) AS {account}_last"
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
            f" p.{account} BETWEEN {_ACCOUNT} AND {_ACCOUNT}{narrowed}"
            f" ORDER BY p.{account} DESC, p.id DESC LIMIT {limit}) AS {account}_side"
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


@lru_cache(maxsize=64)
def _build_statement_count(conditions: tuple[str, ...]) -> db.Select[db.Count]:
    return build_count(_build_statement_query(MAX_COUNT + 1, conditions).sql)


async def list_statement_lines(
    community_id: int, membership_id: int, request: PageRequest, *, only: StatementFilter | None = None
) -> Page[StatementRow]:
    """Return the statement of a member's account, newest first."""
    only = only or StatementFilter()
    conditions: list[str] = []
    args: list[Any] = [community_id, membership_id]
    for condition, value in (
        ("e.kind = ANY(${})", [kind.value for kind in only.kinds] or None),
        ("p.created_at >= ${}", only.since),
        ("p.created_at < ${}", only.until),
    ):
        if value is not None:
            args.append(value)
            conditions.append(condition.format(len(args)))
    count = partial(_build_statement_count(tuple(conditions)).one, *args)
    if key := request.key(int):
        args.extend(key)
        conditions.append(f"p.id < ${len(args)}")
    rows = await _build_statement_query(request.limit, tuple(conditions)).all(*args)
    return request.page(rows, lambda row: (row.id,), count=count)


@dataclass(slots=True)
class EndingRow:
    """Points that expire at the same moment."""

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


_COUNT_ENDINGS = build_count(_build_endings_query(MAX_COUNT + 1).sql)


async def list_endings(community_id: int, membership_id: int, request: PageRequest) -> Page[EndingRow]:
    """Return a member's points by expiry, earliest first. Together they are the balance."""
    key = request.key(datetime)
    rows = await _build_endings_query(request.limit).all(community_id, membership_id, key[0] if key else clock.now())
    count = partial(_COUNT_ENDINGS.one, community_id, membership_id, clock.now())
    return request.page(rows, lambda row: (row.ends_at,), count=count)
