"""Ten thousand spends for a hundred units, with twenty kills.

.venv/bin/pytest tests/faults/test_bank.py
"""

from __future__ import annotations

import pytest

from tests.support.rush import StockLoad, run_stock_scenario


@pytest.mark.on_servers
@pytest.mark.processes
async def test_ten_thousand_want_a_hundred(database, tmp_path):
    await run_stock_scenario(
        database,
        tmp_path,
        StockLoad(requests=10_000, things=100, accounts=500),
        processes=4,
        kills=20,
        within_s=60,
    )
