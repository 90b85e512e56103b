"""Redemptions of every kind, and errors to plant into them that `community audit` must find."""

from __future__ import annotations

from datetime import timedelta

from community.kernel import clock
from community.rewards import ending
from community.rewards.kinds import RewardKind
from community.rewards.pick_up import verification
from community.rewards.pick_up.verification import Handover
from community.rewards.special import coupons, projects, slots, trials
from community.settings import Settings
from community.submissions.models import SubmissionKind
from tests.support.backends import ENCRYPTION_KEY, SECRET
from tests.support.bank import award
from tests.support.rewards import create_reward, reserve
from tests.support.story import create_community, create_published

REWARD_ERRORS: list[tuple[str, str]] = [
    ("each redemption has the kind of its reward", "UPDATE redemption SET kind = 'TRIAL' WHERE kind = 'GOODS'"),
    ("the stock that is taken is the sum of the redeemed pieces", "UPDATE reward_stock SET taken = taken + 1"),
    ("each redemption is paid by its member at its price",
     ("UPDATE posting SET amount = amount - 1"
      " WHERE entry_id IN (SELECT id FROM journal_entry WHERE source_key LIKE 'redemption:%')")),
    ("a refund has the points of the cancelled and expired pieces",
     "UPDATE journal_entry SET source_key = 'x' WHERE source_key LIKE 'redemption_event:%'"),
    ("the quantities of a redemption are those of its history",
     "UPDATE redemption_event SET quantity = quantity + 1 WHERE kind = 'RESERVED'"),
    ("a redemption has a code if it is handed over by one", "UPDATE redemption SET code = NULL"),
    ("a redemption was reserved in the window and at the price of that time",
     "UPDATE redemption SET created_at = {long_ago} WHERE kind = 'GOODS'"),
    ("a redemption was reserved in the window and at the price of that time",
     "UPDATE redemption SET created_at = {later} WHERE kind = 'GOODS'"),
    ("a redemption was reserved in the window and at the price of that time",
     "UPDATE redemption SET price = price + 1 WHERE kind = 'GOODS'"),
    ("no member has redeemed more of a reward than its limit of that time",
     ("UPDATE redemption SET membership_id = (SELECT min(membership_id) FROM redemption WHERE kind = 'GOODS')"
      " WHERE kind = 'GOODS'")),
    ("the free codes of a coupon are the stock that is left",
     "UPDATE coupon_code SET voided_at = created_at WHERE redemption_id IS NULL"),
    ("a redeemed coupon has a code of its reward for each piece",
     "UPDATE coupon_code SET redemption_id = NULL, shown_at = NULL WHERE shown_at IS NOT NULL"),
    ("the codes of a coupon are shown if and only if it is fulfilled",
     "UPDATE coupon_code SET shown_at = created_at WHERE redemption_id IS NOT NULL"),
    ("an appointment is in a slot of its service, which was reserved before its start",
     "UPDATE service_slot SET starts_at = {long_ago}"),
    ("no member has two appointments at the same time", "UPDATE service_slot SET ends_at = {later}"),
    ("each co-building project has a state", "DELETE FROM project WHERE state = 'OPEN'"),
    ("a project is funded exactly when its goal is reached",
     "UPDATE project SET state = 'FAILED' WHERE state = 'FUNDED'"),
    ("a settled project has no open pledge",
     ("UPDATE redemption SET state = 'RESERVED', fulfilled_quantity = 0, confirmed_at = NULL, ended_at = NULL"
      " WHERE kind = 'PROJECT'")),
    ("a pledge has a hold of its points and its state, and only a funded project captures it",
     "UPDATE points_hold SET state = 'RELEASED', captured = 0 WHERE state = 'CAPTURED'"),
    ("each trial that was handed over has a promise of its owner", "DELETE FROM trial_promise WHERE state = 'OPEN'"),
    ("a kept promise has a later review of its member, and none was broken before it was due",
     "UPDATE trial_promise SET state = 'BROKEN', resolved_at = created_at WHERE state = 'OPEN'"),
    ("a kept promise has a later review of its member, and none was broken before it was due",
     "UPDATE trial_promise SET submission_id = (SELECT min(id) FROM submission) WHERE state = 'KEPT'"),
]  # fmt: skip
"""An invariant and the statement that violates it, in the form of `planted.ERRORS`."""

_SETTINGS = Settings(token_secret=SECRET, encryption_key=ENCRYPTION_KEY)


async def build_redemptions() -> None:
    """Build a community whose two residents have redeemed rewards of every kind."""
    place, now = await create_community(), clock.now()
    for member in place.residents:
        await award(member, f"redeemer {member.id}", 300)
    day = timedelta(days=1)
    goods = await create_reward(place, max_per_person=2, opens_at=now - day, closes_at=now + day, cancel_hours=1)
    for member in place.residents:
        row = await reserve(member, goods, quantity=2)
    await ending.cancel(place.other, row.id, quantity=1)
    coupon = await create_reward(place, kind=RewardKind.COUPON, stock=None)
    await coupons.import_codes(place.leader, _SETTINGS, coupon.id, csv="C1\nC2\nC3")
    await coupons.show(place.resident, _SETTINGS, (await reserve(place.resident, coupon)).id)
    await reserve(place.other, coupon)
    service = await create_reward(place, kind=RewardKind.SERVICE, stock=None)
    for hours in (24, 25):
        times = [(now + timedelta(hours=each)).isoformat() for each in (hours, hours + 1)]
        slot = await slots.create(place.leader, service.id, starts_at=times[0], ends_at=times[1], capacity=1)
        await reserve(place.resident, service, slot_id=slot.id)
    for points in (50, 40):
        project = await create_reward(place, kind=RewardKind.PROJECT, price=1, stock=50, closes_at=now + day)
        await reserve(place.resident, project, quantity=points)
    await projects.settle_due()
    await _try_samples(place)


async def _try_samples(place) -> None:
    """Hand a trial over to both residents, of whom one has reviewed it."""
    trial = await create_reward(place, kind=RewardKind.TRIAL, price=0, review_days=7)
    for member in place.residents:
        row = await reserve(member, trial)
        (code,) = await verification.find_codes([row.id])
        await verification.verify(place.leader, Handover(code))
    review = await create_published(place, author=place.other, kind=SubmissionKind.PRODUCT_REVIEW)
    await trials.name_review(place.other, row.id, submission_id=review.id)
