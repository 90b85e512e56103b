"""Co-building projects in the graph: contributors, reports, and the consent to be named."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import argument, batched, field, input_type, object_type, related, type_over
from community.api.mutations import KeyedThingInput, ThingVerb, thing_mutation
from community.api.nodes import Node, found_by
from community.api.pages import paged
from community.api.rewards.queries import RewardId, get_seen_reward
from community.api.rewards.types import find_reward
from community.communities import queries as communities
from community.communities.queries import get_members
from community.kernel import mistakes
from community.kernel.paging import Page, PageRequest
from community.media.queries import MediaRow, get_by_ids
from community.rewards.rows import RedemptionRow, ReportRow, RewardRow
from community.rewards.rules import MAX_MEDIA
from community.rewards.special import projects, reports
from community.rewards.special.reports import ContributorRow


@type_over(ContributorRow)
class ProjectContributor:
    """A member who pledged points to a project and agreed to be named."""

    member = related(get_members, "membership_id", "Member.")


@type_over(ReportRow)
class ProjectReport(Node):
    """A leader's report on the progress of a project. It never changes."""

    title = field(description="Title, at most 60 characters.")
    text = field(description="Text, at most 2000 characters, with line breaks.")
    created_at = field(description="Time of the report.")

    @batched
    async def media(rows: list[ReportRow]) -> list[list[MediaRow]]:
        """Pictures, at most nine, in order."""
        media_ids = await reports.list_media_of_reports([row.id for row in rows])
        found = {row.id: row for row in await get_by_ids(sorted({each for some in media_ids for each in some}))}
        return [[found[each] for each in some] for some in media_ids]


@found_by(ReportRow)
async def find_report(number: int, info: Info) -> ReportRow | None:
    """Return the report if the viewer may see its project, or None. Raises KeyError or NotFound."""
    row = await reports.find_report(number)
    return row if row is not None and await find_reward(row.reward_id, info) is not None else None


@object_type
class ProjectQuery:
    """Root fields about projects."""

    @paged
    async def project_contributors(self, info: Info, request: PageRequest, reward_id: RewardId) -> Page[ContributorRow]:
        """Members who agreed to be named, in the order of their pledges. For members.

        Those who left, are suspended or erased are not named.
        """
        reward = await get_seen_reward(info, reward_id)
        await communities.get_member(info.context.viewer_id, reward.community_id)
        return await reports.list_contributors(reward.id, request)

    @paged
    async def project_reports(self, info: Info, request: PageRequest, reward_id: RewardId) -> Page[ReportRow]:
        """Reports on the progress of a project, oldest first."""
        return await reports.list_reports((await get_seen_reward(info, reward_id)).id, request)


@input_type
class ProjectReportInput(KeyedThingInput):
    """Input for `projectReport`, which reports on the progress of a project."""

    reward_id: strawberry.ID = field(description="Id of the project.")
    title: str = field(description="Title, 1 to 60 characters.")
    text: str = field(description="Text, 1 to 2000 characters, with line breaks.")
    media_ids: list[strawberry.ID] = field(
        default_factory=list, description=f"Ids of the viewer's pictures in order, at most {MAX_MEDIA}."
    )


@object_type
class ProjectMutation:
    """Mutations about projects."""

    @thing_mutation(
        "which decides if a project names the member",
        of=(RedemptionRow, "redemption_id", "Id of the viewer's pledge."),
        redemption="Pledge.",
    )
    def pledge_name(
        self, is_named: Annotated[bool, argument("True if the project may name you as a contributor.")]
    ) -> ThingVerb[RedemptionRow]:
        """Decide if a project names the viewer as a contributor. A name can be removed at any time.

        Refuses with NOT_FOUND, INVALID_INPUT or REDEMPTION_STATE_FORBIDS.
        """
        return partial(projects.set_named, is_named=is_named)

    @thing_mutation(of=(RewardRow, "reward_id"), project_report="New report.")
    def project_report(self, input: ProjectReportInput) -> ThingVerb[ReportRow]:
        """Report on the progress of a project. Its contributors get a notice. Leaders only.

        Refuses with LEADERS_ONLY, NOT_FOUND, INVALID_INPUT, REWARD_STATE_FORBIDS, MEDIA_REFUSED or STORAGE_FULL.
        """

        async def report(actor: Caller, reward_id: int) -> ReportRow:
            with mistakes.collect() as check:
                media_ids = [check(ids.decode, "Media", each, path="mediaIds") for each in input.media_ids]
                words = check(reports.normalise_words, input.title, input.text)
            return await reports.report(actor, reward_id, title=words[0], text=words[1], media_ids=media_ids)

        return report
