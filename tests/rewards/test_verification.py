"""Handing over what a member redeemed, by its verification code."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from community.communities import memberships
from community.kernel import clock
from community.kernel.errors import InvalidInput, NotFound
from community.kernel.personal import ErasureContent
from community.privacy import erasures
from community.privacy import service as privacy
from community.rewards import ending, queries
from community.rewards.errors import OwnRedemption
from community.rewards.kinds import RedemptionState
from community.rewards.pick_up import points, qr, rules, verification
from community.rewards.pick_up.errors import (
    CodeInvalid,
    CodeUsed,
    NothingToUndo,
    OtherPoint,
    UndoTooLate,
    VerifiersOnly,
)
from community.rewards.pick_up.rules import PointContent
from community.rewards.pick_up.verification import Handover
from tests.support.backends import make_settings
from tests.support.bank import award
from tests.support.rewards import create_reward, reserve
from tests.support.story import create_community, list_rows

CONTENT = PointContent("东门自提点", "枫林路 8 号东门", "每天 9:00–20:00")


@pytest.fixture
async def shop(database):
    return await Shop.open()


class Shop:
    """A community with a reward, two pick-up points, and a helper at the first."""

    @classmethod
    async def open(cls):
        shop = cls()
        shop.place = await create_community(residents=3)
        shop.owner, shop.helper, shop.other = shop.place.residents
        shop.point = await points.create_point(shop.place.leader, CONTENT)
        shop.far = await points.create_point(shop.place.leader, CONTENT)
        await points.appoint(shop.place.leader, shop.point.id, member_id=shop.helper.id)
        await award(shop.owner, "one", 1_000)
        shop.reward = await create_reward(shop.place, pick_up_point_ids=(shop.point.id,), collect_days=7)
        return shop

    async def redeem(self, **order):
        row = await reserve(self.owner, self.reward, **order)
        (code,) = await verification.find_codes([row.id])
        return row, code

    async def hand_over(self, code, verifier=None, **given):
        handover = Handover(code, **{"point_id": self.point.id} | given)
        return await verification.verify(verifier or self.helper, handover)


async def list_events():
    columns = ("kind", "quantity", "actor_id", "pick_up_point_id")
    return [tuple(row[name] for name in columns) for row in await list_rows("redemption_event")]


async def test_helper_hands_over_once(shop):
    row, code = await shop.redeem()
    seen = await verification.preview(shop.helper, code)
    assert seen == row
    done = await shop.hand_over(code)
    assert (done.state, done.fulfilled_quantity) == (RedemptionState.FULFILLED, 1)
    with pytest.raises(CodeUsed, match="already"):
        await shop.hand_over(code)
    assert (await list_events())[-1] == ("FULFILLED", 1, shop.helper.id, shop.point.id)


async def test_only_one_of_many_verifiers_hands_over(shop):
    _, code = await shop.redeem()
    verifiers = [shop.helper, shop.place.leader] * 4
    outcomes = await asyncio.gather(*(shop.hand_over(code, one) for one in verifiers), return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert all(isinstance(outcome, CodeUsed) for outcome in outcomes if isinstance(outcome, BaseException))


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        lambda code: f" {code[:4]}-{code[4:]} ",
        lambda code: "".join(chr(ord(each) + 0xFEE0) for each in code),
        lambda code: f"{code}\u200b\u3000",
        lambda code: f"hx:{{}}:{code}",
    ],
    ids=["small", "dashed", "wide", "invisible", "scanned"],
)
async def test_code_works_as_people_type_it(shop, change):
    row, code = await shop.redeem()
    typed = change(code).format(shop.place.id)
    assert (await verification.preview(shop.helper, typed)).id == row.id


async def test_wrong_and_foreign_codes_are_refused(shop):
    _, code = await shop.redeem()
    elsewhere = await create_community()
    wrong = ("", "ABCD2345", code[:-1], code + "2", code[::-1], rules.build_qr_text(elsewhere.id, code))
    for typed in wrong:
        with pytest.raises(CodeInvalid):
            await shop.hand_over(typed)
    with pytest.raises(CodeInvalid):
        await verification.preview(elsewhere.leader, code)


async def test_verifier_must_be_of_the_point(shop):
    _, code = await shop.redeem()
    with pytest.raises(VerifiersOnly):
        await shop.hand_over(code, shop.other)
    with pytest.raises(VerifiersOnly):
        await verification.preview(shop.other, code)
    with pytest.raises(VerifiersOnly):
        await shop.hand_over(code, point_id=shop.far.id)
    with pytest.raises(VerifiersOnly):
        await shop.hand_over(code, point_id=None)
    with pytest.raises(OtherPoint):
        await shop.hand_over(code, shop.place.leader, point_id=shop.far.id)
    with pytest.raises(OtherPoint, match="Choose"):
        await shop.hand_over(code, shop.place.leader, point_id=None)
    with pytest.raises(NotFound):
        await shop.hand_over(code, shop.place.leader, point_id=shop.far.id + 1_000)


async def test_helper_of_another_point_is_told(shop):
    _, code = await shop.redeem()
    await points.appoint(shop.place.leader, shop.far.id, member_id=shop.other.id)
    with pytest.raises(OtherPoint):
        await verification.preview(shop.other, code)
    with pytest.raises(OtherPoint):
        await shop.hand_over(code, shop.other, point_id=shop.far.id)


async def test_former_helper_hands_over_nothing(shop):
    _, code = await shop.redeem()
    await memberships.leave(shop.helper)
    assert await points.list_helpers([shop.point]) == [[]]
    helper = await points.appoint(shop.place.leader, shop.point.id, member_id=shop.other.id)
    await points.dismiss(shop.place.leader, helper.id)
    with pytest.raises(VerifiersOnly):
        await shop.hand_over(code, shop.other)


async def test_nobody_verifies_an_own_redemption(shop):
    await points.appoint(shop.place.leader, shop.point.id, member_id=shop.owner.id)
    row, code = await shop.redeem()
    with pytest.raises(OwnRedemption):
        await shop.hand_over(code, shop.owner)
    with pytest.raises(OwnRedemption):
        await verification.preview(shop.owner, code)
    assert await queries.get_redemption(shop.place.id, row.id) == row


async def test_pieces_are_handed_over_in_parts(shop):
    row, code = await shop.redeem(quantity=3)
    part = await shop.hand_over(code, quantity=2)
    assert (part.state, part.open_quantity) == (RedemptionState.CONFIRMED, 1)
    for quantity in (0, -1, 2):
        with pytest.raises(InvalidInput):
            await shop.hand_over(code, quantity=quantity)
    await ending.cancel_by_leader(shop.place.leader, row.id, reason="缺货")
    with pytest.raises(CodeUsed, match="cancelled"):
        await shop.hand_over(code)


async def test_undo_makes_the_code_work_again(shop):
    row, code = await shop.redeem(quantity=2)
    await shop.hand_over(code)
    undone = await verification.undo(shop.helper, row.id, reason="点错了")
    assert (undone.state, undone.fulfilled_quantity, undone.ended_at) == (RedemptionState.CONFIRMED, 0, None)
    with pytest.raises(NothingToUndo):
        await verification.undo(shop.place.leader, row.id, reason="点错了")
    done = await shop.hand_over(code)
    assert done.state is RedemptionState.FULFILLED
    kinds = [event[0] for event in await list_events()]
    assert kinds[-3:] == ["FULFILLED", "UNDONE", "FULFILLED"]


async def test_undo_is_for_the_verifier_and_leaders(shop):
    row, code = await shop.redeem()
    await shop.hand_over(code)
    await points.appoint(shop.place.leader, shop.point.id, member_id=shop.other.id)
    for stranger in (shop.other, shop.owner):
        with pytest.raises(NotFound):
            await verification.undo(stranger, row.id, reason="点错了")
    with pytest.raises(InvalidInput):
        await verification.undo(shop.helper, row.id, reason=" ")
    assert (await verification.undo(shop.place.leader, row.id, reason="点错了")).open_quantity == 1


async def test_redemption_of_an_erased_person_never_opens_again(shop):
    row, code = await shop.redeem()
    await shop.hand_over(code)
    request = await erasures.request(
        make_settings(erasure_wait_days=0), shop.owner.person_id, content=ErasureContent.REMOVE
    )
    await privacy.erase(request.id)
    with pytest.raises(NothingToUndo) as refused:
        await verification.undo(shop.place.leader, row.id, reason="点错了")
    assert refused.value.reason == "erased"
    assert (await queries.get_redemption(shop.place.id, row.id)).state is RedemptionState.FULFILLED


async def test_undo_ends_after_fifteen_minutes(shop):
    row, code = await shop.redeem()
    await shop.hand_over(code)
    with clock.at(clock.now() + timedelta(minutes=15)), pytest.raises(UndoTooLate):
        await verification.undo(shop.helper, row.id, reason="点错了")


async def test_expired_redemption_is_not_handed_over(shop):
    row, code = await shop.redeem()
    with clock.at(clock.now() + timedelta(days=8)):
        with pytest.raises(CodeUsed, match="time"):
            await shop.hand_over(code)
        await ending.expire_due()
        with pytest.raises(CodeUsed, match="time"):
            await shop.hand_over(code)
    assert (await queries.get_redemption(shop.place.id, row.id)).state is RedemptionState.EXPIRED


def test_qr_text_is_short_and_drawn():
    text = rules.build_qr_text(2**63 - 1, "ABCD2345")
    assert len(text) <= 32
    assert ET.fromstring(qr.draw_svg(text)).tag == "{http://www.w3.org/2000/svg}svg"
    assert qr.draw_png(text).startswith("data:image/png;base64,iVBOR")
