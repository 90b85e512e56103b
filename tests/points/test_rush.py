"""Many concurrent spends for few things, with processes that die."""

from __future__ import annotations

import pytest

from tests.support.rush import StockLoad, run_stock_scenario


@pytest.mark.processes
async def test_a_rush_with_kills_grants_what_there_is_and_no_more(database, tmp_path):
    await run_stock_scenario(
        database, tmp_path, StockLoad(requests=300, things=12, accounts=40), processes=2, kills=4, within_s=60
    )
