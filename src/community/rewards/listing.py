"""Lists of rewards for their readers, and of redemptions for members and leaders."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.kernel import clock, db
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.texts import normalise_text
from community.points.queries import list_balances
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.queries import REDEMPTION_COLUMNS, REWARD_COLUMNS
from community.rewards.rows import RedemptionRow, RewardRow

MAX_CSV_ROWS = 5_000
MAX_SEARCH_LENGTH = 40


class RewardOrder(StrEnum):
    """The order of the catalogue."""

    NEWEST = "NEWEST"
    CHEAPEST = "CHEAPEST"
    CLOSING_SOON = "CLOSING_SOON"


@dataclass(frozen=True, slots=True)
class RewardFilter:
    """A filter of the catalogue. None does not narrow it. `affordable_for` is a member."""

    kinds: Sequence[RewardKind] | None = None
    affordable_for: MemberRow | None = None
    is_available: bool = False


@dataclass(frozen=True, slots=True)
class RedemptionFilter:
    """A filter of a leader's list. None does not narrow it.

    `text` is a part of the member's nickname or of the reward's title.
    """

    reward_id: int | None = None
    kinds: Sequence[RewardKind] | None = None
    states: Sequence[RedemptionState] | None = None
    pick_up_point_id: int | None = None
    text: str | None = None


@dataclass(slots=True)
class RedemptionCountRow:
    """Number of redemptions of a reward in one state, and of their pieces."""

    state: RedemptionState
    count: int
    quantity: int


@dataclass(slots=True)
class _CsvRow:
    id: int
    nickname: str
    state: RedemptionState
    quantity: int
    fulfilled_quantity: int
    cancelled_quantity: int
    price: int
    created_at: datetime
    ended_at: datetime | None


_PUBLISHED = f"SELECT {REWARD_COLUMNS} FROM reward WHERE community_id = $1 AND state = 'PUBLISHED'"
_CATALOGUE = {
    RewardOrder.NEWEST: Listing(_PUBLISHED, RewardRow, by={"published_at": datetime, "id": int}, newest_first=True),
    RewardOrder.CHEAPEST: Listing(_PUBLISHED, RewardRow, by={"price": int, "id": int}),
    RewardOrder.CLOSING_SOON: Listing(
        f"{_PUBLISHED} AND closes_at IS NOT NULL", RewardRow, by={"closes_at": datetime, "id": int}
    ),
}
_UNPUBLISHED = Listing(
    f"SELECT {REWARD_COLUMNS} FROM reward WHERE community_id = $1 AND state <> 'PUBLISHED'", RewardRow,
    newest_first=True,
)  # fmt: skip
_HAS_PIECES = "EXISTS (SELECT 1 FROM reward_stock s WHERE s.reward_id = reward.id AND s.taken < s.total)"
_OWN = Listing(
    f"SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE membership_id = $1", RedemptionRow, newest_first=True
)
_OF_COMMUNITY = Listing(
    f"SELECT {REDEMPTION_COLUMNS} FROM redemption WHERE community_id = $1", RedemptionRow, newest_first=True
)
# The line break between both is in no searched text.
_HAS_TEXT = (
    "EXISTS (SELECT 1 FROM membership m JOIN person p ON p.id = m.person_id JOIN reward r ON r.id ="
    " redemption.reward_id WHERE m.id = redemption.membership_id"
    " AND lower(p.nickname || '\n' || r.title) LIKE {} ESCAPE '~')"
)
_COUNTS = db.Select(
    "SELECT state, count(*) AS count, CAST(sum(quantity) AS BIGINT) AS quantity FROM redemption WHERE reward_id = $1"
    " GROUP BY state ORDER BY state",
    RedemptionCountRow,
)
_CSV = db.Select(
    "SELECT t.id, p.nickname, t.state, t.quantity, t.fulfilled_quantity, t.cancelled_quantity, t.price, t.created_at,"
    " t.ended_at FROM redemption t JOIN membership m ON m.id = t.membership_id JOIN person p ON p.id = m.person_id"
    f" WHERE t.reward_id = $1 ORDER BY t.id DESC LIMIT {MAX_CSV_ROWS}",
    _CsvRow,
)


async def list_rewards(
    community_id: int, request: PageRequest, *, only: RewardFilter, order: RewardOrder
) -> Page[RewardRow]:
    """Return a page of the published rewards of a community."""
    now, balance = clock.now(), None
    if only.affordable_for is not None:
        (balance,) = await list_balances(community_id, [only.affordable_for.id])
    at = now if only.is_available else None
    filters: list[tuple[str, Any]] = [
        _narrow_kinds(only.kinds),
        ("price <= {}", balance),
        ("COALESCE(opens_at, published_at) <= {}", at),
        ("(closes_at IS NULL OR closes_at > {})", at),
        (_HAS_PIECES, at),
    ]
    return await _CATALOGUE[order].page(request, community_id, filters=filters)


async def list_unpublished(leader: MemberRow, request: PageRequest) -> Page[RewardRow]:
    """Return a page of drafts and withdrawn rewards for a leader, newest first."""
    return await _UNPUBLISHED.page(request, leader.community_id)


async def list_own(
    member: MemberRow, request: PageRequest, *, states: Sequence[RedemptionState] | None
) -> Page[RedemptionRow]:
    """Return a page of the member's redemptions, newest first."""
    return await _OWN.page(request, member.id, filters=[_narrow_states(states)])


async def list_of_community(leader: MemberRow, request: PageRequest, *, only: RedemptionFilter) -> Page[RedemptionRow]:
    """Return a page of the redemptions of a community, newest first. Raises InvalidInput for the text."""
    filters = [
        ("reward_id = {}", only.reward_id),
        _narrow_kinds(only.kinds),
        _narrow_states(only.states),
        ("pick_up_point_id = {}", only.pick_up_point_id),
        (_HAS_TEXT, None if only.text is None else _build_pattern(only.text)),
    ]
    return await _OF_COMMUNITY.page(request, leader.community_id, filters=filters)


def _build_pattern(text: str) -> str:
    text = normalise_text(text, max_length=MAX_SEARCH_LENGTH, path=("text",))
    return "%" + _WILD.sub(r"~\g<0>", text.lower()) + "%"


def _narrow_kinds(kinds: Sequence[RewardKind] | None) -> tuple[str, Any]:
    return "kind = ANY({})", [kind.value for kind in kinds] if kinds else None


def _narrow_states(states: Sequence[RedemptionState] | None) -> tuple[str, Any]:
    return "state = ANY({})", [state.value for state in states] if states else None


async def count_by_state(reward: RewardRow) -> list[RedemptionCountRow]:
    """Return the number of redemptions of a reward in each state that has any."""
    return await _COUNTS.all(reward.id)


_HEAD = ("id", "member", "state", "quantity", "fulfilled", "cancelled", "price", "created", "ended")
_WILD = re.compile("[%_~]")
_FORMULA = frozenset("=+-@")
_BREAKS = frozenset("\t\r\n")


async def build_csv(reward: RewardRow) -> str:
    """Return the newest redemptions of a reward as CSV, with times of the community.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    zone, text = ZoneInfo(await get_time_zone(reward.community_id)), io.StringIO()
    out = csv.writer(text)
    out.writerow(_HEAD)
    for row in await _CSV.all(reward.id):
        times = (
            "" if time is None else time.astimezone(zone).isoformat(timespec="seconds")
            for time in (row.created_at, row.ended_at)
        )
        out.writerow((
            row.id, escape_cell(row.nickname), row.state.value, row.quantity, row.fulfilled_quantity,
            row.cancelled_quantity, row.price, *times,
        ))  # fmt: skip
    return text.getvalue()


def escape_cell(cell: str) -> str:
    """Return a cell, with an apostrophe before what looks like a formula.

    Spreadsheets ignore blanks before a formula, and read wide signs like narrow ones.
    """
    start = unicodedata.normalize("NFKC", cell).lstrip()[:1]
    return f"'{cell}" if start in _FORMULA or cell[:1] in _BREAKS else cell
