"""A state machine that moves points at random and checks the result.

It keeps its own model, lot by lot, in plain Python that shares no code with the service. After every step the model and
the service must agree, and at the end no invariant may be violated.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from community.kernel import clock
from community.kernel.errors import Refusal
from community.points import adjustments, expiry, holds, policy, spend
from community.points.earning.claw_back import claw_back
from community.points.errors import HoldResolved, InDebt, InsufficientPoints, RefundTooLarge
from community.points.idempotent import Source
from community.points.kinds import ExpiryPolicy
from tests.support import bank
from tests.support.machines import Machine, picks
from tests.support.story import create_community

START = datetime(2030, 1, 15, 12, tzinfo=UTC)
DAYS = 10
MEMBERS = 2

members = st.integers(0, MEMBERS - 1)
amounts = st.integers(1, 60)


@dataclass
class Lot:
    """Points of the model with one origin and one expiry."""

    left: int
    ends: datetime
    award: int | None = None
    ended: int = 0


@dataclass
class Taken:
    """Points that a spend or a freeze took, lot by lot, earliest expiry first.

    Points are returned from the last lot first.
    """

    member: int
    parts: list[list[Any]]
    entry: int = 0
    hold: int = 0
    until: datetime | None = None
    state: str = "OPEN"

    @property
    def left(self) -> int:
        return sum(amount for _, amount in self.parts)


@dataclass
class Books:
    """The expected state of one member's account."""

    lots: list[Lot] = field(default_factory=list)
    debt: int = 0
    growth: int = 0

    def live(self, now: datetime) -> list[Lot]:
        return sorted((lot for lot in self.lots if lot.left and lot.ends > now), key=lambda lot: lot.ends)

    def balance(self, now: datetime) -> int:
        return sum(lot.left for lot in self.live(now))

    def take(self, amount: int, now: datetime, first: Lot | None = None) -> list[list[Any]]:
        """Take up to `amount` points and return the parts taken."""
        order = self.live(now)
        if first in order:
            order.remove(first)
            order.insert(0, first)
        parts = []
        for lot in order:
            part = min(lot.left, amount)
            if part:
                lot.left -= part
                amount -= part
                parts.append([lot, part])
        return parts

    def end(self, now: datetime) -> None:
        """Expire the lots that are due."""
        for lot in self.lots:
            if lot.ends <= now:
                lot.ended += lot.left
                lot.left = 0

    def repay(self, lots: list[Lot], most: int) -> None:
        """Repay a debt from incoming lots, earliest expiry first."""
        amount = min(self.debt, most)
        self.debt -= amount
        for lot in sorted(lots, key=lambda lot: lot.ends):
            part = min(lot.left, amount)
            lot.left -= part
            amount -= part

    def give_back(self, taken: Taken, amount: int, now: datetime) -> None:
        """Return points, latest expiry first.

        Points of an expired lot expire immediately. The rest repays a debt first.
        """
        live: list[tuple[Lot, int]] = []
        for part in reversed(taken.parts):
            given = min(part[1], amount)
            part[1] -= given
            amount -= given
            lot = part[0]
            if given and lot.ends <= now:
                lot.ended += given
            elif given:
                lot.left += given
                live.append((lot, given))
        live.reverse()
        came = [Lot(given, lot.ends) for lot, given in live]
        self.repay(came, sum(given for _, given in live))
        for (lot, given), kept in zip(live, came, strict=True):
            lot.left -= given - kept.left
        assert amount == 0


class Bank(Machine):
    """The state machine."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.numbers = count(1)
        self.books = [Books() for _ in range(MEMBERS)]
        self.awards: list[tuple[str, int, Lot, int]] = []
        self.spends: list[Taken] = []
        self.holds: list[Taken] = []
        self.spent_keys: list[tuple[str, int, int, int]] = []

    async def find_violations(self) -> dict[str, list[int]]:
        return await bank.find_violations()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        async def at() -> Any:
            with clock.at(self.now):
                return await work

        return super().do(at())

    def refused(self, kind: type[Refusal], work: Coroutine[Any, Any, Any]) -> None:
        """Assert that the service refuses with exactly this refusal."""
        with pytest.raises(Refusal) as found:
            self.do(work)
        assert type(found.value) is kind

    @initialize(rolling=st.booleans())
    def begin(self, rolling: bool) -> None:
        place = self.do(create_community(residents=MEMBERS))
        self.place, self.people = place, place.residents
        expiry_of = ExpiryPolicy.ROLLING_DAYS if rolling else ExpiryPolicy.END_OF_FOLLOWING_YEAR
        days = DAYS if rolling else None
        # The limit is high, so that no correction waits for a second leader.
        self.do(policy.set_policy(place.id, expiry=expiry_of, rolling_days=days, adjustment_limit=10**6))
        self.rolling = rolling
        self.now += timedelta(minutes=1)  # The clock runs on in `do`, and no lot may be older than its policy.
        # The first spend opens the community's SPENT account. Later spends can then run as one statement.
        self.do(bank.award(place.leader, "opening", 1))
        self.do(spend.spend(place.id, place.leader.id, amount=1, source=Source("opening spend")))

    def ends(self) -> datetime:
        local = self.now + timedelta(hours=8)  # Asia/Shanghai
        if self.rolling:
            day = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1 + DAYS)
            return day - timedelta(hours=8)
        return datetime(local.year + 2, 1, 1, tzinfo=UTC) - timedelta(hours=8)

    def list_frozen(self) -> list[Taken]:
        """Return everything that was frozen."""
        return self.holds

    def key(self, what: str) -> str:
        return f"{what}:{next(self.numbers)}"

    @rule(hours=st.sampled_from([1, 5, 24, 24 * 3, 24 * 11, 24 * 400]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(who=members, amount=amounts)
    def earns(self, who: int, amount: int) -> None:
        key, books = self.key("cause"), self.books[who]
        assert self.do(bank.award(self.people[who], key, amount)) is True
        lot = Lot(amount, self.ends())
        books.lots.append(lot)
        books.growth += amount
        books.repay([lot], amount)
        self.awards.append((key, who, lot, amount))

    @precondition(lambda self: self.awards)
    @rule(pick=picks)
    def is_paid_for_the_same_again(self, pick: int) -> None:
        key, who, _, amount = self.awards[pick % len(self.awards)]
        assert self.do(bank.award(self.people[who], key, amount)) is False

    @rule(who=members, amount=amounts)
    def spends(self, who: int, amount: int) -> None:
        key, books = self.key("spend"), self.books[who]
        work = spend.spend(self.place.id, self.people[who].id, amount=amount, source=Source(key))
        if books.debt:
            self.refused(InDebt, work)
        elif books.balance(self.now) < amount:
            self.refused(InsufficientPoints, work)
        else:
            moved = self.do(work)
            self.spends.append(Taken(who, books.take(amount, self.now), entry=moved.entry_id))
            self.spent_keys.append((key, who, amount, moved.entry_id))

    @precondition(lambda self: self.spent_keys)
    @rule(pick=picks)
    def spends_the_same_again(self, pick: int) -> None:
        key, who, amount, entry = self.spent_keys[pick % len(self.spent_keys)]
        moved = self.do(spend.spend(self.place.id, self.people[who].id, amount=amount, source=Source(key)))
        assert (moved.entry_id, moved.amount) == (entry, amount)

    @precondition(lambda self: self.spends)
    @rule(pick=picks, amount=st.one_of(st.none(), amounts))
    def gets_back(self, pick: int, amount: int | None) -> None:
        taken = self.spends[pick % len(self.spends)]
        wanted = taken.left if amount is None else amount
        work = spend.refund(self.place.id, taken.entry, amount=amount, source=Source(self.key("refund")))
        if not 1 <= wanted <= taken.left:
            self.refused(RefundTooLarge, work)
        else:
            self.do(work)
            self.books[taken.member].end(self.now)
            self.books[taken.member].give_back(taken, wanted, self.now)

    @rule(who=members, amount=amounts, hours=st.sampled_from([1, 30, 24 * 20]))
    def freezes(self, who: int, amount: int, hours: int) -> None:
        books = self.books[who]
        # Time passes in whole hours. The minute keeps the running clock from deciding.
        lasts_s = hours * 3600 - 60
        work = holds.freeze(
            self.place.id, self.people[who].id, amount=amount, lasts_s=lasts_s, source=Source(self.key("hold")),
        )  # fmt: skip
        if books.debt:
            self.refused(InDebt, work)
        elif books.balance(self.now) < amount:
            self.refused(InsufficientPoints, work)
        else:
            hold = self.do(work)
            books.end(self.now)
            taken = Taken(who, books.take(amount, self.now), hold=hold.id, until=self.now + timedelta(seconds=lasts_s))
            self.holds.append(taken)

    @precondition(lambda self: self.holds)
    @rule(pick=picks, part=st.integers(1, 4))
    def captures(self, pick: int, part: int) -> None:
        taken = self.holds[pick % len(self.holds)]
        if taken.state == "CAPTURED":
            return
        amount = max(1, taken.left * part // 4) if taken.state == "OPEN" else 1
        work = holds.capture(self.place.id, taken.hold, amount=amount)
        if taken.state != "OPEN" or taken.until <= self.now:
            self.refused(HoldResolved, work)
            return
        hold = self.do(work)
        books = self.books[taken.member]
        if taken.left > amount:
            books.end(self.now)
            books.give_back(taken, taken.left - amount, self.now)
        taken.state, taken.entry = "CAPTURED", hold.capture_id
        self.spends.append(taken)

    @precondition(lambda self: self.holds)
    @rule(pick=picks)
    def releases(self, pick: int) -> None:
        taken = self.holds[pick % len(self.holds)]
        work = holds.release(self.place.id, taken.hold)
        if taken.state == "CAPTURED":
            self.refused(HoldResolved, work)
            return
        self.do(work)
        if taken.state == "OPEN":
            taken.state = "RELEASED"
            self.books[taken.member].end(self.now)
            self.books[taken.member].give_back(taken, taken.left, self.now)

    @rule()
    def holds_time_out(self) -> None:
        self.do(holds.time_out_due_holds())
        for taken in self.holds:
            if taken.state == "OPEN" and taken.until <= self.now:
                taken.state = "TIMED_OUT"
                self.books[taken.member].end(self.now)
                self.books[taken.member].give_back(taken, taken.left, self.now)

    @rule()
    def points_end(self) -> None:
        due = sum(lot.left for books in self.books for lot in books.lots if lot.ends <= self.now)
        assert self.do(expiry.expire_due_lots()) <= due
        for books in self.books:
            books.end(self.now)

    @precondition(lambda self: self.awards)
    @rule(pick=picks)
    def is_clawed_back(self, pick: int) -> None:
        key, who, lot, amount = self.awards.pop(pick % len(self.awards))
        books = self.books[who]
        books.end(self.now)
        wanted = amount - lot.ended
        assert self.do(claw_back(self.place.id, key)) == wanted
        assert self.do(claw_back(self.place.id, key)) == 0
        missing = wanted - sum(part for _, part in books.take(wanted, self.now, first=lot))
        books.debt += missing

    @rule(who=members, amount=st.integers(-40, 40).filter(bool))
    def is_adjusted(self, who: int, amount: int) -> None:
        books = self.books[who]
        work = adjustments.adjust(self.place.leader, self.people[who].id, amount=amount, reason="盘点")
        if amount < 0 and books.balance(self.now) < -amount:
            self.refused(InsufficientPoints, work)
            return
        self.do(work)
        books.end(self.now)
        if amount > 0:
            lot = Lot(amount, self.ends())
            books.lots.append(lot)
            books.repay([lot], amount)
        else:
            books.take(-amount, self.now)

    @invariant()
    def both_books_agree(self) -> None:
        if self.place is None:
            return
        for person, books in zip(self.people, self.books, strict=True):
            found = self.do(bank.get_account(person))
            assert (found.balance, found.debt, found.growth) == (
                books.balance(self.now), books.debt, books.growth,
            )  # fmt: skip
            frozen = [taken for taken in self.list_frozen() if self.people[taken.member] is person]
            held = sum(taken.left for taken in frozen if taken.state == "OPEN")
            assert found.held == held
            lots = [(end, left) for end, left in self.do(bank.list_lots(person)) if end > self.now]
            assert sorted(lots) == sorted((lot.ends, lot.left) for lot in books.live(self.now))
