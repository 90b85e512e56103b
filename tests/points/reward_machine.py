"""The state machine of the bank, with redemptions of all five kinds.

The model of a redemption has its points lot by lot, as that of a spend. It has the pieces, the times and the promises
in plain Python too, and predicts each refusal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from community.kernel.errors import Refusal
from community.points.errors import InDebt, InsufficientPoints
from community.rewards import catalogue, confirming, ending, queries, redeem
from community.rewards.errors import (
    LimitReached,
    ProjectFunded,
    RedemptionStateForbids,
    RewardNotOpen,
    SlotClosed,
    SlotOverlaps,
    SoldOut,
    TooLateToCancel,
    TrialPromiseBroken,
    TrialPromiseOpen,
)
from community.rewards.grants import Order
from community.rewards.kinds import RedemptionState, RewardKind
from community.rewards.pick_up import verification
from community.rewards.pick_up.errors import CodeUsed, NothingToUndo, UndoTooLate
from community.rewards.pick_up.verification import Handover
from community.rewards.rows import RewardRow
from community.rewards.special import coupons, projects, slots, trials
from tests.points.machine import MEMBERS, Bank, Taken, members
from tests.support.machines import picks
from tests.support.rewards import create_reward

GOAL = 60
LIMIT = 6
CANCEL_HOURS = 24
COLLECT_DAYS = 2
REVIEW_DAYS = 5
STEP = timedelta(seconds=61)
"""Time after what sets another time, so that no later step falls on exactly that time."""
OPEN = (RedemptionState.RESERVED, RedemptionState.CONFIRMED)
HAS_CODE = (RewardKind.GOODS, RewardKind.TRIAL, RewardKind.SERVICE)
OFFERED = {
    RewardKind.GOODS: {"price": 7, "stock": 5, "max_per_person": LIMIT, "collect_days": COLLECT_DAYS,
                       "cancel_hours": CANCEL_HOURS},
    RewardKind.COUPON: {"price": 5, "stock": None, "cancel_hours": CANCEL_HOURS},
    RewardKind.TRIAL: {"price": 3, "stock": 5, "collect_days": COLLECT_DAYS, "needs_preparation": True,
                       "review_days": REVIEW_DAYS},
    RewardKind.SERVICE: {"price": 4, "stock": None, "cancel_hours": 2},
}  # fmt: skip


@dataclass
class Stock:
    """Pieces, places or missing points. `starts` and `ends` are those of a slot, `closes` that of a project."""

    left: int
    slot: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    closes: datetime | None = None
    is_funded: bool = False
    has_failed: bool = False


@dataclass
class Claim:
    """A redemption of the model. `handed` are its handovers that were not undone, with their times."""

    id: int
    reward: RewardRow
    stock: Stock
    taken: Taken
    quantity: int
    state: RedemptionState
    cancel_until: datetime | None = None
    expires: datetime | None = None
    done: int = 0
    gone: int = 0
    handed: list[tuple[int, datetime]] = field(default_factory=list)
    promised: datetime | None = None

    @property
    def open(self) -> int:
        return self.quantity - self.done - self.gone


class RedeemingBank(Bank):
    """The bank of a community that offers rewards."""

    def __init__(self) -> None:
        super().__init__()
        self.claims: list[Claim] = []
        self.rewards: dict[RewardKind, RewardRow] = {}
        self.stocks: dict[RewardKind, Stock] = {}
        self.broken: dict[int, datetime] = {}

    def list_frozen(self) -> list[Taken]:
        return super().list_frozen() + [claim.taken for claim in self.claims if claim.reward.kind is RewardKind.PROJECT]

    @initialize(rolling=st.booleans())
    def begin(self, rolling: bool) -> None:
        super().begin(rolling)
        for kind, content in OFFERED.items():
            self.rewards[kind] = self.do(create_reward(self.place, kind=kind, **content))
            self.stocks[kind] = Stock(content["stock"] or 0)
        self.now += STEP
        self.is_restocked(RewardKind.COUPON)
        self.slot_is_offered(30)
        self.project_is_offered(5)
        for who in range(MEMBERS):
            self.earns(who, 120)

    @rule(kind=st.sampled_from([RewardKind.COUPON, RewardKind.GOODS]))
    def is_restocked(self, kind: RewardKind) -> None:
        reward, stock = self.rewards[kind], self.stocks[kind]
        if kind is RewardKind.COUPON:
            codes = "\n".join(self.key("code") for _ in range(4))
            assert self.do(coupons.import_codes(self.place.leader, self.settings, reward.id, csv=codes)).added == 4
        else:
            taken = sum(claim.quantity - claim.gone for claim in self.claims if claim.stock is stock)
            self.do(catalogue.set_stock(self.place.leader, reward.id, total=taken + stock.left + 4))
        stock.left += 4

    @rule(hours=st.sampled_from([1, 3, 30]))
    def slot_is_offered(self, hours: int) -> None:
        starts = self.now + timedelta(hours=hours)
        times = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
        row = self.do(slots.create(self.place.leader, self.rewards[RewardKind.SERVICE].id, capacity=2, **times))
        self.stocks[RewardKind.SERVICE] = Stock(2, row.id, row.starts_at, row.ends_at)
        self.now += STEP

    @rule(days=st.sampled_from([1, 5]))
    def project_is_offered(self, days: int) -> None:
        closes = self.now + timedelta(days=days)
        kind = RewardKind.PROJECT
        self.rewards[kind] = self.do(create_reward(self.place, kind=kind, price=1, stock=GOAL, closes_at=closes))
        self.stocks[kind] = Stock(GOAL, closes=closes)
        self.now += STEP

    @rule(who=members, points=st.sampled_from([10, 20, 40]))
    def pledges(self, who: int, points: int) -> None:
        self.redeems(who, RewardKind.PROJECT, points)

    @rule(who=members, kind=st.sampled_from(list(OFFERED)), quantity=st.integers(1, 3))
    def redeems(self, who: int, kind: RewardKind, quantity: int) -> None:
        reward, stock = self.rewards[kind], self.stocks[kind]
        order = Order(reward.id, quantity, slot_id=stock.slot)
        work = redeem.reserve(self.people[who], order, key=self.key("redeem"))
        refusal = self.predict(who, reward, stock, quantity)
        if refusal is not None:
            self.refused(refusal, work)
            return
        id_, books = self.do(work), self.books[who]
        books.end(self.now)
        taken = Taken(who, books.take(reward.price * quantity, self.now))
        stock.left -= quantity
        stock.is_funded = kind is RewardKind.PROJECT and not stock.left
        is_ready = kind not in (RewardKind.TRIAL, RewardKind.PROJECT)
        claim = Claim(id_, reward, stock, taken, quantity, OPEN[is_ready])
        if kind in (RewardKind.GOODS, RewardKind.COUPON):
            claim.cancel_until = self.now + timedelta(hours=CANCEL_HOURS)
        if kind is RewardKind.GOODS:
            claim.expires = self.now + timedelta(days=COLLECT_DAYS)
        if kind is RewardKind.SERVICE:
            claim.cancel_until, claim.expires = stock.starts - timedelta(hours=2), stock.ends + timedelta(days=1)
        self.claims.append(claim)
        self.now += STEP

    def predict(self, who: int, reward: RewardRow, stock: Stock, quantity: int) -> type[Refusal] | None:
        """Return the refusal of a redemption, or None. The first condition that does not hold decides."""
        own = [claim for claim in self.claims if claim.taken.member == who]
        had = [claim for claim in own if claim.reward.kind is reward.kind]
        is_trial, is_limited = reward.kind is RewardKind.TRIAL, reward.kind is RewardKind.GOODS
        paused_until = self.broken[who] + timedelta(days=90) if who in self.broken else self.now
        booked = [claim.stock for claim in had if claim.stock.slot and claim.gone < claim.quantity]
        books, cost = self.books[who], reward.price * quantity
        conditions = {
            RewardNotOpen: stock.closes and (stock.is_funded or stock.has_failed or stock.closes <= self.now),
            SlotClosed: stock.starts and stock.starts <= self.now,
            TrialPromiseOpen: is_trial and any(claim.state in OPEN or claim.promised for claim in had),
            TrialPromiseBroken: is_trial and self.now < paused_until,
            LimitReached: is_limited and sum(claim.quantity - claim.gone for claim in had) + quantity > LIMIT,
            SlotOverlaps: any(one.starts < stock.ends and stock.starts < one.ends for one in booked),
            SoldOut: stock.left < quantity,
            InDebt: books.debt,
            InsufficientPoints: books.balance(self.now) < cost,
        }
        return next((refusal for refusal, is_met in conditions.items() if is_met), None)

    @precondition(lambda self: self.claims)
    @rule(pick=picks, is_all=st.booleans())
    def cancels(self, pick: int, is_all: bool) -> None:
        claim = self.claims[pick % len(self.claims)]
        quantity = claim.open if is_all or claim.stock.closes else 1
        work = ending.cancel(self.people[claim.taken.member], claim.id, quantity=None if is_all else quantity)
        is_reserved = claim.state is RedemptionState.RESERVED
        if claim.state not in OPEN:
            self.refused(RedemptionStateForbids, work)
        elif not (is_reserved if claim.cancel_until is None else self.now < claim.cancel_until):
            self.refused(TooLateToCancel, work)
        elif claim.stock.is_funded:
            self.refused(ProjectFunded, work)
        else:
            self.do(work)
            self.end(claim, quantity, RedemptionState.CANCELLED)

    @precondition(lambda self: self.claims)
    @rule(pick=picks)
    def is_cancelled_by_leader(self, pick: int) -> None:
        claim = self.claims[pick % len(self.claims)]
        work = ending.cancel_by_leader(self.place.leader, claim.id, reason="缺货")
        is_shown = claim.reward.kind is RewardKind.COUPON and claim.state is RedemptionState.FULFILLED
        if claim.state not in OPEN and not is_shown:
            self.refused(RedemptionStateForbids, work)
        elif claim.stock.is_funded:
            self.refused(ProjectFunded, work)
        else:
            self.do(work)
            claim.stock.left -= claim.done if is_shown else 0  # The codes that were shown are void.
            claim.done = 0 if is_shown else claim.done
            self.end(claim, claim.open, RedemptionState.CANCELLED)

    def end(self, claim: Claim, quantity: int, state: RedemptionState) -> None:
        """End so many pieces of the model. The points of a missed appointment are used."""
        claim.gone += quantity
        claim.stock.left += quantity
        claim.state = claim.state if claim.open else state
        if state is RedemptionState.EXPIRED and claim.stock.slot:
            return
        if claim.stock.closes:
            claim.taken.state = "RELEASED"
        self.books[claim.taken.member].end(self.now)
        self.books[claim.taken.member].give_back(claim.taken, claim.reward.price * quantity, self.now)

    @precondition(lambda self: self.claims)
    @rule(pick=picks)
    def is_confirmed(self, pick: int) -> None:
        claim = self.claims[pick % len(self.claims)]
        work = confirming.confirm(self.place.leader, claim.id)
        if claim.state is not RedemptionState.RESERVED or claim.stock.closes:
            self.refused(RedemptionStateForbids, work)
            return
        self.do(work)
        claim.state, claim.expires = RedemptionState.CONFIRMED, self.now + timedelta(days=COLLECT_DAYS)
        self.now += STEP

    @precondition(lambda self: self.claims)
    @rule(pick=picks, is_all=st.booleans())
    def is_handed_over(self, pick: int, is_all: bool) -> None:
        claim = self.claims[pick % len(self.claims)]
        if claim.reward.kind not in HAS_CODE:
            return
        (code,) = self.do(verification.find_codes([claim.id]))
        quantity = claim.open if is_all else 1
        work = verification.verify(self.place.leader, Handover(code, None if is_all else 1))
        is_due = claim.expires is not None and claim.expires <= self.now
        if claim.state is not RedemptionState.CONFIRMED or is_due:
            self.refused(CodeUsed, work)
            return
        self.do(work)
        claim.done += quantity
        claim.state = claim.state if claim.open else RedemptionState.FULFILLED
        claim.handed.append((quantity, self.now))
        if claim.reward.kind is RewardKind.TRIAL and len(claim.handed) == 1:
            claim.promised = self.now + timedelta(days=REVIEW_DAYS)
        self.now += STEP

    @precondition(lambda self: self.claims)
    @rule(pick=picks)
    def handover_is_undone(self, pick: int) -> None:
        claim = self.claims[pick % len(self.claims)]
        work = verification.undo(self.place.leader, claim.id, reason="错了")
        if not claim.handed:
            self.refused(NothingToUndo, work)
        elif self.now >= claim.handed[-1][1] + timedelta(minutes=15):
            self.refused(UndoTooLate, work)
        else:
            self.do(work)
            claim.done -= claim.handed.pop()[0]
            claim.state = RedemptionState.CONFIRMED
            claim.promised = claim.promised if claim.handed else None

    @precondition(lambda self: self.claims)
    @rule(pick=picks)
    def codes_are_shown(self, pick: int) -> None:
        claim = self.claims[pick % len(self.claims)]
        if claim.reward.kind is not RewardKind.COUPON:
            return
        work = coupons.show(self.people[claim.taken.member], self.settings, claim.id)
        if claim.state is RedemptionState.CANCELLED:
            self.refused(RedemptionStateForbids, work)
            return
        claim.done, claim.state = claim.quantity - claim.gone, RedemptionState.FULFILLED
        assert len(set(self.do(work)[1])) == claim.done

    @rule()
    def redemptions_expire(self) -> None:
        due = [claim for claim in self.claims if claim.state in OPEN and claim.expires and claim.expires <= self.now]
        assert self.do(ending.expire_due()) == len(due)
        for claim in due:
            self.end(claim, claim.open, RedemptionState.EXPIRED)

    @rule()
    def promises_are_resolved(self) -> None:
        due = [claim for claim in self.claims if claim.promised and claim.promised <= self.now]
        assert self.do(trials.resolve_due()) == len(due)
        for claim in due:
            claim.promised, self.broken[claim.taken.member] = None, self.now
        self.now += STEP

    @rule()
    def projects_are_settled(self) -> None:
        pledges = [claim for claim in self.claims if claim.stock.closes]
        for claim in pledges:
            claim.stock.has_failed |= not claim.stock.is_funded and claim.stock.closes <= self.now
        due = [
            claim for claim in pledges
            if claim.state is RedemptionState.RESERVED and (claim.stock.is_funded or claim.stock.has_failed)
        ]  # fmt: skip
        assert self.do(projects.settle_due()) == len(due)
        for claim in due:
            if claim.stock.is_funded:
                claim.state, claim.done, claim.taken.state = RedemptionState.FULFILLED, claim.quantity, "CAPTURED"
            else:
                self.end(claim, claim.open, RedemptionState.EXPIRED)

    @rule(kind=st.sampled_from(RewardKind))
    def reward_is_withdrawn_and_offered_again(self, kind: RewardKind) -> None:
        found = self.rewards[kind]
        leader, last = self.place.leader, max((claim.id for claim in self.claims), default=0)
        withdrawn = self.do(catalogue.withdraw(leader, found.id, version=found.version, is_cancelling=True))
        due = [
            claim for claim in self.claims
            if claim.reward.id == found.id and claim.state in OPEN and not claim.stock.is_funded
        ]  # fmt: skip
        assert self.do(ending.cancel_all(self.place.id, found.id, last, leader.id)) == len(due)
        for claim in due:
            self.end(claim, claim.open, RedemptionState.CANCELLED)
        self.rewards[kind] = self.do(catalogue.publish(leader, found.id, version=withdrawn.version))

    @invariant()
    def both_know_the_same_redemptions(self) -> None:
        found = self.do(queries.get_redemptions([claim.id for claim in self.claims])) if self.claims else []
        for row, claim in zip(found, self.claims, strict=True):
            assert (row.state, row.fulfilled_quantity, row.cancelled_quantity) == (
                claim.state, claim.done, claim.gone,
            )  # fmt: skip
        for kind, stock in self.stocks.items():
            if stock.slot:
                (places,) = self.do(slots.list_stocks([stock.slot]))
                assert places.left == stock.left
            else:
                (pieces,) = self.do(queries.list_stocks([self.rewards[kind].id]))
                assert pieces.left == stock.left
