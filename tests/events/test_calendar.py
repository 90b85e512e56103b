"""The content calendar: days of a year, and events of templates."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from community.communities.errors import LeadersOnly
from community.events import festivals, templates
from community.events.contents import normalise_event
from community.events.festivals import Occasion, OccasionKind
from community.events.kinds import EventState
from community.events.templates import EventTemplate
from community.kernel import clock
from community.kernel.errors import InvalidInput
from community.points.earning import editing
from community.points.earning.rules_in_force import list_active_seasons
from community.points.earning.season_rules import SeasonPlan, check_leader_season, check_season
from community.points.errors import SeasonsUsedUp
from community.texts import Language, translate
from tests.support.story import create_community, list_rows

WORDS = {"title": "晒团圆照", "text": "中秋节"}

# Published by the Hong Kong Observatory and the Purple Mountain Observatory.
SPRING_FESTIVALS = (
    "2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31"
    " 2034-02-19 2035-02-08"
)
OTHERS = {
    Occasion.MID_AUTUMN: "2020-10-01 2023-09-29 2025-10-06 2026-09-25 2033-09-08",
    Occasion.DRAGON_BOAT: "2020-06-25 2025-05-31 2026-06-19",
    Occasion.MOTHERS_DAY: "2025-05-11 2026-05-10",
    Occasion.FATHERS_DAY: "2025-06-15 2026-06-21",
    Occasion.CLEAR_AND_BRIGHT: "2024-04-04 2025-04-04 2026-04-05",
    Occasion.WINTER_SOLSTICE: "2024-12-21 2025-12-21 2026-12-22",
    Occasion.NEW_YEARS_EVE: "2024-02-09 2025-01-28 2026-02-16",
}


@pytest.mark.parametrize(("occasion", "days"), [(Occasion.SPRING_FESTIVAL, SPRING_FESTIVALS), *OTHERS.items()])
def test_day_is_the_published_one(occasion, days):
    expected = [date.fromisoformat(day) for day in days.split()]
    assert [festivals.find_day(occasion, day.year) for day in expected] == expected


def test_every_year_has_each_occasion_once():
    for year in range(festivals.MIN_YEAR, festivals.MAX_YEAR + 1):
        counted = Counter(found.occasion for found in festivals.list_days(year))
        counted.pop(Occasion.LABA, None)
        assert counted == dict.fromkeys(set(Occasion) - {Occasion.LABA}, 1)


def test_year_may_have_laba_twice_or_never():
    found = [[one.occasion for one in festivals.list_days(year)].count(Occasion.LABA) for year in range(2000, 2100)]
    assert set(found) == {0, 1, 2}


def test_days_are_in_order_with_24_terms():
    days = festivals.list_days(2026)
    assert [found.day for found in days] == sorted(found.day for found in days)
    assert Counter(found.kind for found in days)[OccasionKind.TERM] == 24


@pytest.mark.parametrize("year", [festivals.MIN_YEAR - 1, festivals.MAX_YEAR + 1, -1])
def test_year_outside_the_range_is_refused(year):
    with pytest.raises(InvalidInput) as refused:
        festivals.list_days(year)
    assert (refused.value.reason, refused.value.path) == ("calendar_year", ("year",))


@pytest.mark.parametrize("template", EventTemplate)
@pytest.mark.parametrize("language", Language)
def test_template_is_a_valid_event(template, language):
    title, text = (translate(f"template.{template}.{part}", language) for part in ("title", "text"))
    for year in (festivals.MIN_YEAR, 2026, 2033, festivals.MAX_YEAR):
        plan = templates.plan_event(template, year, "Asia/Shanghai")
        content = normalise_event(plan.kind, plan.to_content(title=title, text=text))
        season = SeasonPlan(title, 150, content.opens_at, content.closes_at)
        check_season(season, now=content.opens_at)
        check_leader_season(season)


@pytest.mark.parametrize("time_zone", ["Asia/Shanghai", "America/New_York", "Pacific/Apia"])
def test_plan_begins_in_the_morning_of_the_community(time_zone):
    for year in (2026, 2027):
        plan = templates.plan_event(EventTemplate.SPRING_WALK, year, time_zone)
        local = [at.astimezone(ZoneInfo(time_zone)) for at in (plan.opens_at, plan.voting_at, plan.closes_at)]
        assert [at.hour for at in local] == [9, 9, 20]
        day = festivals.find_day(Occasion.CLEAR_AND_BRIGHT, year)
        assert [(at.date() - day).days for at in local] == [-7, 5, 10]


async def test_template_makes_a_draft(database):
    place = await create_community(residents=1)
    with clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
        row = await templates.create_event(place.leader, template=EventTemplate.MID_AUTUMN_REUNION, year=2026, **WORDS)
    assert (row.state, row.title, row.due_at) == (EventState.DRAFT, "晒团圆照", None)
    assert row.opens_at == datetime(2026, 9, 18, 1, tzinfo=UTC)
    assert await list_rows("season") == []


async def test_template_opens_a_season(database):
    place = await create_community(residents=1)
    with clock.at(datetime(2026, 9, 1, tzinfo=UTC)):
        row = await templates.create_event(
            place.leader, template=EventTemplate.MID_AUTUMN_REUNION, year=2026, percent=150, **WORDS
        )
    (season,) = await list_active_seasons(place.community.id, row.opens_at)
    assert (season.name, season.percent) == ("晒团圆照", 150)
    assert (season.starts_at, season.ends_at) == (row.opens_at, row.closes_at)


async def test_template_of_the_past_is_refused(database):
    place = await create_community(residents=1)
    with clock.at(datetime(2026, 11, 1, tzinfo=UTC)), pytest.raises(InvalidInput) as refused:
        await templates.create_event(place.leader, template=EventTemplate.MID_AUTUMN_REUNION, year=2026, **WORDS)
    assert (refused.value.reason, refused.value.path) == ("event_over", ("year",))


async def test_wrong_year_and_percent_are_refused_together(database):
    place = await create_community(residents=1)
    with pytest.raises(InvalidInput) as refused:
        await templates.create_event(
            place.leader, template=EventTemplate.MID_AUTUMN_REUNION, year=1900, percent=301, **WORDS
        )
    assert {one.path for one in refused.value.list_all()} == {("year",), ("percent",)}


async def test_used_up_seasons_make_no_event(database):
    place = await create_community(residents=1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.at(start):
        for month in range(3):
            opens = start + timedelta(days=31 * month)
            await editing.open_season(place.leader, SeasonPlan("季", 150, opens, opens + timedelta(days=31)))
        with pytest.raises(SeasonsUsedUp) as refused:
            await templates.create_event(
                place.leader, template=EventTemplate.MID_AUTUMN_REUNION, year=2026, percent=150, **WORDS
            )
    assert refused.value.path == ("percent",)
    assert await list_rows("event") == []


async def test_member_makes_no_event(database):
    place = await create_community(residents=1)
    with pytest.raises(LeadersOnly):
        await templates.create_event(place.residents[0], template=EventTemplate.MID_AUTUMN_REUNION, year=2099, **WORDS)
    assert await list_rows("event") == []
