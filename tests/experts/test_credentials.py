"""Limits of the credentials of a member, and of applications."""

from __future__ import annotations

from datetime import timedelta

import pytest

from community.experts import credentials
from community.experts.credentials import CredentialAction
from community.experts.models import CredentialState
from community.experts.rules import ENDED_WITHIN, MAX_CREDENTIALS, MAX_ENDED
from community.kernel import clock
from community.kernel.errors import InvalidInput
from tests.experts.story import apply_for, make_expert
from tests.support.story import assert_refused, create_community


@pytest.fixture
async def place(database):
    """Return a community with an expert."""
    return await create_community(residents=3)


async def test_credentials_in_force_are_limited(place):
    held = [await make_expert(place.other) for _ in range(MAX_CREDENTIALS)]
    refusal = await assert_refused(InvalidInput, apply_for(place.other))
    assert (refusal.reason, refusal.path) == ("credentials", ("communityId",))
    await credentials.withdraw(place.other, held[0].id)
    await make_expert(place.other)
    await credentials.decide(held[1].id, CredentialAction.SUSPEND, reason="证书不符")
    assert (await assert_refused(InvalidInput, apply_for(place.other))).reason == "credentials"
    with clock.at(clock.now() + timedelta(days=101)):
        assert (await apply_for(place.other)).state is CredentialState.APPLIED


@pytest.mark.parametrize("is_refused", [True, False])
async def test_ended_applications_are_limited_a_month(place, is_refused):
    for _ in range(MAX_ENDED):
        made = await apply_for(place.other)
        if is_refused:
            await credentials.decide(made.id, CredentialAction.REFUSE, reason="证书不符")
        else:
            await credentials.withdraw(place.other, made.id)
    assert (await assert_refused(InvalidInput, apply_for(place.other))).reason == "credentials_ended"
    with clock.at(clock.now() + ENDED_WITHIN):
        assert (await apply_for(place.other)).state is CredentialState.APPLIED
