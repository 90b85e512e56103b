"""The installation before the story: another community, whose week is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from community.accounts import logins
from community.accounts.models import Platform
from community.communities import founding, memberships
from community.communities.settings import JoiningPolicy
from community.demo.platforms import FakePlatforms
from community.kernel import clock, db, periods
from community.points.earning.check_in import record_check_in
from community.settings import Settings

NAME = "老槐树社区"
TIME_ZONE = "Asia/Shanghai"
CHECK_INS = {"周婆婆": 3, "吴伯": 2, "孙姨": 1}
"""The days on which each member checked in."""
_DATE_MIGRATIONS = "UPDATE tortoise_migrations SET applied_at = $1"


def find_monday() -> datetime:
    """Return the beginning of the week before the last one. Its boards are closed at every hour of this week."""
    return periods.week(clock.now() - timedelta(days=14), TIME_ZONE).start


async def write(settings: Settings, platforms: FakePlatforms) -> None:
    """Write what the members of the other community did in that week. The database is open and empty."""
    monday = find_monday()
    with clock.at(monday):
        await db.execute(_DATE_MIGRATIONS, clock.now())  # boards count from then on
        community_id = (
            await founding.create_community(name=NAME, time_zone=TIME_ZONE, joining=JoiningPolicy.OPEN)
        ).community_id
        members = {}
        for name in CHECK_INS:
            code = platforms.wechat.code(name)
            person_id = await logins.login(settings, Platform.WECHAT, code, nickname=name)
            members[name] = await memberships.join_open(person_id, community_id=community_id)
    for name, days in CHECK_INS.items():
        for day in range(days):
            with clock.at(monday + timedelta(days=day, hours=9)):
                await record_check_in(members[name])
