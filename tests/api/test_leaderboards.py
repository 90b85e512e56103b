"""Declarations of leaderboards, and why the viewer has no place."""

from __future__ import annotations

import pytest

from community.api import ids
from community.consent import documents
from community.consent.models import ConsentPurpose
from community.kernel import cache, clock, db
from community.leaderboards import service as leaderboards
from community.leaderboards.declarations import SOURCES
from community.scores.hiding import LeaderboardExclusion, find_exclusion
from community.scores.models import RESIDENTS_BOARDS, BoardKind
from community.scores.periods import PeriodKind
from community.texts import Language, translate

DECLARATIONS = """{ leaderboardDeclarations {
  board countsText tables periods exclusions exclusionTexts tie tieText } }"""
BOARD = """query($c: ID!) { leaderboard(communityId: $c, period: EVER) {
  asOf exclusion exclusionText mine { rank } entries { nodes { rank } } } }"""


async def read_declarations(place, language: Language) -> list[dict]:
    response = await place.client.post(
        "/graphql", json={"query": DECLARATIONS}, headers={"Accept-Language": language.value}
    )
    return response.json()["data"]["leaderboardDeclarations"]


@pytest.mark.parametrize("language", Language)
async def test_declarations_say_what_boards_count(place, language):
    found = {row["board"]: row for row in await read_declarations(place, language)}
    assert found.keys() == set(BoardKind) == SOURCES.keys()
    for board, row in found.items():
        assert row["countsText"] == translate(f"board.{board.lower()}", language)
        assert row["periods"] == list(PeriodKind)
        assert ("LEADER" in row["exclusions"]) is (board in RESIDENTS_BOARDS)
        assert row["exclusionTexts"] == [
            translate(f"board_excludes.{one.lower()}", language) for one in row["exclusions"]
        ]
        assert (row["tie"], row["tieText"]) == ("SHARED_RANK", translate("board_tie.shared_rank", language))
    assert found["CONTESTS"]["tables"] == ["event_prize", "event"]
    assert found["LIKES"]["tables"] == ["submission", "submission_like"]


async def exclude_leader(place, resident):
    await db.execute(
        "INSERT INTO membership_role (community_id, membership_id, role, granted_at)"
        " SELECT community_id, id, 'LEADER', joined_at FROM membership WHERE id = $1",
        _number(resident),
    )


async def exclude_child(place, resident):
    born = f"{clock.now().year - 9}-01-01"
    await db.execute(
        "UPDATE person SET born_on = $2 WHERE id = (SELECT person_id FROM membership WHERE id = $1)",
        _number(resident), born,
    )  # fmt: skip


async def exclude_without_consent(place, resident):
    await documents.publish(ConsentPurpose.LEADERBOARDS, title="榜单", text="同意上榜。")


async def exclude_former(place, resident):
    await db.execute("UPDATE membership SET left_at = $2 WHERE id = $1", _number(resident), clock.now())
    await db.execute("UPDATE community SET visibility = 'PUBLIC'")


def _number(resident) -> int:
    return ids.decode("Member", resident.member_id, path="memberId")


@pytest.mark.parametrize(
    ("exclude", "reason"),
    [
        (exclude_leader, "LEADER"),
        (exclude_child, "GUARDIAN_MISSING"),
        (exclude_without_consent, "CONSENT_MISSING"),
        (exclude_former, "FORMER_MEMBER"),
    ],
)
async def test_excluded_viewer_reads_why(place, exclude, reason):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    await place.publish(resident, leader)
    found = (await resident.ask(BOARD, c=place.id))["leaderboard"]
    assert (found["exclusion"], found["exclusionText"], found["mine"]) == (None, None, {"rank": 1})
    await exclude(place, resident)
    await leaderboards.rebuild_all()
    found = (await resident.ask(BOARD, c=place.id))["leaderboard"]
    text = translate(f"board_exclusion.{reason.lower()}", Language.ZH)
    assert (found["exclusion"], found["exclusionText"], found["mine"]) == (reason, text, None)
    assert found["entries"]["nodes"] == []


@pytest.mark.parametrize(
    ("column", "reason"),
    [("banned_at", LeaderboardExclusion.SUSPENDED), ("erased_at", LeaderboardExclusion.ERASED)],
)
async def test_person_without_a_session_is_excluded(place, column, reason):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    assert await find_exclusion(BoardKind.REVIEWS, _number(resident)) is None
    await db.execute(
        f"UPDATE person SET {column} = $2 WHERE id = (SELECT person_id FROM membership WHERE id = $1)",
        _number(resident), clock.now(),
    )  # fmt: skip
    assert await find_exclusion(BoardKind.REVIEWS, _number(resident)) is reason


async def test_board_without_redis_says_as_of_when(place):
    leader = await place.found_community()
    resident = await place.resident(leader, "小李")
    await place.publish(resident, leader)
    assert (await resident.ask(BOARD, c=place.id))["leaderboard"]["asOf"] is None
    await cache.client().flushdb()
    found = (await resident.ask(BOARD, c=place.id))["leaderboard"]
    assert found["asOf"] is not None
    assert found["entries"]["nodes"] == [{"rank": 1}]
