"""Complaints in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.communities.types import load_optional_members
from community.api.communities.visible import load_own_and_former_memberships
from community.api.context import Info
from community.api.declare import argument, batched, declare_enum, field, input_type, object_type, related, type_over
from community.api.mutations import (
    KeyedInput,
    ThingVerb,
    Verb,
    community_mutation,
    thing_mutation,
)
from community.api.nodes import CommunityId, Node, found_by
from community.api.pages import paged
from community.communities.queries import get_members
from community.kernel import clock, mistakes
from community.kernel.paging import Page, PageRequest
from community.media.queries import MediaRow, get_by_ids
from community.review import queries as cases
from community.review.complaints import queries, rules, service
from community.review.complaints.models import MessageKind
from community.review.complaints.queries import ComplaintRow, MessageRow
from community.review.complaints.rules import ComplaintContent
from community.review.queries import CaseRow
from community.rewards import queries as rewards
from community.rewards.pick_up.points import find_points
from community.rewards.rows import PickUpPointRow, RedemptionRow, RewardRow

declare_enum(
    MessageKind,
    name="ComplaintMessageKind",
    values={
        "OPENED": "The complaint.",
        "REPLY": "A reply of the member or of a leader.",
        "SOLUTION": "A leader's solution.",
        "REOPENED": "The member's reason for opening it again.",
    },
)


@type_over(MessageRow)
class ComplaintMessage:
    """A message of a complaint."""

    kind = field(description="Kind.")
    text = field(description="Text, at most 500 characters, with line breaks.")
    created_at = field(description="Time of the message.")
    author = related(
        load_optional_members, "author_id", "The member who complained, or a leader. Null for the operator."
    )


async def _find_redemptions(redemption_ids: Sequence[int | None]) -> list[RedemptionRow | None]:
    found = iter(await rewards.get_redemptions([number for number in redemption_ids if number is not None]))
    return [None if number is None else next(found) for number in redemption_ids]


async def _find_rewards(reward_ids: Sequence[int | None]) -> list[RewardRow | None]:
    found = iter(await rewards.get_rewards([number for number in reward_ids if number is not None]))
    return [None if number is None else next(found) for number in reward_ids]


async def _find_points(point_ids: Sequence[int | None]) -> list[PickUpPointRow | None]:
    return await find_points(point_ids)


async def _load_cases(rows: list[ComplaintRow], info: Info) -> list[CaseRow]:
    return await info.context.load_once(_get_cases, rows, info)


async def _get_cases(rows: list[ComplaintRow], info: Info) -> list[CaseRow]:
    del info
    return await cases.get_cases([row.case_id for row in rows])


@type_over(ComplaintRow)
class Complaint(Node):
    """投诉: a complaint about goods or service.

    Only the member and the leaders read it, without a leader whom it concerns.
    """

    opened_at = field(description="Time of opening.")
    solved_at = field(description="Time of the solution. Null while it waits for one.")
    reopened_at = field(description="Time at which the member opened it again. Null if it was not.")
    member = related(get_members, "membership_id", "Member who complained, also a former one.")
    redemption = related(_find_redemptions, "redemption_id", "Redemption that it is about. Null for none.")
    reward = related(_find_rewards, "reward_id", "Reward that it is about. Null for none.")
    pick_up_point = related(_find_points, "pick_up_point_id", "Pick-up point that it is about. Null for none.")

    @batched
    async def messages(rows: list[ComplaintRow]) -> list[list[MessageRow]]:
        """Messages, oldest first, at most 53."""
        return await queries.list_messages([row.id for row in rows])

    @batched
    async def media(rows: list[ComplaintRow]) -> list[list[MediaRow]]:
        """Pictures of the member, at most three."""
        media_ids = await queries.list_media_ids([row.id for row in rows])
        found = {row.id: row for row in await get_by_ids(sorted({each for some in media_ids for each in some}))}
        return [[found[each] for each in some] for some in media_ids]

    @batched
    async def due_at(rows: list[ComplaintRow], info: Info) -> list[datetime]:
        """Time at which the first answer is due, 24 hours after the last opening."""
        return [case.due_at for case in await _load_cases(rows, info)]

    @batched
    async def solve_due_at(rows: list[ComplaintRow], info: Info) -> list[datetime]:
        """Time at which the solution is due, 72 hours after the last opening."""
        return [case.solve_due_at for case in await _load_cases(rows, info)]

    @batched
    async def answered_at(rows: list[ComplaintRow], info: Info) -> list[datetime | None]:
        """Time of the first answer after the last opening. Null without one."""
        return [case.answered_at for case in await _load_cases(rows, info)]

    @batched
    async def viewer_can_reopen(rows: list[ComplaintRow], info: Info) -> list[bool]:
        """True if the viewer may call `complaintReopen`."""
        now = clock.now()
        own = await load_own_and_former_memberships([row.community_id for row in rows], info)
        return [
            viewer is not None
            and viewer.id == row.membership_id
            and rules.can_reopen(row.solved_at, row.reopened_at, now=now)
            for row, viewer in zip(rows, own, strict=True)
        ]


@found_by(ComplaintRow)
async def find_complaint(number: int, info: Info) -> ComplaintRow | None:
    """Return the complaint if the viewer may read it, or None."""
    row = await queries.find_complaint(number)
    if row is None:
        return None
    (case,) = await cases.get_cases([row.case_id])
    (viewer,) = await load_own_and_former_memberships([row.community_id], info)
    return row if queries.can_read(row, case, viewer) else None


async def find_complaints_of_cases(rows: list[CaseRow], info: Info) -> list[ComplaintRow | None]:
    """Return the complaint of each case. None for other kinds, and for a leader whom it concerns."""
    found = await queries.find_of_cases([row.id for row in rows])
    own = await load_own_and_former_memberships([row.community_id for row in rows], info)
    return [
        complaint if complaint is not None and queries.can_read(complaint, row, viewer) else None
        for row, complaint, viewer in zip(rows, found, own, strict=True)
    ]


@object_type
class ComplaintQuery:
    """Root fields about complaints."""

    @paged
    async def my_complaints(self, info: Info, request: PageRequest, community_id: CommunityId) -> Page[ComplaintRow]:
        """The viewer's complaints in a community, newest first. A former member reads them too."""
        return await queries.list_own(await info.context.get_current_or_former_member(community_id), request)


@input_type
class ComplaintOpenInput(KeyedInput):
    """Input for `complaintOpen`, which complains about goods or service. Give at most one thing."""

    text: str = field(description="Text, 1 to 500 characters, with line breaks.")
    media_ids: list[strawberry.ID] = field(
        default_factory=list, description=f"Ids of the viewer's pictures, at most {rules.MAX_MEDIA}."
    )
    redemption_id: strawberry.ID | None = field(default=None, description="Id of the viewer's redemption.")
    reward_id: strawberry.ID | None = field(default=None, description="Id of the reward.")
    pick_up_point_id: strawberry.ID | None = field(default=None, description="Id of the pick-up point.")
    leader_id: strawberry.ID | None = field(
        default=None, description="Id of the leader whom it concerns, who then neither reads nor solves it."
    )


_on_complaint = partial(thing_mutation, of=(ComplaintRow, "complaint_id"))


@object_type
class ComplaintMutation:
    """Mutations of complaints."""

    @community_mutation(complaint="New complaint.")
    def complaint_open(self, input: ComplaintOpenInput) -> Verb[ComplaintRow]:
        """Complain about goods or service. Only leaders read it, and answer within 24 hours.

        Refuses with NOT_FOUND, TOO_MANY_TODAY, MEDIA_REFUSED or STORAGE_FULL.
        """
        with mistakes.collect() as check:
            about = {
                name: check(ids.decode, kind, given, path=path)
                for name, kind, given, path in (
                    ("redemption_id", "Redemption", input.redemption_id, "redemptionId"),
                    ("reward_id", "Reward", input.reward_id, "rewardId"),
                    ("pick_up_point_id", "PickUpPoint", input.pick_up_point_id, "pickUpPointId"),
                    ("leader_id", "Member", input.leader_id, "leaderId"),
                )
                if given is not None
            }
            media_ids = [check(ids.decode, "Media", each, path="mediaIds") for each in input.media_ids]
            content = check(ComplaintContent, text=input.text, media_ids=media_ids, **about)
        return partial(service.open_complaint, content=content)

    @_on_complaint("which adds a message to a complaint", complaint="Complaint with the message.")
    def complaint_reply(
        self, text: Annotated[str, argument("Text, 1 to 500 characters, with line breaks.")]
    ) -> ThingVerb[ComplaintRow]:
        """Add a message to a complaint. The other side gets a notice.

        Refuses with NOT_FOUND, LEADERS_ONLY, COMPLAINT_OVER, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED or STALE_VERSION.
        """
        return partial(service.reply, text=rules.normalise_message(text))

    @_on_complaint("which closes a complaint with a solution", complaint="Solved complaint.")
    def complaint_solve(
        self, text: Annotated[str, argument("Solution, 1 to 500 characters, which the member reads.")]
    ) -> ThingVerb[ComplaintRow]:
        """Close a complaint with a solution. The member gets a notice. Leaders only.

        Refuses with NOT_FOUND, LEADERS_ONLY, COMPLAINT_OVER, OWN_CASE, CASE_EXCLUDED, CASE_CLAIMED or STALE_VERSION.
        """
        return partial(service.solve, text=rules.normalise_message(text))

    @_on_complaint(
        "which opens a solved complaint again",
        complaint="Complaint, open again.",
        of=(ComplaintRow, "complaint_id", "Id of the viewer's complaint."),
    )
    def complaint_reopen(
        self, text: Annotated[str, argument("Reason, 1 to 500 characters, which the leaders read.")]
    ) -> ThingVerb[ComplaintRow]:
        """Open the viewer's solved complaint again, once, within seven days.

        Refuses with NOT_FOUND or COMPLAINT_OVER.
        """
        return partial(service.reopen, text=rules.normalise_message(text))
