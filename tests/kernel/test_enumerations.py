"""A table by enumeration has one entry for each member."""

from __future__ import annotations

from enum import StrEnum

import pytest

from community.kernel.enumerations import require_each


class Colour(StrEnum):
    RED = "RED"
    BLUE = "BLUE"


@pytest.mark.parametrize("table", [{Colour.RED: 1, Colour.BLUE: 2}, {"RED": 1, "BLUE": 2}])
def test_complete_table_passes(table):
    require_each(Colour, table)


@pytest.mark.parametrize(("table", "named"), [({"RED": 1}, "BLUE"), ({"RED": 1, "BLUE": 2, "GREEN": 3}, "GREEN")])
def test_differing_table_raises(table, named):
    with pytest.raises(LookupError, match=f"each Colour: {named}"):
        require_each(Colour, table)
