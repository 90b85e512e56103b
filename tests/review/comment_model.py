"""The model of a comment before leaders."""

from __future__ import annotations

from dataclasses import dataclass

from tests.review.judged_model import Case, Judged, Subject


@dataclass(kw_only=True)
class Comment(Judged):
    """A comment. `pending` is the revision that waits for a leader."""

    state: str = "WAITING"
    pending: int | None = 1
    hidings: int = 0
    hidden_by: int | None = None

    def settle(self) -> None:
        """Do nothing, because each step has its consequences in its transaction."""

    def is_hidden(self) -> bool:
        return self.state == "HIDDEN"

    def is_in_force(self, subject: Subject) -> bool:
        return self.state == "HIDDEN" and subject[1] == self.hidings

    def get_decider(self, subject: Subject) -> int | None:
        del subject
        return self.hidden_by

    def grant(self, case: Case) -> None:
        del case
        self.restore()

    def take_down(self, leader: int) -> bool:
        return self.hide(leader)

    def end_pending(self) -> None:
        self.pending = None
        self.cases.pop("COMMENT", None)

    def edit(self, is_muted: bool) -> bool:
        if self.state not in {"WAITING", "PUBLISHED"} or is_muted:
            return False
        self.latest += 1
        self.pending = self.latest
        self.cases["COMMENT"] = Case("COMMENT", self.latest)
        return True

    def delete(self) -> bool:
        if self.state == "DELETED":
            return False
        self.state, self.published = "DELETED", None
        self.end_pending()
        self.end_reports()
        self.end_appeals()
        return True

    def decide(self, leader: int, number: int, version: int, is_approved: bool) -> bool:
        if self.may_decide(leader, number, version) is None:
            return False
        if is_approved:
            self.state, self.published = "PUBLISHED", self.pending
        elif self.state == "WAITING":
            self.state = "REFUSED"
        self.end_pending()
        self.end_reports()
        return True

    def hide(self, leader: int) -> bool:
        if self.state != "PUBLISHED":
            return False
        self.state, self.hidden_by = "HIDDEN", leader
        self.hidings += 1
        self.end_pending()
        if "REPORT" in self.cases:
            del self.cases["REPORT"]
            self.answer_reports("UPHELD")
        return True

    def restore(self) -> bool:
        if self.state != "HIDDEN":
            return False
        self.state = "PUBLISHED"
        self.end_appeals()
        return True
