"""A model of one submission with its cases, reports and appeals, in plain Python that shares no code with the service.

Each step is a method that returns True and changes the model, or returns False if the service must refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PUBLIC_STATES = ("PUBLISHED", "PENDING_SCREENING", "IN_REVIEW", "RETURNED", "REJECTED")


@dataclass
class Case:
    """An open case. `excluded`, `claimed` and `opinion` are leaders."""

    kind: str
    revision: int
    excluded: int | None = None
    claimed: int | None = None
    version: int = 1
    subject: tuple[str, int] | None = None
    number: int | None = None
    opinion: int | None = None

    @property
    def has_words(self) -> bool:
        """The case is about a revision, whose words are searched."""
        return self.kind != "APPEAL" or (self.subject is not None and self.subject[0] == "DECISION")


@dataclass
class Removal:
    """The submission before its removal."""

    state: str
    published: int | None
    by: int


@dataclass
class Post:
    """A submission. `seen` is the version that leaders see. `rejections` and `removals` count those so far."""

    author: int
    state: str = "DRAFT"
    needs_two: bool = False
    version: int = 1
    seen: int = 1
    latest: int = 1
    published: int | None = None
    was_published: bool = False
    likes: set[int] = field(default_factory=set)
    cases: dict[str, Case] = field(default_factory=dict)
    reports: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    rejected: tuple[int, int] | None = None
    rejections: int = 0
    removal: Removal | None = None
    removals: int = 0
    decisions: int = 0
    appealed: set[tuple[str, int]] = field(default_factory=set)

    @property
    def is_paid(self) -> bool:
        return self.was_published and self.state not in {"WITHDRAWN", "REMOVED"}

    def change(self, *, sent: bool = True) -> bool:
        self.version += 1
        if sent:
            self.seen = self.version
        return True

    def settle(self) -> None:
        """Do what the workers do."""
        if self.state == "PENDING_SCREENING":
            self.state = "IN_REVIEW"
            self.change()
        waiting = self.cases.get("REVISION")
        if waiting and (self.state != "IN_REVIEW" or waiting.revision != self.latest):
            del self.cases["REVISION"]
        self.end_reports()
        appeal = self.cases.get("APPEAL")
        if appeal and not self.is_in_force(appeal.subject):
            del self.cases["APPEAL"]
        if self.state == "IN_REVIEW" and "REVISION" not in self.cases:
            self.cases["REVISION"] = Case("REVISION", self.latest)

    def end_reports(self) -> None:
        case = self.cases.get("REPORT")
        if case and case.revision != self.published:
            del self.cases["REPORT"]
            self.answer_reports("UPHELD" if self.state == "REMOVED" else "ENDED")

    def answer_reports(self, state: str) -> None:
        for report in self.reports.values():
            if report[1] == "OPEN":
                report[1] = state

    def is_in_force(self, subject: tuple[str, int] | None) -> bool:
        assert subject is not None
        kind, number = subject
        if kind == "REMOVAL":
            return self.state == "REMOVED" and number == self.removals
        return self.state == "REJECTED" and number == self.rejections

    # Steps of the author.

    def edit(self, version: int) -> bool:
        unsent = self.state in {"DRAFT", "RETURNED"}
        may = unsent or self.state in {"PENDING_SCREENING", "IN_REVIEW", "PUBLISHED"}
        if version != self.version or not (may or (self.state == "REJECTED" and self.published)):
            return False
        self.latest += 1
        self.state = self.state if unsent else "PENDING_SCREENING"
        return self.change(sent=not unsent)

    def submit(self, version: int) -> bool:
        if version != self.version or self.state not in {"DRAFT", "RETURNED"}:
            return False
        self.state = "PENDING_SCREENING"
        return self.change()

    def withdraw(self, version: int) -> bool:
        if version != self.version or self.state in {"WITHDRAWN", "REMOVED"}:
            return False
        self.state, self.published = "WITHDRAWN", None
        return self.change()

    def appeal(self, subject: tuple[str, int]) -> bool:
        if subject in self.appealed or not self.is_in_force(subject):
            return False
        self.appealed.add(subject)
        by_removal = subject[0] == "REMOVAL"
        assert self.removal or self.rejected
        decider = self.removal.by if by_removal and self.removal else self.rejected[1] if self.rejected else None
        self.cases["APPEAL"] = Case("APPEAL", self.latest, excluded=decider, subject=subject)
        return True

    # Steps of another resident.

    def like(self, who: int) -> bool:
        if self.published is None:
            return False
        self.likes.add(who)
        return True

    def report(self, who: int, category: str) -> bool:
        if self.published is None or who == self.author:
            return False
        self.end_reports()
        if (who, self.published) in self.reports:
            return False
        same = [
            state for (_, revision), (ground, state) in self.reports.items()
            if revision == self.published and ground == category
        ]  # fmt: skip
        if "UPHELD" in same or "DISMISSED" in same:
            self.reports[who, self.published] = [category, "DISMISSED"]
            return True
        case = self.cases.setdefault("REPORT", Case("REPORT", self.published))
        if any(state == "OPEN" for _, state in self.reports.values()) and "OPEN" not in same:
            case.version += 1  # A leader must read the new ground.
        self.reports[who, self.published] = [category, "OPEN"]
        return True

    # Steps of leaders.

    def may_decide(self, leader: int, number: int, version: int | None = None) -> Case | None:
        case = next((case for case in self.cases.values() if case.number == number), None)
        if case is None or leader == case.excluded or case.claimed not in {None, leader}:
            return None
        return case if version in {None, case.version} else None

    def claim(self, leader: int, number: int) -> bool:
        case = self.may_decide(leader, number)
        if case is not None:
            case.claimed = leader
        return case is not None

    def release(self, leader: int, number: int) -> bool:
        case = self.may_decide(leader, number)
        if case is not None:
            case.claimed = None
        return case is not None

    def decide(self, leader: int, number: int, version: int, verdict: str) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None or self.state != "IN_REVIEW" or case.revision != self.latest:
            return False
        if verdict == "PUBLISHED" and self.needs_two:
            if case.opinion is None:
                case.opinion, case.claimed = leader, None
                return True
            if case.opinion == leader:
                return False
        del self.cases["REVISION"]
        self.state = verdict
        self.decisions += 1
        if verdict == "PUBLISHED":
            self.published, self.was_published = self.latest, True
            self.end_reports()
        elif verdict == "REJECTED":
            self.rejections += 1
            self.rejected = (self.latest, leader)
        return self.change()

    def remove(self, leader: int, version: int) -> bool:
        if version != self.seen or self.state not in PUBLIC_STATES:
            return False
        self.removal = Removal(self.state, self.published, leader)
        self.removals += 1
        self.state, self.published = "REMOVED", None
        # An edit that was not sent stays unsent.
        unsent = self.version - self.seen
        self.change()
        self.seen -= unsent
        return True

    def restore(self, version: int) -> bool:
        if version != self.seen or self.state != "REMOVED" or self.removal is None:
            return False
        unsent = self.version - self.seen
        self.state, self.published = self.removal.state, self.removal.published
        self.change()
        self.seen -= unsent
        if self.state == "IN_REVIEW":
            self.cases.setdefault("REVISION", Case("REVISION", self.latest))
        return True

    def answer(self, leader: int, number: int, version: int, granted: bool) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None:
            return False
        if granted:
            if not self.is_in_force(case.subject):
                return False
            if case.subject and case.subject[0] == "REMOVAL":
                self.restore(self.seen)
            else:
                self.state = "IN_REVIEW"
                self.change()
                self.cases["REVISION"] = Case("REVISION", self.latest, excluded=case.excluded)
        del self.cases["APPEAL"]
        return True

    def uphold(self, leader: int, number: int, version: int) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None or case.revision != self.published or not self.remove(leader, self.seen):
            return False
        del self.cases["REPORT"]
        self.answer_reports("UPHELD")
        return True

    def dismiss(self, leader: int, number: int, version: int) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None or case.revision != self.published:
            return False
        del self.cases["REPORT"]
        self.answer_reports("DISMISSED")
        return True
