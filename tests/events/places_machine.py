"""A state machine of an activity whose members come and go. A simple model says who has a place."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from community.accounts import people
from community.communities import memberships
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.communities.settings import JoiningPolicy
from community.events import entering
from community.events.kinds import EventKind, EventState
from community.kernel.errors import Refusal
from community.kernel.personal import ErasureContent
from community.review import sanctions
from community.submissions import removal
from tests.privacy.test_erasing import erase
from tests.support.contests import hold
from tests.support.effects import run_all_effects
from tests.support.machines import Machine, picks
from tests.support.story import create_community, list_rows, run_concurrently

RESIDENTS = 7
CAPACITY = 2
LEFT, REMOVED, SUSPENDED, ERASED = range(4)


class Activity(Machine):
    """An activity with two places. The effects that give places up run in a step of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[int, str] = {}
        self.owners: dict[int, int] = {}
        self.gone: dict[int, int] = {}
        self.unsettled: list[int] = []

    @initialize()
    def build(self) -> None:
        self.place = self.do(create_community(residents=RESIDENTS, joining=JoiningPolicy.OPEN))
        self.event = self.do(hold(self.place.leader, EventState.OPEN, EventKind.ACTIVITY, capacity=CAPACITY))

    @rule(given=st.lists(picks, min_size=1, max_size=4))
    def sign_up(self, given: list[int]) -> None:
        """Sign up members at the same time."""
        members = list({self._member(pick).id: self._member(pick) for pick in given}.values())
        rows = self.do(run_concurrently(*(entering.enter(member, self.event.id) for member in members)))
        for member, row in zip(members, rows, strict=True):
            assert isinstance(row, Refusal) is (member.id in self.gone), row
            assert isinstance(row, Refusal) or not isinstance(row, BaseException), row
        new = {row.id: row.membership_id for row in rows if not isinstance(row, Refusal) and row.id not in self.owners}
        for entry in sorted(new):
            self.owners[entry] = new[entry]
            self._place(entry)

    @precondition(lambda self: self._list("ENTERED", "WAITING"))
    @rule(pick=picks)
    def withdraw(self, pick: int) -> None:
        """Withdraw an entry that takes part or waits."""
        if (entry := self._pick(pick, "ENTERED", "WAITING")) is not None and self.owners[entry] not in self.gone:
            self.do(entering.withdraw(self._owner(entry), entry))
            self._end(entry, "WITHDRAWN")

    @precondition(lambda self: self._list("ENTERED", "WAITING"))
    @rule(pick=picks)
    def disqualify(self, pick: int) -> None:
        """Disqualify an entry, also one whose member is gone."""
        if (entry := self._pick(pick, "ENTERED", "WAITING")) is not None:
            self.do(entering.disqualify(self._leader(), entry, reason="占位"))
            self._end(entry, "DISQUALIFIED")

    @precondition(lambda self: self._list("DISQUALIFIED"))
    @rule(pick=picks)
    def reinstate(self, pick: int) -> None:
        """Reverse a disqualification."""
        if (entry := self._pick(pick, "DISQUALIFIED")) is not None:
            self.do(entering.reinstate(self._leader(), entry))
            self._place(entry)
            self.unsettled.append(self.owners[entry])

    @rule(pick=picks, way=st.sampled_from((LEFT, LEFT, REMOVED, SUSPENDED, SUSPENDED, ERASED)))
    def go(self, pick: int, way: int) -> None:
        """End a membership, or suspend or erase its person."""
        member = self._member(pick)
        if member.id in self.gone:
            return
        if way == LEFT:
            self.do(removal.leave_community(member))
        elif way == REMOVED:
            content = SanctionContent(SanctionKind.REMOVAL, "广告", None)
            self.do(sanctions.give(self._leader(), member.id, content=content))
        elif way == SUSPENDED:
            self.do(people.ban(member.person_id, reason="广告"))
        else:
            self.do(erase(member.person_id, ErasureContent.ANONYMISE))
        self.gone[member.id] = way
        self.unsettled.append(member.id)
        if way == ERASED:
            self.settle()

    @precondition(lambda self: self.gone)
    @rule(pick=picks)
    def come_back(self, pick: int) -> None:
        """Let a member join again, or end a suspension."""
        gone = sorted(self.gone)
        member = self._find(gone[pick % len(gone)])
        way = self.gone[member.id]
        if way == LEFT:
            self.do(memberships.join_open(member.person_id, community_id=member.community_id))
        elif way == SUSPENDED:
            self.do(people.unban(member.person_id))
        if way in {LEFT, SUSPENDED}:
            del self.gone[member.id]

    @rule()
    def settle(self) -> None:
        """Run the effects. The places of those who are gone go to those who wait."""
        self.do(run_all_effects(self.settings))
        for member_id in self.unsettled:
            entry = next((one for one in self._list("ENTERED", "WAITING") if self.owners[one] == member_id), None)
            if member_id in self.gone and entry is not None:
                self._end(entry, "WITHDRAWN")
        self.unsettled.clear()

    @invariant()
    def agrees(self) -> None:
        """No place is given twice, and none stays free while a member waits."""
        if self.place is not None:
            rows = self.do(list_rows("event_entry"))
            assert {row["id"]: row["state"] for row in rows} == self.states
            assert len(self._list("ENTERED")) <= CAPACITY

    def _member(self, pick: int) -> MemberRow:
        assert self.place is not None
        return self.place.residents[pick % RESIDENTS]

    def _leader(self) -> MemberRow:
        assert self.place is not None
        return self.place.leader

    def _owner(self, entry: int) -> MemberRow:
        return self._find(self.owners[entry])

    def _find(self, member_id: int) -> MemberRow:
        assert self.place is not None
        return next(member for member in self.place.residents if member.id == member_id)

    def _list(self, *states: str) -> list[int]:
        return sorted(entry for entry, state in self.states.items() if state in states)

    def _pick(self, pick: int, *states: str) -> int | None:
        # By member: the order in which members who sign up at the same time get their entries is by chance.
        found = sorted(self._list(*states), key=self.owners.__getitem__)
        return found[pick % len(found)] if found else None

    def _place(self, entry: int) -> None:
        self.states[entry] = "ENTERED" if len(self._list("ENTERED")) < CAPACITY else "WAITING"

    def _end(self, entry: int, state: str) -> None:
        self.states[entry] = state
        while len(self._list("ENTERED")) < CAPACITY and self._list("WAITING"):
            self.states[self._list("WAITING")[0]] = "ENTERED"
