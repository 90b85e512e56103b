"""Templates of events for days of the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.time_zones import get_time_zone
from community.events import festivals, service
from community.events.contents import EventContent, EventRules
from community.events.festivals import Occasion, OccasionKind
from community.events.kinds import EventKind
from community.events.rows import EventRow
from community.kernel import clock, db, mistakes
from community.kernel.enumerations import require_each
from community.kernel.errors import InvalidInput
from community.points.earning import editing
from community.points.earning.models import Trigger
from community.points.earning.rules import NO_SEASON_PERCENT
from community.points.earning.season_rules import MAX_LEADER_PERCENT, SeasonPlan
from community.points.errors import SeasonsUsedUp
from community.submissions.models import SubmissionKind

_BEGINS = time(9)
_ENDS = time(20)
_TRIGGERS = (Trigger.SUBMISSION_APPROVED, Trigger.CHECK_IN)
"""Triggers of the season of an event."""


class EventTemplate(StrEnum):
    """A template of an event."""

    NEW_YEARS_EVE_DINNER = "NEW_YEARS_EVE_DINNER"
    LANTERN_RIDDLES = "LANTERN_RIDDLES"
    SPRING_WALK = "SPRING_WALK"
    MOTHERS_RECIPES = "MOTHERS_RECIPES"
    CHILDRENS_DRAWINGS = "CHILDRENS_DRAWINGS"
    DRAGON_BOAT_ZONGZI = "DRAGON_BOAT_ZONGZI"
    MID_AUTUMN_REUNION = "MID_AUTUMN_REUNION"
    NATIONAL_DAY_NEIGHBOURS = "NATIONAL_DAY_NEIGHBOURS"
    OLD_PHOTOGRAPHS = "OLD_PHOTOGRAPHS"
    WINTER_DUMPLINGS = "WINTER_DUMPLINGS"


@dataclass(frozen=True, slots=True)
class Template:
    """An event around the day of an occasion. Days are counted from it, and negative ones come before it.

    Phases begin in the morning, and the result comes in the evening. `starts` is the day of an activity.
    """

    occasion: Occasion
    kind: EventKind
    opens: int
    closes: int
    rules: EventRules
    voting: int | None = None
    judging: int | None = None
    starts: int | None = None


_PHOTOGRAPHS = EventRules(
    (SubmissionKind.PHOTOGRAPH,), entries_per_member=3, votes_per_day=3, votes_in_total=9, gold_prizes=1,
    silver_prizes=2, bronze_prizes=3,
)  # fmt: skip
_NEW_PHOTOGRAPHS = replace(_PHOTOGRAPHS, only_new=True, min_pixels=1_000)
_STORIES = EventRules(
    (SubmissionKind.NEIGHBOURHOOD_STORY, SubmissionKind.RECIPE), gold_prizes=1, silver_prizes=2, bronze_prizes=3
)

TEMPLATES: Mapping[EventTemplate, Template] = {
    EventTemplate.NEW_YEARS_EVE_DINNER: Template(
        Occasion.NEW_YEARS_EVE, EventKind.PHOTO_CONTEST, -1, 10, _NEW_PHOTOGRAPHS, voting=6
    ),
    EventTemplate.LANTERN_RIDDLES: Template(
        Occasion.LANTERN_FESTIVAL,
        EventKind.RIDDLES,
        -3,
        1,
        EventRules(tries=3, paid_answers=3, gold_prizes=1, silver_prizes=2, bronze_prizes=3),
    ),
    EventTemplate.SPRING_WALK: Template(
        Occasion.CLEAR_AND_BRIGHT, EventKind.PHOTO_CONTEST, -7, 10, _NEW_PHOTOGRAPHS, voting=5
    ),
    EventTemplate.MOTHERS_RECIPES: Template(Occasion.MOTHERS_DAY, EventKind.STORY_CALL, -7, 7, _STORIES, judging=3),
    EventTemplate.CHILDRENS_DRAWINGS: Template(
        Occasion.CHILDRENS_DAY, EventKind.PHOTO_CONTEST, -7, 8, _PHOTOGRAPHS, voting=3
    ),
    EventTemplate.DRAGON_BOAT_ZONGZI: Template(Occasion.DRAGON_BOAT, EventKind.STORY_CALL, -7, 7, _STORIES, judging=3),
    EventTemplate.MID_AUTUMN_REUNION: Template(
        Occasion.MID_AUTUMN, EventKind.PHOTO_CONTEST, -7, 8, _PHOTOGRAPHS, voting=3
    ),
    EventTemplate.NATIONAL_DAY_NEIGHBOURS: Template(
        Occasion.NATIONAL_DAY, EventKind.PHOTO_CONTEST, -1, 14, _NEW_PHOTOGRAPHS, voting=8
    ),
    # Old photographs are scanned, so nothing is asked of their size and time.
    EventTemplate.OLD_PHOTOGRAPHS: Template(
        Occasion.DOUBLE_NINTH, EventKind.PHOTO_CONTEST, -14, 10, _PHOTOGRAPHS, voting=3
    ),
    EventTemplate.WINTER_DUMPLINGS: Template(
        Occasion.WINTER_SOLSTICE, EventKind.ACTIVITY, -10, 0, EventRules(capacity=30), starts=0
    ),
}
require_each(EventTemplate, TEMPLATES)


@dataclass(frozen=True, slots=True)
class EventPlan:
    """A template with its dates in a year of a community."""

    template: EventTemplate
    kind: EventKind
    conditions: EventRules
    opens_at: datetime
    voting_at: datetime | None
    judging_at: datetime | None
    closes_at: datetime

    def to_content(self, *, title: str, text: str) -> EventContent:
        """Return the content of an event with these words."""
        return EventContent(
            title, text, opens_at=self.opens_at, voting_at=self.voting_at, judging_at=self.judging_at,
            closes_at=self.closes_at, rules=self.conditions,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the calendar, with the events that fit it."""

    occasion: Occasion
    kind: OccasionKind
    day: date
    lunar_month: int
    lunar_day: int
    templates: list[EventPlan]


def list_calendar(year: int, time_zone: str) -> list[CalendarDay]:
    """Return the days of a year in order, with the events that fit them. Raises InvalidInput."""
    return [
        CalendarDay(
            found.occasion, found.kind, found.day, found.lunar_month, found.lunar_day,
            [
                plan_event(template, year, time_zone)
                for template, declared in TEMPLATES.items()
                if declared.occasion is found.occasion
            ],
        )
        for found in festivals.list_days(year)
    ]  # fmt: skip


def plan_event(template: EventTemplate, year: int, time_zone: str) -> EventPlan:
    """Return the template with its dates in a year. Raises InvalidInput."""
    declared = TEMPLATES[template]
    day = festivals.find_day(declared.occasion, year)

    def find_time(days: int, hour: time = _BEGINS) -> datetime:
        return datetime.combine(day + timedelta(days=days), hour, ZoneInfo(time_zone)).astimezone(UTC)

    return EventPlan(
        template,
        declared.kind,
        declared.rules if declared.starts is None else replace(declared.rules, starts_at=find_time(declared.starts)),
        opens_at=find_time(declared.opens),
        voting_at=None if declared.voting is None else find_time(declared.voting),
        judging_at=None if declared.judging is None else find_time(declared.judging),
        closes_at=find_time(declared.closes, _ENDS),
    )


@db.transactional
async def create_event(
    actor: Actor, *, template: EventTemplate, year: int, title: str, text: str, percent: int | None = None
) -> EventRow:
    """Write a draft of an event by a template, and return it.

    With `percent` a season of the community pays as much for submissions and check-ins during the event. Raises
    LeadersOnly, InvalidInput, and SeasonsUsedUp.
    """
    leader = await permissions.lock_leader(actor)
    time_zone = await get_time_zone(leader.community_id)
    with mistakes.collect() as check:
        check(_check_percent, percent)
        plan = check(plan_event, template, year, time_zone)
    if plan.closes_at <= clock.now():
        raise InvalidInput("event_over", path=("year",))
    if percent is not None:
        await _open_season(actor, plan, title, percent)
    return await service.create(actor, kind=plan.kind, content=plan.to_content(title=title, text=text))


def _check_percent(percent: int | None) -> None:
    least = NO_SEASON_PERCENT + 1
    if percent is not None and not least <= percent <= MAX_LEADER_PERCENT:
        raise InvalidInput("season_percent", min=least, max=MAX_LEADER_PERCENT, actual=percent, path=("percent",))


async def _open_season(actor: Actor, plan: EventPlan, title: str, percent: int) -> None:
    season = SeasonPlan(title, percent, starts_at=plan.opens_at, ends_at=plan.closes_at, triggers=_TRIGGERS)
    try:
        await editing.open_season(actor, season)
    except SeasonsUsedUp:
        raise SeasonsUsedUp(path=("percent",)) from None
