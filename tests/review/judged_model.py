"""A model of what leaders judge, with its cases, reports and appeals. It shares no code with the service.

Each step is a method that returns True and changes the model, or returns False if the service must refuse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Subject = tuple[str, int]


@dataclass
class Case:
    """An open case. `excluded`, `claimed` and `opinion` are leaders."""

    kind: str
    revision: int
    excluded: int | None = None
    claimed: int | None = None
    version: int = 1
    subject: Subject | None = None
    number: int | None = None
    opinion: int | None = None

    @property
    def has_words(self) -> bool:
        """The case is about a text, whose words are searched."""
        return self.subject is None or self.subject[0] not in {"REMOVAL", "SANCTION"}


@dataclass(kw_only=True)
class Judged:
    """A submission, a comment, or a member with sanctions. `published` is the revision that others read.

    `appealed` has the subjects whose appeals are open or answered, and `outcomes` those of all ended appeals.
    """

    author: int
    published: int | None = None
    latest: int = 1
    cases: dict[str, Case] = field(default_factory=dict)
    reports: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    appealed: set[Subject] = field(default_factory=set)
    outcomes: list[str] = field(default_factory=list)

    def is_in_force(self, subject: Subject) -> bool:
        raise NotImplementedError

    def get_decider(self, subject: Subject) -> int | None:
        """Return the leader whose action the appeal is about, or None."""
        raise NotImplementedError

    def grant(self, case: Case) -> None:
        """Reverse what the appeal of a case is about."""
        raise NotImplementedError

    def take_down(self, leader: int) -> bool:
        """Remove or hide what is public, as an upheld report does."""
        raise NotImplementedError

    def is_hidden(self) -> bool:
        """Return True if a leader took it down."""
        raise NotImplementedError

    def get_key(self, subject: Subject) -> str:
        """Return the key of the case of an appeal."""
        del subject
        return "APPEAL"

    def end_reports(self) -> None:
        case = self.cases.get("REPORT")
        if case and case.revision != self.published:
            del self.cases["REPORT"]
            self.answer_reports("UPHELD" if self.is_hidden() else "ENDED")

    def answer_reports(self, state: str) -> None:
        for report in self.reports.values():
            if report[1] == "OPEN":
                report[1] = state

    def end_appeals(self) -> None:
        for key, case in list(self.cases.items()):
            if case.subject is not None and not self.is_in_force(case.subject):
                del self.cases[key]
                self.appealed.discard(case.subject)
                self.outcomes.append("ENDED")

    def report(self, who: int, category: str, is_muted: bool) -> bool:
        if self.published is None or self.is_hidden() or who == self.author or is_muted:
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

    def appeal(self, subject: Subject) -> bool:
        if subject in self.appealed or not self.is_in_force(subject):
            return False
        self.appealed.add(subject)
        self.cases[self.get_key(subject)] = Case(
            "APPEAL", self.latest, excluded=self.get_decider(subject), subject=subject
        )
        return True

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

    def answer(self, leader: int, number: int, version: int, granted: bool) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None or case.subject is None or (granted and not self.is_in_force(case.subject)):
            return False
        del self.cases[self.get_key(case.subject)]
        self.outcomes.append("GRANTED" if granted else "DENIED")
        if granted:
            self.grant(case)
        return True

    def uphold(self, leader: int, number: int, version: int) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None or case.revision != self.published or self.is_hidden():
            return False
        del self.cases["REPORT"]
        self.answer_reports("UPHELD")
        return self.take_down(leader)

    def dismiss(self, leader: int, number: int, version: int) -> bool:
        case = self.may_decide(leader, number, version)
        if case is None or case.revision != self.published or self.is_hidden():
            return False
        del self.cases["REPORT"]
        self.answer_reports("DISMISSED")
        return True
