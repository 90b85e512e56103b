"""The steps that members may try with a submission, a comment or a sanctioned member: each with its call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import editing, ending, moderation
from community.conversation.queries import CommentRow
from community.conversation.rules import normalise_content
from community.review import handling, restoring, sanctions
from community.review import service as review
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.models import ThingKind
from community.review.queries import CaseRow, find_case
from community.review.rules import Approval
from community.safety.checks import Screening
from community.safety.facts import Finding, Level, Reason, Verdict
from community.submissions import removal, write
from community.submissions.checks import get_visible_version
from community.submissions.queries import SubmissionRow
from community.submissions.reactions import likes
from tests.review.comment_model import Comment
from tests.review.judged_model import Judged
from tests.review.review_model import Member, Post, World
from tests.support.story import FAIR_SCORES, SampleCommunity, list_rows, make_content

BAD_WORD = "代购"
MAX_SANCTIONS = 3
GROUNDS = ReportCategory.FALSE, ReportCategory.ADVERTISEMENT


@dataclass
class Step:
    """One call, and the same in the model."""

    name: str
    foresee: Callable[[World], bool]
    call: Callable[[], Awaitable[object]]


async def list_sanctions(member: MemberRow) -> list[dict[str, Any]]:
    """Return the sanctions of a member, the oldest first."""
    return [one for one in await list_rows("sanction") if one["membership_id"] == member.id]


async def _list_own(table: str, **where: object) -> list[int]:
    """Return the ids of the rows with these values, the oldest first."""
    return [one["id"] for one in await list_rows(table) if where.items() <= one.items()]


class Steps:
    """The steps about the thing at `index` of the world."""

    def __init__(self, place: SampleCommunity, world: World, index: int) -> None:
        self.place, self.world, self.index = place, world, index
        self.listed: list[Step] = []
        thing = world.things[index]
        self.author, self.stranger = place.residents[thing.author], 1 - thing.author
        self.other = place.residents[self.stranger]

    def add(self, name: str, foresee: Callable[[Any, World], bool], call: Callable[[], Awaitable[object]]) -> None:
        self.listed.append(Step(name, lambda world: foresee(world.things[self.index], world), call))

    async def add_post(self, post: Post, row: SubmissionRow) -> None:
        """Add the steps with a submission, which is now this row."""
        author, who, own = self.author, post.author, {"version": row.version}
        version, seen = post.version, post.seen
        for is_bad, content in ((False, make_content()), (True, make_content(text=BAD_WORD))):
            self.add("edit", lambda p, w, bad=is_bad: p.edit(version, bad, w.members[who].is_muted),
                lambda content=content: write.edit(author, row.id, **own, content=content))  # fmt: skip
        self.add("submit", lambda p, w: p.submit(version, w.members[who].is_muted),
            lambda: write.submit(author, row.id, **own))  # fmt: skip
        self.add("withdraw", lambda p, _: p.withdraw(version), lambda: removal.withdraw(author, row.id, **own))
        self.add("like", lambda p, _: p.like(self.stranger), lambda: likes.like(self.other, row.id))
        self._add_reports(lambda ground: reports.report(self.other, row.id, category=ground, text=None))
        for subject, number, id_ in await self._list_subjects(row):
            self._add_appeal(subject, number, id_)
        for number, leader in enumerate(self.place.leaders):
            shown = {"version": get_visible_version(row, leader), "reason": "广告"}
            self.add("remove", lambda p, _, n=number: p.remove(n, seen),
                lambda by=leader, shown=shown: removal.remove(by, row.id, **shown))  # fmt: skip
            self.add("restore", lambda p, _: p.restore(seen),
                lambda by=leader, shown=shown: restoring.restore(by, row.id, **shown))  # fmt: skip
        await self._add_cases(post)

    async def _list_subjects(self, row: SubmissionRow) -> list[tuple[AppealedAction, int, int]]:
        cases = await _list_own("review_case", submission_id=row.id)
        decided = [one["id"] for one in await list_rows("review_decision")
                   if one["verdict"] == "REJECTED" and one["case_id"] in cases]  # fmt: skip
        removed = await _list_own("submission_removal", submission_id=row.id)
        listed = [(AppealedAction.DECISION, decided), (AppealedAction.REMOVAL, removed)]
        blocked = await _list_own("screening", submission_id=row.id, verdict="BLOCK")
        screened = [one for one in await list_rows("screening") if one["id"] in blocked[-1:]]
        revisions = {one["id"]: one["number"] for one in await list_rows("submission_revision")}
        return [
            *((subject, len(ids), ids[-1]) for subject, ids in listed if ids),
            *((AppealedAction.BLOCK, revisions[one["revision_id"]], one["id"]) for one in screened),
        ]

    async def add_comment(self, comment: Comment, row: CommentRow) -> None:
        """Add the steps with a comment, which is now this row."""
        found = Screening(Verdict.REVIEW, [Finding(Level.REVIEW, Reason.PLATFORM_FAILED)])
        content = normalise_content(f"番茄{row.id}改{row.latest_revision}")
        self.add("edit", lambda c, w: c.edit(w.members[comment.author].is_muted),
            lambda: editing.edit(self.author, row.id, content=content, found=found, is_awaited=False))  # fmt: skip
        self.add("delete", lambda c, _: c.delete(), lambda: ending.delete(self.author, row.id))
        self._add_reports(
            lambda ground: reports.report_thing(self.other, row.id, kind=ThingKind.COMMENT, category=ground, text=None)
        )
        hidings = await _list_own("comment_hiding", comment_id=row.id)
        if hidings:
            self._add_appeal(AppealedAction.HIDING, len(hidings), hidings[-1])
        for number, leader in enumerate(self.place.leaders):
            self.add("hide", lambda c, _, n=number: c.hide(n),
                lambda by=leader: moderation.hide(by, row.id, reason="广告"))  # fmt: skip
            self.add("restore", lambda c, _: c.restore(), lambda by=leader: moderation.restore(by, row.id))
        await self._add_cases(comment)

    async def add_member(self, member: Member) -> None:
        """Add the steps with the sanctions of a member."""
        given = await list_sanctions(self.author)
        for number, leader in enumerate(self.place.leaders):
            for kind in (SanctionKind.WARNING, SanctionKind.MUTE):
                content = SanctionContent(kind, "广告", 7)
                if len(given) < MAX_SANCTIONS:
                    self.add("give", lambda m, _, n=number, kind=kind: m.give(n, kind),
                        lambda by=leader, content=content: sanctions.give(
                            by, self.author.id, content=content))  # fmt: skip
            for index, row in enumerate(given):
                self.add("lift", lambda m, _, i=index: m.lift(i),
                    lambda by=leader, id_=row["id"]: sanctions.lift(by, id_, reason="误会"))  # fmt: skip
        for index, row in enumerate(given):
            self._add_appeal(AppealedAction.SANCTION, index, row["id"])
        await self._add_cases(member)

    def _add_reports(self, call: Callable[[ReportCategory], Awaitable[object]]) -> None:
        for ground in GROUNDS:
            self.add("report", lambda j, w, g=ground: j.report(self.stranger, g, w.members[self.stranger].is_muted),
                lambda g=ground: call(g))  # fmt: skip

    def _add_appeal(self, subject: AppealedAction, number: int, id_: int) -> None:
        self.add("appeal", lambda j, _: j.appeal((subject.value, number)),
            lambda: appeals.open_appeal(self.author, id_, subject=subject, text="请再看看"))  # fmt: skip

    async def _add_cases(self, thing: Judged) -> None:
        for number, leader in enumerate(self.place.leaders):
            for known in thing.cases.values():
                assert known.number is not None
                case = await find_case(known.number)
                assert case is not None
                self._add_case(number, leader, case, known.version)

    def _add_case(self, number: int, leader: MemberRow, case: CaseRow, known: int) -> None:
        """Add the steps of a leader with a case, whose version in the model is `known`."""
        id_, version = case.id, case.version
        self.add("claim", lambda j, _: j.claim(number, id_), lambda: handling.claim(leader, id_))
        self.add("release", lambda j, _: j.release(number, id_), lambda: handling.release(leader, id_))
        judge = {
            "REVISION": {
                "PUBLISHED": lambda: review.approve(leader, id_, version=version, approval=Approval(FAIR_SCORES)),
                "RETURNED": lambda: review.send_back(leader, id_, version=version, what_to_change="补充"),
                "REJECTED": lambda: review.reject(leader, id_, version=version, reason="无关"),
            },
            "COMMENT": {
                True: lambda: moderation.approve(leader, id_, version=version),
                False: lambda: moderation.refuse(leader, id_, version=version, reason="广告"),
            },
        }  # fmt: skip
        for verdict, call in judge.get(case.kind, {}).items():
            self.add(f"judge {verdict}", lambda j, _, v=verdict: j.decide(number, id_, known, v), call)
        if case.kind == "APPEAL":
            for granted in (True, False):
                self.add("answer", lambda j, _, g=granted: j.answer(number, id_, known, g),
                    lambda g=granted: appeals.answer(
                        leader, id_, version=version, granted=g, reason="看过了"))  # fmt: skip
        elif case.kind == "REPORT":
            self.add("uphold", lambda j, _: j.uphold(number, id_, known),
                lambda: reports.uphold(leader, id_, version=version, reason="广告"))  # fmt: skip
            self.add("dismiss", lambda j, _: j.dismiss(number, id_, known),
                lambda: reports.dismiss(leader, id_, version=version))  # fmt: skip
