"""The content calendar in the graph."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from community.api.context import Info
from community.api.declare import argument, declare_enum, field, object_type, query, type_over
from community.api.edge.languages import get_language
from community.api.events import types as _types  # noqa: F401 - the enumerations are declared first
from community.api.mutations import Verb, community_mutation
from community.api.nodes import CommunityId
from community.events import templates
from community.events.festivals import MAX_YEAR, MIN_YEAR, Occasion, OccasionKind
from community.events.rows import EventRow
from community.events.templates import TEMPLATES, CalendarDay, EventPlan, EventTemplate
from community.points.earning.season_rules import MAX_LEADER_PERCENT
from community.texts import Language, translate

declare_enum(
    OccasionKind,
    values={
        "SOLAR": "Festival of the solar calendar.",
        "LUNAR": "Festival of the lunar calendar.",
        "TERM": "节气: one of the 24 solar terms.",
    },
)
declare_enum(Occasion, values={each.value: f"{translate(f'occasion.{each}', Language.ZH)}." for each in Occasion})
declare_enum(
    EventTemplate,
    values={
        each.value: f"{translate(f'occasion.{TEMPLATES[each].occasion}', Language.ZH)}:"
        f" {translate(f'template.{each}.title', Language.ZH)}."
        for each in EventTemplate
    },
)


@type_over(EventPlan)
class EventPlanned:
    """Event of a template, with its dates in a year of the community."""

    template = field(description="Template, for `eventCreateByTemplate`.")
    kind = field(description="Kind.")
    conditions = field(description="Rules.")
    opens_at = field(description="Time from which members enter.")
    voting_at = field(description="Time from which members vote. Null without a vote.")
    judging_at = field(description="Time from which leaders judge. Null without it.")
    closes_at = field(description="Time of the result.")

    @query
    def title(row: strawberry.Parent[EventPlan]) -> str:
        """Title in your language."""
        return translate(f"template.{row.template}.title", get_language())

    @query
    def text(row: strawberry.Parent[EventPlan]) -> str:
        """Description in your language."""
        return translate(f"template.{row.template}.text", get_language())


@type_over(CalendarDay)
class ContentCalendarDay:
    """内容日历: a festival or a solar term, with the events that fit it."""

    occasion = field(description="Festival or solar term.")
    kind = field(description="Calendar by which it has its day.")
    day = field(description="Day.")
    lunar_month = field(description="Month of the lunar calendar, 1 to 12.")
    lunar_day = field(description="Day of the lunar month, 1 to 30.")
    templates = field(description="Events that fit it.")

    @query
    def name(row: strawberry.Parent[CalendarDay]) -> str:
        """Name in your language."""
        return translate(f"occasion.{row.occasion}", get_language())


@object_type
class CalendarQuery:
    """Root fields about the content calendar."""

    @query
    async def content_calendar(
        self, info: Info, community_id: CommunityId, year: Annotated[int, argument(f"Year, {MIN_YEAR} to {MAX_YEAR}.")]
    ) -> list[CalendarDay]:
        """Festivals and solar terms of a year in order, with events for a community. Refuses with INVALID_INPUT."""
        community = await info.context.get_readable_community(community_id)
        return templates.list_calendar(year, community.time_zone)


@object_type
class CalendarMutation:
    """Mutations of the content calendar."""

    @community_mutation("which writes a draft of an event of the content calendar", event="New draft.")
    def event_create_by_template(
        self,
        template: Annotated[EventTemplate, argument("Template.")],
        year: Annotated[int, argument(f"Year, {MIN_YEAR} to {MAX_YEAR}. The event must end in the future.")],
        percent: Annotated[
            int | None,
            argument(
                "Percentage of the usual points for submissions and check-ins during the event, 101 to"
                f" {MAX_LEADER_PERCENT}. Null opens no season."
            ),
        ] = None,
    ) -> Verb[EventRow]:
        """Write a draft of an event by a template of the content calendar.

        Its words are in your language, and its dates in the community's time zone. With `percent` it also opens a
        season. Leaders only. Refuses with LEADERS_ONLY, INVALID_INPUT or SEASONS_USED_UP.
        """
        title, text = (translate(f"template.{template}.{part}", get_language()) for part in ("title", "text"))
        return partial(templates.create_event, template=template, year=year, title=title, text=text, percent=percent)
