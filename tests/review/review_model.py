"""The models of submissions and of members with sanctions, before leaders."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.review.comment_model import Comment
from tests.review.judged_model import Case, Judged, Subject

PUBLIC_STATES = ("PUBLISHED", "PENDING_SCREENING", "IN_REVIEW", "RETURNED", "REJECTED")


@dataclass
class Removal:
    """The submission before its removal."""

    state: str
    published: int | None
    by: int


@dataclass(kw_only=True)
class Post(Judged):
    """A submission. `seen` is the version that leaders see. `rejections` and `removals` count those so far.

    `bad` are the revisions with a listed word, and `allowed` those whose appeals were granted.
    """

    state: str = "DRAFT"
    needs_two: bool = False
    version: int = 1
    seen: int = 1
    was_published: bool = False
    likes: set[int] = field(default_factory=set)
    rejected_by: int | None = None
    rejections: int = 0
    removal: Removal | None = None
    removals: int = 0
    decisions: int = 0
    bad: set[int] = field(default_factory=set)
    allowed: set[int] = field(default_factory=set)

    @property
    def is_paid(self) -> bool:
        return self.was_published and self.state not in {"WITHDRAWN", "REMOVED"}

    def is_hidden(self) -> bool:
        return self.state == "REMOVED"

    def change(self, *, sent: bool = True) -> bool:
        self.version += 1
        if sent:
            self.seen = self.version
        return True

    def settle(self) -> None:
        """Do what the workers do: the intake, then the screening."""
        self.end_appeals()
        if self.state == "PENDING_SCREENING":
            is_blocked = self.latest in self.bad - self.allowed
            self.state = "RETURNED" if is_blocked else "IN_REVIEW"
            self.change()
        waiting = self.cases.get("REVISION")
        if waiting and (self.state != "IN_REVIEW" or waiting.revision != self.latest):
            del self.cases["REVISION"]
        self.end_reports()
        self.end_appeals()
        if self.state == "IN_REVIEW" and "REVISION" not in self.cases:
            self.cases["REVISION"] = Case("REVISION", self.latest)

    def is_in_force(self, subject: Subject) -> bool:
        kind, number = subject
        if kind == "REMOVAL":
            return self.state == "REMOVED" and number == self.removals
        if kind == "BLOCK":
            return self.state == "RETURNED" and number == self.latest and number in self.bad - self.allowed
        return self.state == "REJECTED" and number == self.rejections

    def get_decider(self, subject: Subject) -> int | None:
        if subject[0] == "REMOVAL":
            return self.removal.by if self.removal else None
        return self.rejected_by if subject[0] == "DECISION" else None

    def grant(self, case: Case) -> None:
        assert case.subject is not None
        match case.subject:
            case ("REMOVAL", _):
                self.restore(self.seen)
            case ("BLOCK", revision):
                self.allowed.add(revision)
                self.state = "PENDING_SCREENING"
                self.change()
            case _:
                self.state = "IN_REVIEW"
                self.change()
                self.cases["REVISION"] = Case("REVISION", self.latest, excluded=case.excluded)

    def take_down(self, leader: int) -> bool:
        return self.remove(leader, self.seen)

    # Steps of the author.

    def edit(self, version: int, is_bad: bool, is_muted: bool) -> bool:
        unsent = self.state in {"DRAFT", "RETURNED"}
        may = unsent or self.state in {"PENDING_SCREENING", "IN_REVIEW", "PUBLISHED"}
        if version != self.version or not (may or (self.state == "REJECTED" and self.published)):
            return False
        if is_muted and not unsent:
            return False
        self.latest += 1
        if is_bad:
            self.bad.add(self.latest)
        self.state = self.state if unsent else "PENDING_SCREENING"
        return self.change(sent=not unsent)

    def submit(self, version: int, is_muted: bool) -> bool:
        if version != self.version or self.state not in {"DRAFT", "RETURNED"} or is_muted:
            return False
        self.state = "PENDING_SCREENING"
        return self.change()

    def withdraw(self, version: int) -> bool:
        if version != self.version or self.state in {"WITHDRAWN", "REMOVED"}:
            return False
        self.state, self.published = "WITHDRAWN", None
        return self.change()

    # Steps of others.

    def like(self, who: int) -> bool:
        if self.published is None:
            return False
        self.likes.add(who)
        return True

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
            self.rejected_by = leader
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


@dataclass
class Sanction:
    """A sanction. `by` is its giver."""

    kind: str
    by: int
    in_force: bool = True


@dataclass(kw_only=True)
class Member(Judged):
    """A member with the sanctions that leaders gave. Their number is that of the list."""

    sanctions: list[Sanction] = field(default_factory=list)

    @property
    def is_muted(self) -> bool:
        return any(sanction.kind == "MUTE" and sanction.in_force for sanction in self.sanctions)

    def settle(self) -> None:
        """Do nothing, because each step has its consequences in its transaction."""

    def get_key(self, subject: Subject) -> str:
        return f"APPEAL {subject[1]}"

    def is_in_force(self, subject: Subject) -> bool:
        return self.sanctions[subject[1]].in_force

    def get_decider(self, subject: Subject) -> int | None:
        return self.sanctions[subject[1]].by

    def grant(self, case: Case) -> None:
        assert case.subject is not None
        self.sanctions[case.subject[1]].in_force = False

    def give(self, leader: int, kind: str) -> bool:
        self.sanctions.append(Sanction(kind, leader))
        return True

    def lift(self, number: int) -> bool:
        if not self.sanctions[number].in_force:
            return False
        self.sanctions[number].in_force = False
        self.end_appeals()
        return True


@dataclass
class World:
    """All that leaders judge."""

    members: list[Member]
    posts: list[Post] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)

    @property
    def things(self) -> list[Post | Comment | Member]:
        return [*self.posts, *self.comments, *self.members]
