"""Invalid invitation codes."""

from __future__ import annotations

import pytest

from community.communities import memberships
from community.communities.errors import InvitationInvalid
from tests.support.story import create_person, read_tables


@pytest.mark.parametrize("code", ["\x00", "AB\x00CD", "\ud800"])
async def test_a_code_that_cannot_be_stored_lets_nobody_in(database, code):
    somebody = await create_person()
    before = await read_tables()
    with pytest.raises(InvitationInvalid):
        await memberships.join(somebody, invitation_code=code)
    assert await read_tables() == before
