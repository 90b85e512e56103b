"""The community of most tests of events."""

from __future__ import annotations

import pytest

from tests.support.story import create_community


@pytest.fixture
async def place(database):
    """Return a community with two leaders and six residents."""
    return await create_community(leaders=2, residents=6)
