"""The chapter about a week that is over, and its podium."""

from __future__ import annotations

from community.database import use_database
from community.demo import earlier
from community.demo.platforms import FakePlatforms
from community.demo.scenario import Actor, ScenarioRunner
from community.demo.steps import log_in
from community.kernel import periods
from community.leaderboards import closings
from community.settings import Settings

_OWN_COMMUNITIES = "query OwnCommunities { me { memberships { nodes { community { id name } } } } }"
_PODIUM = """query Podium($communityId: ID!, $day: Date!) {
  leaderboard(communityId: $communityId, period: WEEK, on: $day) {
    closedAt
    entries(first: 3) { nodes { rank score member { person { nickname } } } }
    mine { rank }
  }
}"""


async def play(runner: ScenarioRunner, platforms: FakePlatforms, settings: Settings) -> None:
    """Play the chapter. Raises StepFailed at the first failed step."""
    runner.begin_chapter("The week of another community is over, and its podium stays")
    async with use_database(settings):  # as the schedule does
        await closings.close_due()
    reader = Actor("吴伯")
    await log_in(runner, reader, platforms)
    own = await runner.run_step(
        reader, "finds the community that they joined weeks ago", _OWN_COMMUNITIES,
        check=lambda it: [row["community"]["name"] for row in it["me"]["memberships"]["nodes"]] == [earlier.NAME],
    )  # fmt: skip
    day = periods.local_date(earlier.find_monday(), earlier.TIME_ZONE)
    await runner.run_step(
        reader, "reads the podium of that week", _PODIUM,
        communityId=own["me"]["memberships"]["nodes"][0]["community"]["id"], day=day.isoformat(),
        check=lambda it: it["leaderboard"]["closedAt"] is not None
        and [row["member"]["person"]["nickname"] for row in it["leaderboard"]["entries"]["nodes"]]
        == list(earlier.CHECK_INS) and it["leaderboard"]["mine"]["rank"] == 2,
    )  # fmt: skip
