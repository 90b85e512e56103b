"""Helpers for the points bank: awards of any amount, and a check of all invariants."""

from __future__ import annotations

from datetime import datetime

from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.invariants import check_invariants
from community.points import journal, policy, queries
from community.points.earning.earn import PendingAward, pay
from community.points.earning.invariants import AWARDS_HAVE_A_CAUSE
from community.points.earning.models import Trigger
from community.points.earning.rules import BUILT_IN
from community.points.earning.rules_in_force import FIRST_VERSION, RuleInForce, SetBy
from community.system.invariants import INVARIANTS

UNPAID = Trigger.EVENT_PARTICIPATION
RULE = RuleInForce(None, UNPAID, FIRST_VERSION, SetBy.BUILT_IN, BUILT_IN[UNPAID])


@db.transactional
async def award(member: MemberRow, key: str, amount: int = 10, *, cause: str | None = None) -> bool:
    """Pay a member `amount` points. Return False if the key was used."""
    account = await journal.lock_account(member.community_id, member.id)
    known = "SELECT 1 FROM journal_entry WHERE community_id = $1 AND source_key = $2"
    if await db.scalar(known, member.community_id, key):
        return False
    points_policy = await policy.get_policy(member.community_id)
    await pay(
        account,
        PendingAward(RULE, amount, {"why": key}),
        points_policy=points_policy,
        cause=cause or key,
        source_key=key,
    )
    return True


async def get_balance(member: MemberRow) -> int:
    """Return the member's spendable points."""
    return (await queries.list_balances(member.community_id, [member.id]))[0]


async def get_account(member: MemberRow) -> queries.AccountRow:
    """Return the member's account."""
    return (await queries.list_accounts(member.community_id, [member.id]))[0]


async def list_statement_lines(member: MemberRow) -> list[tuple[str, int, int]]:
    """Return (kind, amount, balance) of the member's statement, oldest first."""
    page = await queries.list_statement_lines(member.community_id, member.id, queries.PageRequest(100))
    return [(row.kind.value, row.amount, row.balance) for row in reversed(page.rows)]


_LOTS = db.Select(
    "SELECT l.expires_at AS ends_at, l.remaining AS points FROM lot l JOIN account a ON a.id = l.account_id"
    " WHERE a.membership_id = $1 AND l.remaining > 0 ORDER BY l.expires_at, l.id",
    queries.EndingRow,
)


async def list_lots(member: MemberRow) -> list[tuple[datetime, int]]:
    """Return (expiry, remaining points) of the member's lots, earliest expiry first."""
    return [(row.ends_at, row.points) for row in await _LOTS.all(member.id)]


async def find_violations() -> dict[str, list[int]]:
    """Return the violations by invariant, empty if the points bank is correct."""
    return {
        proven.invariant.description: list(proven.violations)
        async for proven in check_invariants(INVARIANTS)
        # The helper above pays for causes that nothing pays.
        if proven.violations and proven.invariant is not AWARDS_HAVE_A_CAUSE
    }
