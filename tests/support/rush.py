"""The rush for a scarce thing, from an empty database to the last check: its short form, and its long one."""

from __future__ import annotations

from pathlib import Path

from community.kernel import db
from community.settings import Settings
from tests.support.bank import award, find_violations
from tests.support.scarce import COST, SCARCE_TABLE, StockScenario
from tests.support.story import create_community, list_rows

POOR_ACCOUNTS_OF_TEN = 9
"""Of ten accounts, so many have a point too few."""


async def run_stock_scenario(
    settings: Settings,
    folder: Path,
    *,
    requests: int,
    things: int,
    accounts: int,
    processes: int,
    kills: int,
    within_s: float,
) -> None:
    """Run it, and hold what must be true at the end."""
    place = await create_community(residents=accounts)
    for number, member in enumerate(place.residents):
        rich = number % 10 >= POOR_ACCOUNTS_OF_TEN
        await award(member, f"first:{member.id}", COST * requests if rich else COST - 1)
    await db.execute(SCARCE_TABLE)
    try:
        await db.execute("INSERT INTO scarce (id, remaining) VALUES (1, $1), (2, $1)", things)
        wanted = [(f"key-{number}", place.residents[number % accounts].id) for number in range(requests)]
        rush = StockScenario(settings, folder, wanted, processes=processes, kills=kills)
        await rush.run(place, within_s=within_s)
        assert rush.killed == kills
        assert set(rush.outcomes) == {key for key, _ in wanted}, "a key without an answer"
        assert {key: said for key, said in rush.outcomes.items() if len(said) > 1} == {}, "two answers to one key"
        granted = {said for answers in rush.outcomes.values() for said in answers if said.startswith("granted ")}
        spent = {f"granted {row['id']}" for row in await list_rows("journal_entry") if row["kind"] == "SPEND"}
        assert granted == spent
        assert len(granted) == things
        assert await db.scalar("SELECT remaining FROM scarce WHERE id = 1") == 0
        assert await find_violations() == {}
    finally:
        await db.execute("DROP TABLE scarce")
