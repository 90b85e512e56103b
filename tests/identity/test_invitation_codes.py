"""An invitation code as it may come from outside is refused, whatever it holds."""

from __future__ import annotations

import pytest

from community.identity import service as identity
from community.identity.errors import InvitationInvalid
from tests.support.story import everything, person


@pytest.mark.parametrize("code", ["\x00", "AB\x00CD", "\ud800"])
async def test_a_code_that_cannot_be_stored_lets_nobody_in(database, code):
    somebody = await person()
    before = await everything()
    with pytest.raises(InvitationInvalid):
        await identity.join(somebody, invitation_code=code)
    assert await everything() == before
