"""Pick-up points of a community, and the helpers who may verify there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from community.communities import permissions, queries
from community.communities.permissions import Actor
from community.communities.profile import lock_community
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, NotFound, require_row
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.rewards.pick_up.errors import PointClosed, TooManyHelpers, TooManyPoints
from community.rewards.pick_up.rules import MAX_HELPERS, MAX_POINTS, PointContent
from community.rewards.rows import HelperRow, PickUpPointRow


@dataclass(slots=True)
class _PointOfReward(PickUpPointRow):
    reward_id: int


_COLUMNS = db.columns(PickUpPointRow)
_HELPER_COLUMNS = db.columns(HelperRow, "h")
_ONE = db.Select(f"SELECT {_COLUMNS} FROM pick_up_point WHERE community_id = $1 AND id = $2", PickUpPointRow)
_BY_IDS = db.Select(f"SELECT {_COLUMNS} FROM pick_up_point WHERE id = ANY($1)", PickUpPointRow)
_LIST = Listing(f"SELECT {_COLUMNS} FROM pick_up_point WHERE community_id = $1 AND closed_at IS NULL", PickUpPointRow)
_LOCK = db.Select(f"{_ONE.sql} FOR NO KEY UPDATE", PickUpPointRow)
_COUNT_OPEN = db.Select(
    "SELECT count(*) AS count FROM pick_up_point WHERE community_id = $1 AND closed_at IS NULL", db.Count
)
_INSERT = db.Change(
    "INSERT INTO pick_up_point"
    " (community_id, version, name, address, opening_hours, written_by, created_at, updated_at)"
    f" VALUES ($1, 1, $2, $3, $4, $5, $6, $6) RETURNING {_COLUMNS}",
    PickUpPointRow,
)
_EDIT = db.Change(
    "UPDATE pick_up_point SET version = version + 1, name = $4, address = $5, opening_hours = $6, written_by = $7,"
    f" updated_at = $8 WHERE community_id = $1 AND id = $2 AND version = $3 AND closed_at IS NULL RETURNING {_COLUMNS}",
    PickUpPointRow,
)
_CLOSE = db.Change(
    "UPDATE pick_up_point SET version = version + 1, closed_at = $3, updated_at = $3"
    f" WHERE community_id = $1 AND id = $2 AND closed_at IS NULL RETURNING {_COLUMNS}",
    PickUpPointRow,
)

# An appointment ends when its member leaves. One from before the member came back does not count.
_IS_PRESENT = (
    "h.ended_at IS NULL AND EXISTS (SELECT 1 FROM membership m WHERE m.community_id = h.community_id"
    " AND m.id = h.membership_id AND m.left_at IS NULL AND m.joined_at <= h.appointed_at)"
)
_OF_REWARDS = db.Select(
    f"SELECT {db.columns(_PointOfReward, 'p', reward_id='a.reward_id')} FROM reward_pick_up_point a"
    " JOIN pick_up_point p ON p.id = a.pick_up_point_id WHERE a.reward_id = ANY($1) AND p.closed_at IS NULL"
    " ORDER BY p.id",
    _PointOfReward,
)
_HELPER = db.Select(
    f"SELECT {_HELPER_COLUMNS} FROM pick_up_helper h WHERE h.community_id = $1 AND h.id = $2", HelperRow
)
_HELPERS = db.Select(
    f"SELECT {_HELPER_COLUMNS} FROM pick_up_helper h WHERE h.pick_up_point_id = ANY($1) AND {_IS_PRESENT}"
    " ORDER BY h.pick_up_point_id, h.id",
    HelperRow,
)
_PRESENT_APPOINTMENTS = db.Select(
    f"SELECT {_HELPER_COLUMNS} FROM pick_up_helper h WHERE h.membership_id = $1 AND {_IS_PRESENT} ORDER BY h.id",
    HelperRow,
)
_APPOINT = db.Change(
    "INSERT INTO pick_up_helper (community_id, pick_up_point_id, membership_id, appointed_by, appointed_at)"
    f" VALUES ($1, $2, $3, $4, $5) RETURNING {db.columns(HelperRow)}",
    HelperRow,
)
_DISMISS = db.Change(
    "UPDATE pick_up_helper SET ended_at = $3 WHERE community_id = $1 AND id = $2 AND ended_at IS NULL"
    f" RETURNING {db.columns(HelperRow)}",
    HelperRow,
)
_END_FORMER = (
    "UPDATE pick_up_helper SET ended_at = $4 WHERE community_id = $1 AND pick_up_point_id = $2 AND membership_id = $3"
    " AND ended_at IS NULL"
)


async def get_point(community_id: int, point_id: int) -> PickUpPointRow:
    """Return a pick-up point of the community, closed ones included. Raises NotFound."""
    return require_row(await _ONE.first(community_id, point_id), NotFound("pick_up_point"))


async def find_points(point_ids: Sequence[int | None]) -> list[PickUpPointRow | None]:
    """Return the pick-up point of each id, in order. None for None."""
    wanted = list({point_id for point_id in point_ids if point_id is not None})
    return db.in_order_or_none(await _BY_IDS.all(wanted) if wanted else [], point_ids)


async def list_points_of_rewards(reward_ids: Sequence[int]) -> list[list[PickUpPointRow]]:
    """Return the open pick-up points of each reward, in order."""
    found = await _OF_REWARDS.all(list(reward_ids))
    return [[row for row in found if row.reward_id == reward_id] for reward_id in reward_ids]


async def list_points(community_id: int, request: PageRequest) -> Page[PickUpPointRow]:
    """Return a page of the community's open pick-up points, oldest first. The caller checks who may read them."""
    return await _LIST.page(request, community_id)


async def list_helpers(points: Sequence[PickUpPointRow]) -> list[list[HelperRow]]:
    """Return the present helpers of each pick-up point, in order."""
    found = await _HELPERS.all([point.id for point in points])
    return [[row for row in found if row.pick_up_point_id == point.id] for point in points]


async def get_helper(community_id: int, helper_id: int) -> HelperRow:
    """Return an appointment of the community, ended ones included. Raises NotFound."""
    return require_row(await _HELPER.first(community_id, helper_id), NotFound("pick_up_helper"))


async def list_appointments(member: MemberRow) -> list[HelperRow]:
    """Return the present appointments of a member."""
    return await _PRESENT_APPOINTMENTS.all(member.id)


@db.transactional
async def create_point(actor: Actor, content: PointContent) -> PickUpPointRow:
    """Create a pick-up point and return it. Raises LeadersOnly, TooManyPoints."""
    leader = await permissions.lock_leader(actor)
    await lock_community(leader.community_id)  # Two leaders do not exceed the limit together.
    if (count := (await _COUNT_OPEN.one(leader.community_id)).count) >= MAX_POINTS:
        raise TooManyPoints(max=MAX_POINTS, actual=count)
    row = await _INSERT.one(leader.community_id, *astuple(content), leader.id, clock.now())
    await audit.record_about(row, "pick_up_point.create", by=leader)
    return row


@db.transactional
async def edit_point(actor: Actor, point_id: int, *, version: int, content: PointContent) -> PickUpPointRow:
    """Replace the words of an open pick-up point and return it.

    Raises LeadersOnly, NotFound, PointClosed, and Conflict if the point has another version.
    """
    leader = await permissions.lock_leader(actor)
    await _lock_open(leader, point_id)
    row = await _EDIT.first(leader.community_id, point_id, version, *astuple(content), leader.id, clock.now())
    if row is None:
        raise Conflict("pick_up_point", path=("version",))
    await audit.record_about(row, "pick_up_point.edit", by=leader)
    return row


@db.transactional
async def close_point(actor: Actor, point_id: int) -> PickUpPointRow:
    """Close a pick-up point for new redemptions and return it. Raises LeadersOnly, NotFound.

    Those that name it can still be collected there. Idempotent: a closed point keeps its time.
    """
    leader = await permissions.lock_leader(actor)
    row = await _CLOSE.first(leader.community_id, point_id, clock.now())
    if row is None:
        return await get_point(leader.community_id, point_id)
    await audit.record_about(row, "pick_up_point.close", by=leader)
    return row


@db.transactional
async def appoint(actor: Actor, point_id: int, *, member_id: int) -> HelperRow:
    """Add a helper to a pick-up point, and return the appointment.

    Idempotent: a present helper keeps the appointment. Raises LeadersOnly, NotFound, PointClosed, TooManyHelpers.
    """
    leader = await permissions.lock_leader(actor, member_id)
    # The point is locked, so that two leaders do not exceed the limit or appoint twice.
    point = await _lock_open(leader, point_id)
    await queries.require_members(leader.community_id, member_id)
    (helpers,) = await list_helpers([point])
    present = next((row for row in helpers if row.membership_id == member_id), None)
    if present is not None:
        return present
    if len(helpers) >= MAX_HELPERS:
        raise TooManyHelpers(max=MAX_HELPERS, actual=len(helpers))
    now = clock.now()
    await db.execute(_END_FORMER, leader.community_id, point.id, member_id, now)
    row = await _APPOINT.one(leader.community_id, point.id, member_id, leader.id, now)
    await _record_helper(leader, "pick_up_helper.appoint", row)
    return row


@db.transactional
async def dismiss(actor: Actor, helper_id: int) -> HelperRow:
    """End an appointment and return it. Raises LeadersOnly, NotFound.

    Idempotent: an ended appointment keeps its time.
    """
    leader = await permissions.lock_leader(actor)
    row = await _DISMISS.first(leader.community_id, helper_id, clock.now())
    if row is None:
        return await get_helper(leader.community_id, helper_id)
    await _record_helper(leader, "pick_up_helper.dismiss", row)
    return row


async def _lock_open(leader: MemberRow, point_id: int) -> PickUpPointRow:
    row = require_row(await _LOCK.first(leader.community_id, point_id), NotFound("pick_up_point"))
    if row.closed_at is not None:
        raise PointClosed
    return row


async def _record_helper(leader: MemberRow, action: str, row: HelperRow) -> None:
    await audit.record(
        row.community_id, leader.id, action,
        subject="membership", subject_id=row.membership_id, pick_up_point_id=row.pick_up_point_id,
    )  # fmt: skip
