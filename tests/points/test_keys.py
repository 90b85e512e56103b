"""One key of a service has one answer: concurrently, for another operation, later and after its records are gone."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from community.communities import memberships
from community.kernel import clock, db, idempotency
from community.kernel.errors import NotFound, Refusal
from community.kernel.personal import DataSubject, ErasureContent
from community.points import holds, personal, spend
from community.points.errors import InsufficientPoints, SourceReused
from community.points.idempotent import SENDER, Source
from tests.support.bank import award, find_violations, get_balance
from tests.support.story import create_community

ROUNDS = 60


@pytest.fixture
async def place(database):
    """A community in which the resident has points, and spends run as one statement."""
    made = await create_community()
    await award(made.leader, "opening", 1)
    await spend_points(made.leader, 1, "opening spend")
    await award(made.resident, "given", 1_000)
    return made


def build_source(key: str) -> Source:
    return Source(key, {SENDER: 1, "reference": key})


def spend_points(member, amount: int, key: str):
    return spend.spend(member.community_id, member.id, amount=amount, source=build_source(key))


def freeze_points(member, amount: int, key: str):
    return holds.freeze(member.community_id, member.id, amount=amount, lasts_s=600, source=build_source(key))


def refund_points(member, entry_id: int, amount: int | None, key: str):
    return spend.refund(member.community_id, entry_id, amount=amount, source=build_source(key))


@db.transactional
async def erase(member) -> None:
    """Redact the texts of a member's movements."""
    subject = DataSubject(member.person_id, ((member.community_id, member.id),))
    await personal.erase(subject, ErasureContent.ANONYMISE)


async def answer(call) -> object:
    """Return what a call answers: its result, or the code of its refusal."""
    try:
        return await call
    except Refusal as refusal:
        return refusal.code


async def test_concurrent_amounts_of_one_key_have_one_answer(place):
    for number in range(ROUNDS):
        key = f"round {number}"
        both = await asyncio.gather(
            answer(spend_points(place.resident, 1, key)), answer(spend_points(place.resident, 5_000, key))
        )
        assert SourceReused.code in both
        again = [
            await answer(spend_points(place.resident, 1, key)),
            await answer(spend_points(place.resident, 5_000, key)),
        ]
        assert again == both
    assert await find_violations() == {}


async def test_concurrent_spend_and_freeze_have_one_answer(place):
    for number in range(ROUNDS // 3):
        key = f"round {number}"
        before = await get_balance(place.resident)
        both = await asyncio.gather(
            answer(spend_points(place.resident, 1, key)), answer(freeze_points(place.resident, 1, key))
        )
        assert [SourceReused.code in both, await get_balance(place.resident)] == [True, before - 1]
    assert await find_violations() == {}


async def test_refused_spend_cannot_become_freeze(place):
    assert await answer(spend_points(place.resident, 5_000, "k")) == InsufficientPoints.code
    assert await answer(freeze_points(place.resident, 1, "k")) == SourceReused.code
    assert await get_balance(place.resident) == 1_000


async def test_spend_repeated_after_leaving_answers_the_same(place):
    first = await spend_points(place.resident, 7, "k")
    await memberships.leave(place.resident)
    assert await spend_points(place.resident, 7, "k") == first


async def test_freeze_repeated_after_leaving_answers_the_same(place):
    first = await freeze_points(place.resident, 7, "k")
    await memberships.leave(place.resident)
    assert await freeze_points(place.resident, 7, "k") == first


@pytest.mark.parametrize("verb", [spend_points, freeze_points])
async def test_new_key_after_leaving_is_refused(place, verb):
    await memberships.leave(place.resident)
    assert await answer(verb(place.resident, 7, "k")) == NotFound.code
    assert await get_balance(place.resident) == 1_000


@pytest.mark.parametrize("amount", [None, 7, 3])
async def test_refund_repeated_without_record_answers_the_same(place, amount):
    spent = await spend_points(place.resident, 7, "k")
    first = await refund_points(place.resident, spent.entry_id, amount, "r")
    await delete_records()
    assert await refund_points(place.resident, spent.entry_id, amount, "r") == first


async def test_capture_refund_repeated_without_record_answers_the_same(place):
    hold = await freeze_points(place.resident, 7, "k")
    captured = await holds.capture(place.id, hold.id, amount=5)
    first = await refund_points(place.resident, captured.capture_id, None, "r")
    await delete_records()
    assert await refund_points(place.resident, captured.capture_id, None, "r") == first


@pytest.mark.parametrize("verb", [spend_points, freeze_points])
async def test_call_repeated_without_record_answers_the_same(place, verb):
    first = await verb(place.resident, 7, "k")
    await delete_records()
    assert await verb(place.resident, 7, "k") == first


@pytest.mark.parametrize("amount", [None, 7])
async def test_refund_repeated_after_erasure_answers_the_same(place, amount):
    spent = await spend_points(place.resident, 7, "k")
    first = await refund_points(place.resident, spent.entry_id, amount, "r")
    await erase(place.resident)
    await delete_records()
    assert await refund_points(place.resident, spent.entry_id, amount, "r") == first


async def delete_records() -> None:
    """Delete the idempotency records, as retention does after their lifetime."""
    assert await idempotency.delete_old(clock.now() + timedelta(seconds=1))
