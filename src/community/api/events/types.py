"""Types of events, with what each viewer may see. No field has a count of votes before the result."""

from __future__ import annotations

import strawberry

from community.api.communities.types import load_communities
from community.api.communities.visible import load_own_memberships, viewer_can
from community.api.context import Info
from community.api.declare import batched, field, query, related, type_over
from community.api.edge.document_measure import LONG_TEXT
from community.api.events import conditions as _conditions  # noqa: F401 - its type is declared first
from community.api.events import jury as _jury  # noqa: F401 - its type is declared first
from community.api.events import kinds as _kinds  # noqa: F401 - the enumerations are declared first
from community.api.events.task_types import list_visible_questions
from community.api.nodes import Node, found_by
from community.api.submissions.types import load_visible_submissions
from community.communities.queries import MemberRow, get_members
from community.communities.rules import can_lead
from community.communities.time_zones import get_time_zone
from community.events import conditions, jury_queries, prizes, queries
from community.events.kinds import EntryState, EventState, PrizeTier
from community.events.queries import PlacesRow
from community.events.rows import EntryRow, EventRow, JurorRow, ResultRow
from community.events.tasks import check_ins
from community.events.tasks.rules import Progress
from community.kernel import clock, periods
from community.rewards.queries import find_redemptions
from community.rewards.rows import RedemptionRow
from community.submissions.queries import SubmissionRow


@type_over(ResultRow)
class EventResult(Node):
    """Result of a closed event. A disqualification or a reinstatement adds a later one."""

    number = field(description="Number, 1 for the first.")
    document = field(
        description="Canonical JSON of the rules, the electorate, the counts and the places.", metadata=LONG_TEXT
    )
    created_at = field(description="Time.")

    @query
    def sha256(row: strawberry.Parent[ResultRow]) -> str:
        """SHA-256 of the document in UTF-8, as hexadecimal digits."""
        return row.digest


def _leads(member: MemberRow | None) -> bool:
    return member is not None and can_lead(member)


def _can_manage(row: EventRow, viewer: MemberRow | None) -> bool:
    return _leads(viewer) and row.ended_at is None


async def _load_places(rows: list[EventRow], info: Info) -> list[PlacesRow]:
    del info
    return await queries.count_places([row.id for row in rows])


@type_over(EventRow)
class Event(Node):
    """活动: an occasion to take part."""

    kind = field(description="Kind.")
    state = field(description="Phase.")
    version = field(description="Version, which rises with each change. A mutation must name it.")
    title = field(description="Title.")
    text = field(description="Description.")
    conditions = field(description="Rules.")
    formula = field(description="Way from the counts to the places.")
    frozen_parts = field(description="Parts that no longer change. The rules freeze with the first entry.")
    opens_at = field(description="Time from which members enter.")
    voting_at = field(description="Time from which members vote. Null without a vote.")
    judging_at = field(description="Time from which leaders judge. Null without it.")
    closes_at = field(description="Time of the result.")
    created_at = field(description="Time of creation.")
    ended_at = field(description="Time of the result or the cancellation. Null until then.")
    draw_commitment = field(
        description="SHA-256 of the seed of a draw, which the document of the result has. Null for events without one."
    )
    community = batched(load_communities, description="Community that it belongs to.")
    questions = batched(
        list_visible_questions,
        description="Questions of riddles by number, at most 50. Empty for other kinds, and for all but leaders until"
        " the event is open.",
    )
    viewer_can_manage = viewer_can(_can_manage, "True if the viewer may call `eventEdit` and `eventMove`.")

    @batched
    async def viewer_can_enter(rows: list[EventRow], info: Info) -> list[bool]:
        """True if the viewer may enter now, if a submission meets the rules."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        zones = [await get_time_zone(row.community_id) for row in rows]
        return list(map(conditions.can_enter, rows, members, zones))

    @batched
    async def entry_count(rows: list[EventRow], info: Info) -> list[int]:
        """Number of entries that take part."""
        del info
        return await queries.count_entries([row.id for row in rows])

    @batched
    async def attendance_code(rows: list[EventRow], info: Info) -> list[str | None]:
        """Code by which members say that they came to an activity. Null for all but leaders, and for other kinds."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        return [row.code if _leads(member) else None for row, member in zip(rows, members, strict=True)]

    @batched
    async def places_left(rows: list[EventRow], info: Info) -> list[int | None]:
        """Free places of an activity. Null without a limit, and for other kinds."""
        counted = await info.context.load_once(_load_places, rows, info)
        return [
            None if row.conditions.capacity is None else max(0, row.conditions.capacity - found.entered)
            for row, found in zip(rows, counted, strict=True)
        ]

    @batched
    async def waiting_count(rows: list[EventRow], info: Info) -> list[int]:
        """Number of members who wait for a place."""
        return [found.waiting for found in await info.context.load_once(_load_places, rows, info)]

    @batched
    async def absent_count(rows: list[EventRow], info: Info) -> list[int | None]:
        """Number of members who had a place and did not come. Null until the end, and for other kinds."""
        counted = await info.context.load_once(_load_places, rows, info)
        return [
            found.entered - found.attended if row.has_places and row.state is EventState.CLOSED else None
            for row, found in zip(rows, counted, strict=True)
        ]

    @batched
    async def open_prize_count(rows: list[EventRow], info: Info) -> list[int | None]:
        """Number of prizes whose reward is still due. Null for all but leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        counts = await prizes.count_open([row.id for row in rows])
        return [found if _leads(member) else None for found, member in zip(counts, members, strict=True)]

    @batched
    async def viewer_votes_left(rows: list[EventRow], info: Info) -> list[int | None]:
        """Votes that the viewer may give now. Null for all but members, and while there is no voting."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        zones = [await get_time_zone(row.community_id) for row in rows]
        today = [periods.local_date(clock.now(), zone).isoformat() for zone in zones]
        given = await queries.list_given(info.context.person_id or 0, rows, today)
        return list(map(conditions.count_votes_left, rows, members, zones, given))

    @batched
    async def jurors(rows: list[EventRow], info: Info) -> list[list[JurorRow]]:
        """Jurors who have not dropped out, at most 20, for members."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        juries = await jury_queries.list_juries([row.id for row in rows])
        return [[] if member is None else found for member, found in zip(members, juries, strict=True)]

    @batched
    async def results(rows: list[EventRow], info: Info) -> list[list[ResultRow]]:
        """Results, at most 50, newest first."""
        del info
        return await queries.list_results([row.id for row in rows])


@found_by(EventRow)
async def find_event(number: int, info: Info) -> EventRow | None:
    """Return the event if the viewer may see it, or None. Raises KeyError or NotFound."""
    (row,) = await queries.get_events([number])
    await info.context.find_readable_community(row.community_id)
    (member,) = await load_own_memberships([row.community_id], info)
    return row if row.state is not EventState.DRAFT or _leads(member) else None


@found_by(ResultRow)
async def find_result(number: int, info: Info) -> ResultRow | None:
    """Return the result if the viewer may see its event, or None. Raises KeyError or NotFound."""
    row = await queries.get_result(number)
    return row if await find_event(row.event_id, info) is not None else None


@type_over(EntryRow)
class EventEntry(Node):
    """参赛作品: a member's part in an event. Members of the community see it.

    One without a submission is for the member and the leaders. The result of riddles or a challenge shows it to all.
    """

    state = field(description="State.")
    votes = field(description="Number of votes. Null for every viewer until the result.")
    score = field(
        description="Score by votes and jury, 0 to 1000000. Null until the result, without a jury or its quorum."
    )
    place = field(description="Place, 1 for the first. Null until the result, and for an entry that has none.")
    created_at = field(description="Time of entering.")
    ended_at = field(description="Time of the withdrawal or the disqualification. Null while it takes part.")
    attended_at = field(description="Time at which the member came to an activity. Null until then.")
    event = related(queries.get_events, "event_id", "Event.")
    member = related(get_members, "membership_id", "Member.")
    viewer_can_withdraw = viewer_can(
        lambda row, viewer: viewer is not None and viewer.id == row.membership_id and row.ended_at is None
        and row.place is None and row.attended_at is None,
        "True if the viewer may withdraw it, unless the event has ended.",
    )  # fmt: skip

    @batched
    async def submission(rows: list[EntryRow], info: Info) -> list[SubmissionRow | None]:
        """Submission. Null for a kind that takes none, and if the viewer can no longer read it."""
        numbers = [row.submission_id for row in rows if row.submission_id is not None]
        found = dict(zip(numbers, await load_visible_submissions(numbers, info), strict=True))
        return [None if row.submission_id is None else found[row.submission_id] for row in rows]

    @batched
    async def check_ins(rows: list[EntryRow], info: Info) -> list[Progress | None]:
        """Check-ins of a challenge. Null for other kinds."""
        del info
        return await check_ins.list_progress(rows)

    @batched
    async def waiting_position(rows: list[EntryRow], info: Info) -> list[int | None]:
        """Position in the waiting list of an activity, 1 for the next. Null for one that does not wait."""
        del info
        return await queries.list_positions([row.id for row in rows])

    @batched
    async def prize(rows: list[EntryRow], info: Info) -> list[PrizeTier | None]:
        """Tier of its prize. Null without one."""
        del info
        return await queries.list_tiers([row.id for row in rows])

    @batched
    async def prize_redemption(rows: list[EntryRow], info: Info) -> list[RedemptionRow | None]:
        """Redemption of its prize. Null without one, until it is given, and for all but the member and the leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        found = [
            number if member is not None and (_leads(member) or member.id == row.membership_id) else None
            for row, member, number in zip(
                rows, members, await prizes.list_redeemed([row.id for row in rows]), strict=True
            )
        ]
        return await find_redemptions(found)

    @batched
    async def viewer_voted(rows: list[EntryRow], info: Info) -> list[bool]:
        """True if the viewer has voted for it."""
        return await queries.list_voted(info.context.person_id or 0, [row.id for row in rows])

    @batched
    async def viewer_points(rows: list[EntryRow], info: Info) -> list[list[int] | None]:
        """Points that the viewer gave as a juror, by criterion. Empty for a recusal. Null without either."""
        return await jury_queries.list_own_points(info.context.person_id or 0, [row.id for row in rows])

    @batched
    async def is_undated(rows: list[EntryRow], info: Info) -> list[bool | None]:
        """True if a picture has no time of capture, which a leader looks at. Null for all but leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        return [row.is_undated if _leads(member) else None for row, member in zip(rows, members, strict=True)]

    @batched
    async def is_edited(rows: list[EntryRow], info: Info) -> list[bool | None]:
        """True if the submission was edited after it entered, which a leader looks at. Null for all but leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        edited = await queries.list_edited([row.id for row in rows])
        return [found if _leads(member) else None for found, member in zip(edited, members, strict=True)]

    @batched
    async def picked_tier(rows: list[EntryRow], info: Info) -> list[PrizeTier | None]:
        """Tier that the leaders picked. Null without one, and for all but leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        return [row.tier if _leads(member) else None for row, member in zip(rows, members, strict=True)]

    @batched
    async def reason(rows: list[EntryRow], info: Info) -> list[str | None]:
        """Reason of a disqualification. Null for all but the member and the leaders."""
        members = await load_own_memberships([row.community_id for row in rows], info)
        return [
            row.reason if member is not None and (_leads(member) or member.id == row.membership_id) else None
            for row, member in zip(rows, members, strict=True)
        ]


def is_entry_shown(row: EntryRow) -> bool:
    """Return True if every member of the community may read the entry."""
    return row.state is EntryState.ENTERED and row.submission_id is not None


@found_by(EntryRow)
async def find_entry(number: int, info: Info) -> EntryRow | None:
    """Return the entry for a member of its community, or None. Raises KeyError.

    One that does not take part, or has no submission, is for its member and the leaders. The result of an event without
    places shows it to members.
    """
    (row,) = await queries.get_entries([number])
    (member,) = await load_own_memberships([row.community_id], info)
    if member is None:
        return None
    (event,) = await queries.get_events([row.event_id])
    is_ranked = row.state is EntryState.ENTERED and row.place is not None and not event.has_places
    return row if is_entry_shown(row) or is_ranked or _leads(member) or member.id == row.membership_id else None
