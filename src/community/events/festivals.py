"""Solar and lunar festivals of a year, and its 24 solar terms."""

from __future__ import annotations

from calendar import SUNDAY
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from borax.calendars.festivals2 import WeekFestival
from borax.calendars.lunardate import LunarDate, TermUtils

from community.kernel.errors import InvalidInput

MIN_YEAR = 2000
MAX_YEAR = 2099


class OccasionKind(StrEnum):
    """The calendar by which an occasion has its day."""

    SOLAR = "SOLAR"
    LUNAR = "LUNAR"
    TERM = "TERM"


class Occasion(StrEnum):
    """A festival or a solar term."""

    NEW_YEAR = "NEW_YEAR"
    WOMENS_DAY = "WOMENS_DAY"
    ARBOR_DAY = "ARBOR_DAY"
    LABOUR_DAY = "LABOUR_DAY"
    YOUTH_DAY = "YOUTH_DAY"
    MOTHERS_DAY = "MOTHERS_DAY"
    CHILDRENS_DAY = "CHILDRENS_DAY"
    FATHERS_DAY = "FATHERS_DAY"
    TEACHERS_DAY = "TEACHERS_DAY"
    NATIONAL_DAY = "NATIONAL_DAY"
    LABA = "LABA"
    KITCHEN_GOD = "KITCHEN_GOD"
    NEW_YEARS_EVE = "NEW_YEARS_EVE"
    SPRING_FESTIVAL = "SPRING_FESTIVAL"
    LANTERN_FESTIVAL = "LANTERN_FESTIVAL"
    DRAGON_HEAD = "DRAGON_HEAD"
    DRAGON_BOAT = "DRAGON_BOAT"
    QIXI = "QIXI"
    MID_AUTUMN = "MID_AUTUMN"
    DOUBLE_NINTH = "DOUBLE_NINTH"
    MINOR_COLD = "MINOR_COLD"
    MAJOR_COLD = "MAJOR_COLD"
    START_OF_SPRING = "START_OF_SPRING"
    RAIN_WATER = "RAIN_WATER"
    AWAKENING_OF_INSECTS = "AWAKENING_OF_INSECTS"
    SPRING_EQUINOX = "SPRING_EQUINOX"
    CLEAR_AND_BRIGHT = "CLEAR_AND_BRIGHT"
    GRAIN_RAIN = "GRAIN_RAIN"
    START_OF_SUMMER = "START_OF_SUMMER"
    GRAIN_BUDS = "GRAIN_BUDS"
    GRAIN_IN_EAR = "GRAIN_IN_EAR"
    SUMMER_SOLSTICE = "SUMMER_SOLSTICE"
    MINOR_HEAT = "MINOR_HEAT"
    MAJOR_HEAT = "MAJOR_HEAT"
    START_OF_AUTUMN = "START_OF_AUTUMN"
    END_OF_HEAT = "END_OF_HEAT"
    WHITE_DEW = "WHITE_DEW"
    AUTUMN_EQUINOX = "AUTUMN_EQUINOX"
    COLD_DEW = "COLD_DEW"
    FROST_DESCENT = "FROST_DESCENT"
    START_OF_WINTER = "START_OF_WINTER"
    MINOR_SNOW = "MINOR_SNOW"
    MAJOR_SNOW = "MAJOR_SNOW"
    WINTER_SOLSTICE = "WINTER_SOLSTICE"


_SOLAR: Mapping[Occasion, tuple[int, int]] = {
    Occasion.NEW_YEAR: (1, 1),
    Occasion.WOMENS_DAY: (3, 8),
    Occasion.ARBOR_DAY: (3, 12),
    Occasion.LABOUR_DAY: (5, 1),
    Occasion.YOUTH_DAY: (5, 4),
    Occasion.CHILDRENS_DAY: (6, 1),
    Occasion.TEACHERS_DAY: (9, 10),
    Occasion.NATIONAL_DAY: (10, 1),
}
_WEEKS: Mapping[Occasion, tuple[int, int]] = {Occasion.MOTHERS_DAY: (5, 2), Occasion.FATHERS_DAY: (6, 3)}
"""The month, and the number of its Sunday."""
_LUNAR: Mapping[Occasion, tuple[int, int]] = {
    Occasion.LABA: (12, 8),
    Occasion.KITCHEN_GOD: (12, 23),
    Occasion.SPRING_FESTIVAL: (1, 1),
    Occasion.LANTERN_FESTIVAL: (1, 15),
    Occasion.DRAGON_HEAD: (2, 2),
    Occasion.DRAGON_BOAT: (5, 5),
    Occasion.QIXI: (7, 7),
    Occasion.MID_AUTUMN: (8, 15),
    Occasion.DOUBLE_NINTH: (9, 9),
}
"""The lunar month, which is never a leap month, and its day."""
_TERMS = list(Occasion)[list(Occasion).index(Occasion.MINOR_COLD) :]
"""The solar terms in the order of a year."""


@dataclass(frozen=True, slots=True)
class OccasionDay:
    """The day of an occasion, with its lunar month and day."""

    occasion: Occasion
    day: date
    lunar_month: int
    lunar_day: int

    @property
    def kind(self) -> OccasionKind:
        """The calendar by which the occasion has its day."""
        if self.occasion in _TERMS:
            return OccasionKind.TERM
        return OccasionKind.SOLAR if self.occasion in _SOLAR or self.occasion in _WEEKS else OccasionKind.LUNAR


def check_year(year: int) -> None:
    """Raise InvalidInput unless the calendar has the year."""
    if not MIN_YEAR <= year <= MAX_YEAR:
        raise InvalidInput("calendar_year", min=MIN_YEAR, max=MAX_YEAR, actual=year, path=("year",))


@lru_cache(maxsize=MAX_YEAR - MIN_YEAR + 1)
def list_days(year: int) -> tuple[OccasionDay, ...]:
    """Return the days of a solar year in order. It may have no 腊八, or two. Raises InvalidInput."""
    check_year(year)
    found = [(occasion, date(year, *day)) for occasion, day in _SOLAR.items()]
    for occasion, (month, number) in _WEEKS.items():
        sunday = WeekFestival(month=month, index=number, week=SUNDAY)
        found.append((occasion, sunday.at(year)))
    for lunar_year in (year - 1, year):
        found += [(occasion, LunarDate(lunar_year, *day).to_solar_date()) for occasion, day in _LUNAR.items()]
    # The last lunar month has 29 or 30 days.
    spring = LunarDate(year, *_LUNAR[Occasion.SPRING_FESTIVAL]).to_solar_date()
    found.append((Occasion.NEW_YEARS_EVE, spring - timedelta(days=1)))
    found += [(occasion, TermUtils.nth_term_day(year, index)) for index, occasion in enumerate(_TERMS)]
    days = sorted((day, list(Occasion).index(occasion), occasion) for occasion, day in found if day.year == year)
    return tuple(_describe(occasion, day) for day, _, occasion in days)


def _describe(occasion: Occasion, day: date) -> OccasionDay:
    lunar = LunarDate.from_solar(day)
    return OccasionDay(occasion, day, lunar.month, lunar.day)


def find_day(occasion: Occasion, year: int) -> date:
    """Return the only day of an occasion in a year. Raises InvalidInput."""
    (day,) = [found.day for found in list_days(year) if found.occasion is occasion]
    return day
