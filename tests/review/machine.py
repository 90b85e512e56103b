"""A state machine of authors, reporters and leaders who act at the same time.

The steps of a batch run concurrently. In some order of them the model must refuse exactly what the service refused.
Then the service and the model must agree, and at the end no invariant may be violated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from community.kernel.errors import Refusal
from community.kernel.paging import MAX_PAGE, PageRequest
from community.review import handling, queue, restoring
from community.review import service as review
from community.review.agreement import opinions
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.queries import find_case
from community.review.queue import QueueFilter
from community.review.rules import Approval
from community.submissions import removal, write
from community.submissions.checks import get_visible_version
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.reactions import likes
from tests.review.review_model import Post
from tests.support.bank import get_account
from tests.support.machines import Machine, picks
from tests.support.story import (
    FAIR_SCORES,
    SampleCommunity,
    create_community,
    create_draft,
    create_submitted,
    list_rows,
    make_content,
    reload_submission,
    run_concurrently,
    run_effects,
    start_new_day,
)

POINTS = 10


@dataclass
class Step:
    """One call, and the same in the model, for the submission with this index."""

    name: str
    post: int
    foresee: Callable[[Post], bool]
    call: Callable[[], Awaitable[object]]


class Quarter(Machine):
    """The state machine."""

    def __init__(self) -> None:
        super().__init__()
        self.posts: list[Post] = []
        self.possible: list[list[Post]] = [self.posts]
        self.rows: list[SubmissionRow] = []
        self.closed: dict[int, list[tuple[str, int, int]]] = {}
        self.needs_two = False

    @initialize(needs_two=st.booleans())
    def begin(self, needs_two: bool) -> None:
        self.place = self.do(create_community(leaders=2, residents=2))
        self.needs_two = needs_two
        if needs_two:
            self.do(opinions.edit_kinds(self.place.leader, kinds=[SubmissionKind.USAGE_TIP]))
        self.write(0, False)
        self.write(1, False)

    @rule(author=st.integers(0, 1), draft=st.booleans())
    def write(self, author: int, draft: bool) -> None:
        if len(self.posts) == 4:
            return
        place = self.place
        assert place is not None
        create = create_draft if draft else create_submitted
        self.rows.append(self.do(create(place, author=place.residents[author])))
        self.posts.append(Post(author, "DRAFT" if draft else "PENDING_SCREENING", self.needs_two))
        self.settle()

    @rule(post=picks, chosen=st.lists(st.tuples(picks, picks, st.integers(0, 3)), min_size=1, max_size=3))
    def act(self, post: int, chosen: list[tuple[int, int, int]]) -> None:
        """Carry out steps concurrently, mostly those that are possible now, and mostly about one submission."""
        batch = []
        for which, pick, luck in chosen:
            index = (post + (luck == 3)) % len(self.posts)
            steps = self.do(self.list_steps(index))
            possible = [step for step in steps if step.foresee(deepcopy(self.posts[index]))]
            offered = possible if luck and possible else steps
            names = sorted({step.name for step in offered})
            named = [step for step in offered if step.name == names[which % len(names)]]
            batch.append(named[pick % len(named)])
        results = self.do(self._run(batch))
        for step, result in zip(batch, results, strict=True):
            assert isinstance(result, Refusal) or not isinstance(result, BaseException), (step.name, result)
        self.accept(batch, results)
        self.settle()

    async def _run(self, batch: list[Step]) -> list[Any]:
        return await run_concurrently(*(step.call() for step in batch))

    def accept(self, batch: list[Step], results: list[Any]) -> None:
        """Keep the model after each order of the steps in which it accepts and refuses the same.

        Two orders can refuse the same and still end differently, such as a claim before or after an edit.
        """
        done = {id(step): not isinstance(result, Refusal) for step, result in zip(batch, results, strict=True)}
        self.possible = []
        for order in permutations(batch):
            posts = deepcopy(self.posts)
            if all(step.foresee(posts[step.post]) is done[id(step)] for step in order) and posts not in self.possible:
                self.possible.append(posts)
        assert self.possible, [(step.name, result) for step, result in zip(batch, results, strict=True)]

    def settle(self) -> None:
        """Run the workers, give the new cases of the model their ids, and keep the model that agrees."""
        self.do(run_effects())
        self.do(start_new_day())
        found = self.do(list_rows("review_case"))
        for posts in self.possible:
            for row, post in zip(self.rows, posts, strict=True):
                post.settle()
                for case in post.cases.values():
                    ids = [one["id"] for one in found if (one["submission_id"], one["kind"]) == (row.id, case.kind)]
                    case.number = max(ids, default=None) if case.number is None else case.number
        self.posts = self.possible[0]
        for posts in self.possible[1:]:
            try:
                self.both_agree()
            except AssertionError:
                self.posts = posts
        self.possible = [self.posts]

    async def list_steps(self, index: int) -> list[Step]:
        """List what members may try with a submission, with the versions that they see now."""
        place, post, row = self.place, self.posts[index], await reload_submission(self.rows[index])
        assert place is not None
        author, other = place.residents[post.author], place.residents[1 - post.author]
        own = {"version": row.version}
        steps: list[Step] = []

        def add(name: str, foresee: Callable[[Post], bool], call: Callable[[], Awaitable[object]]) -> None:
            steps.append(Step(name, index, foresee, call))

        version, seen = post.version, post.seen
        add("edit", lambda p: p.edit(version), lambda: write.edit(author, row.id, **own, content=make_content()))
        add("submit", lambda p: p.submit(version), lambda: write.submit(author, row.id, **own))
        add("withdraw", lambda p: p.withdraw(version), lambda: removal.withdraw(author, row.id, **own))
        add("like", lambda p: p.like(1 - post.author), lambda: likes.like(other, row.id))
        for ground in (ReportCategory.FALSE, ReportCategory.ADVERTISEMENT):
            add("report", lambda p, g=ground: p.report(1 - post.author, g),
                lambda g=ground: reports.report(other, row.id, category=g, text=None))  # fmt: skip
        for subject, number, id_ in await self._list_subjects(row, post):
            about = (subject.value, number)
            add("appeal", lambda p, about=about: p.appeal(about),
                lambda s=subject, id_=id_: appeals.open_appeal(author, id_, subject=s, text="请再看看"))  # fmt: skip
        for number, leader in enumerate(place.leaders):
            shown = {"version": get_visible_version(row, leader), "reason": "广告"}
            add("remove", lambda p, n=number: p.remove(n, seen),
                lambda by=leader, shown=shown: removal.remove(by, row.id, **shown))  # fmt: skip
            add("restore", lambda p: p.restore(seen),
                lambda by=leader, shown=shown: restoring.restore(by, row.id, **shown))  # fmt: skip
            for case in [*post.cases.values()]:
                await self._add_case_steps(add, number, case.number)
        return steps

    async def _list_subjects(self, row: SubmissionRow, post: Post) -> list[tuple[AppealedAction, int, int]]:
        decided = [
            one["id"] for one in await list_rows("review_decision") if one["verdict"] == "REJECTED"
            and (await find_case(one["case_id"])).submission_id == row.id
        ]  # fmt: skip
        removed = [one["id"] for one in await list_rows("submission_removal") if one["submission_id"] == row.id]
        listed = [(AppealedAction.DECISION, decided), (AppealedAction.REMOVAL, removed)]
        return [(subject, len(ids), ids[-1]) for subject, ids in listed if ids]

    async def _add_case_steps(self, add: Callable[..., None], number: int, case_id: int) -> None:
        leader, case = self.place.leaders[number], await find_case(case_id)
        version = case.version
        known = next(c.version for post in self.posts for c in post.cases.values() if c.number == case_id)
        add("claim", lambda p: p.claim(number, case_id), lambda: handling.claim(leader, case_id))
        add("release", lambda p: p.release(number, case_id), lambda: handling.release(leader, case_id))
        if case.kind == "REVISION":
            verdicts = {
                "PUBLISHED": lambda: review.approve(leader, case_id, version=version, approval=Approval(FAIR_SCORES)),
                "RETURNED": lambda: review.send_back(leader, case_id, version=version, what_to_change="补充"),
                "REJECTED": lambda: review.reject(leader, case_id, version=version, reason="无关"),
            }
            for verdict, call in verdicts.items():
                add(verdict, lambda p, v=verdict: p.decide(number, case_id, known, v), call)
        elif case.kind == "APPEAL":
            for granted in (True, False):
                add("answer", lambda p, g=granted: p.answer(number, case_id, known, g),
                    lambda g=granted: appeals.answer(
                        leader, case_id, version=version, granted=g, reason="看过了"))  # fmt: skip
        else:
            add("uphold", lambda p: p.uphold(number, case_id, known),
                lambda: reports.uphold(leader, case_id, version=version, reason="广告"))  # fmt: skip
            add("dismiss", lambda p: p.dismiss(number, case_id, known),
                lambda: reports.dismiss(leader, case_id, version=version))  # fmt: skip

    @invariant()
    def both_agree(self) -> None:
        if self.place is not None:
            self.do(self._compare(self.place))

    async def _compare(self, place: SampleCommunity) -> None:
        open_cases = [one for one in await list_rows("review_case") if one["state"] == "OPEN"]
        for given, post in zip(self.rows, self.posts, strict=True):
            row = await reload_submission(given)
            assert (row.state, row.published_revision, row.like_count, row.latest_revision) == (
                post.state, post.published, len(post.likes), post.latest,
            )  # fmt: skip
            claims = {None if case.claimed is None else place.leaders[case.claimed].id for case in post.cases.values()}
            found = {one["kind"]: one for one in open_cases if one["submission_id"] == row.id}
            assert found.keys() == post.cases.keys(), (found.keys(), post)
            assert {one["claimed_by"] for one in found.values()} == claims
            told = [one["state"] for one in await list_rows("report") if one["submission_id"] == row.id]
            assert sorted(told) == sorted(state for _, state in post.reports.values())
        for number, leader in enumerate(place.leaders):
            waiting = [case for post in self.posts for case in post.cases.values() if case.excluded != number]
            counts = await queue.count_queue(leader)
            assert (counts.total, counts.mine, counts.awaits_second) == (
                len(waiting),
                sum(case.claimed == number for case in waiting),
                sum(case.opinion is not None for case in waiting),
            )
            found = await queue.list_queue(leader, PageRequest(MAX_PAGE), only=QueueFilter(text="番茄"))
            assert sorted(one.id for one in found.rows) == sorted(case.number for case in waiting if case.has_words)
        for number, resident in enumerate(place.residents):
            own = [post for post in self.posts if post.author == number]
            account = await get_account(resident)
            assert (account.balance, account.debt) == (POINTS * sum(post.is_paid for post in own), 0)
            approved = [one["approved"] for one in await list_rows("account") if one["membership_id"] == resident.id]
            assert sum(approved) == sum(post.was_published for post in own)
        assert len(await list_rows("review_decision")) == sum(post.decisions for post in self.posts)
