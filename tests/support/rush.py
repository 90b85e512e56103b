"""The scenario of a scarce thing, from setup to the final checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from community.kernel import db
from community.settings import Settings
from tests.support.bank import award, find_violations
from tests.support.scarce import COST, SCARCE_TABLE, StockScenario
from tests.support.story import create_community, list_rows

POOR_ACCOUNTS_OF_TEN = 9
"""The number of accounts out of ten that lack one point."""


@dataclass(frozen=True, slots=True)
class StockLoad:
    """Number of requests, stock of the thing, and number of accounts."""

    requests: int
    things: int
    accounts: int


async def run_stock_scenario(
    settings: Settings, folder: Path, load: StockLoad, *, processes: int, kills: int, within_s: float
) -> None:
    """Run the scenario and assert the final state.

    It runs in so many processes, with so many kills, and fails after `within_s` seconds.
    """
    place = await create_community(residents=load.accounts)
    for number, member in enumerate(place.residents):
        rich = number % 10 >= POOR_ACCOUNTS_OF_TEN
        await award(member, f"first:{member.id}", COST * load.requests if rich else COST - 1)
    await db.execute(SCARCE_TABLE)
    try:
        await db.execute("INSERT INTO scarce (id, remaining) VALUES (1, $1), (2, $1)", load.things)
        wanted = [(f"key-{number}", place.residents[number % load.accounts].id) for number in range(load.requests)]
        scenario = StockScenario(settings, folder, wanted, processes=processes, kills=kills)
        await scenario.run(place, within_s=within_s)
        assert scenario.killed == kills
        assert set(scenario.outcomes) == {key for key, _ in wanted}, "a key without an answer"
        assert all(len(answers) == 1 for answers in scenario.outcomes.values()), "two answers to one key"
        granted = {one for answers in scenario.outcomes.values() for one in answers if one.startswith("granted ")}
        spent = {f"granted {row['id']}" for row in await list_rows("journal_entry") if row["kind"] == "SPEND"}
        assert granted == spent
        assert len(granted) == load.things
        assert await db.scalar("SELECT remaining FROM scarce WHERE id = 1") == 0
        assert await find_violations() == {}
    finally:
        await db.execute("DROP TABLE scarce")
