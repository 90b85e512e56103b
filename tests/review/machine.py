"""A state machine of members and leaders who act at the same time.

They write submissions and comments, report, appeal, judge, and give sanctions. The steps of a batch run concurrently.
In some order of them the model must refuse exactly what the service refused. Then the service and the model must
agree, and at the end no invariant may be violated.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import permutations
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from community.kernel.errors import Refusal
from community.kernel.paging import MAX_PAGE, PageRequest
from community.review import queue
from community.review.agreement import opinions
from community.review.queue import QueueFilter
from community.safety import lists
from community.safety.entries import Word
from community.safety.facts import Level
from community.submissions.models import SubmissionKind
from tests.review.comment_model import Comment
from tests.review.review_model import Member, Post, World
from tests.review.steps import BAD_WORD, Step, Steps, list_sanctions
from tests.support.bank import get_account
from tests.support.comments import reload_comment, send_to_leader
from tests.support.machines import Machine, picks
from tests.support.story import (
    SampleCommunity,
    create_community,
    create_draft,
    create_published,
    create_submitted,
    list_rows,
    reload_submission,
    run_concurrently,
    run_effects,
    start_new_day,
)

POINTS = 10
RESIDENTS = 2
MAX_POSTS = 4
MAX_COMMENTS = 3
FINAL = {"withdraw", "delete"}
"""Steps after which little can happen. They are offered less often."""


class Quarter(Machine):
    """The state machine. Comments are about a publication of a leader."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World([Member(author=number) for number in range(RESIDENTS)])
        self.possible: list[World] = [self.world]
        self.rows: list[Any] = []
        self.said: list[int] = []
        self.first_case = 0
        self.taken = 0
        self.needs_two = False

    @initialize(needs_two=st.booleans())
    def begin(self, needs_two: bool) -> None:
        self.place = place = self.do(create_community(leaders=2, residents=RESIDENTS))
        words = [Word(BAD_WORD, Level.BLOCK, "ads")]
        self.do(lists.publish_as_leader(place.leader, version=0, words=words, exceptions=[]))
        self.thread = self.do(create_published(place, author=place.leader, by=place.leaders[1]))
        self.first_case = self.do(list_rows("review_case"))[0]["id"]
        self.needs_two = needs_two
        if needs_two:
            self.do(opinions.edit_kinds(place.leader, kinds=[SubmissionKind.USAGE_TIP]))
        self.write(0, False, False)
        self.write(1, False, True)
        self.comment(0)

    @precondition(lambda self: len(self.world.posts) < MAX_POSTS)
    @rule(author=st.integers(0, 1), draft=st.booleans(), bad=st.booleans())
    def write(self, author: int, draft: bool, bad: bool) -> None:
        place = self.place
        assert place is not None
        draft |= self.world.members[author].is_muted
        create, given = create_draft if draft else create_submitted, {"text": BAD_WORD} if bad else {}
        self.rows.append(self.do(create(place, author=place.residents[author], **given)))
        state = "DRAFT" if draft else "PENDING_SCREENING"
        self.world.posts.append(Post(author=author, state=state, needs_two=self.needs_two, bad={1} if bad else set()))
        self.settle()

    @precondition(lambda self: len(self.world.comments) < MAX_COMMENTS)
    @rule(author=st.integers(0, 1))
    def comment(self, author: int) -> None:
        assert self.place is not None
        text = f"番茄第{len(self.said)}条"
        self.said.append(self.do(send_to_leader(self.place.residents[author], self.thread, text)).id)
        made = Comment(author=author)
        made.edit(False)
        made.latest = made.pending = made.cases["COMMENT"].revision = 1
        self.world.comments.append(made)
        self.settle()

    @rule(thing=picks, chosen=st.lists(st.tuples(picks, picks, st.integers(0, 3)), min_size=1, max_size=3))
    def act(self, thing: int, chosen: list[tuple[int, int, int]]) -> None:
        """Carry out steps concurrently, mostly those that are possible now, and mostly about one thing."""
        batch = []
        for which, pick, luck in chosen:
            self.taken += 1  # The numbers of Hypothesis are often equal. The steps should differ.
            turn = self.taken + luck
            steps = self.do(self.list_steps((thing + (turn % 4 == 3)) % len(self.world.things)))
            steps = [step for step in steps if turn % 6 == 0 or step.name not in FINAL] or steps
            possible = [step for step in steps if step.foresee(deepcopy(self.world))]
            offered = possible if turn % 5 and possible else steps
            names = sorted({step.name for step in offered})
            name = names[(which + self.taken) % len(names)]
            named = [step for step in offered if step.name == name]
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
            world = deepcopy(self.world)
            if all(step.foresee(world) is done[id(step)] for step in order) and world not in self.possible:
                self.possible.append(world)
        assert self.possible, [(step.name, result) for step, result in zip(batch, results, strict=True)]

    def settle(self) -> None:
        """Run the workers, give the new cases of the model their ids, and keep the model that agrees."""
        self.do(run_effects())
        self.do(start_new_day())
        for world in self.possible:
            self.do(self._number(world))
        self.world = self.possible[0]
        for world in self.possible[1:]:
            try:
                self.both_agree()
            except AssertionError:
                self.world = world
        self.possible = [self.world]

    async def _number(self, world: World) -> None:
        """Do what the workers did, and give the new cases their ids."""
        for index, thing in enumerate(world.things):
            thing.settle()
            found = await self._list_cases(index)
            for key, case in thing.cases.items():
                ids = [one["id"] for one in found if one["key"] == key]
                case.number = max(ids, default=None) if case.number is None else case.number

    async def _list_cases(self, index: int) -> list[dict[str, Any]]:
        """Return the cases about a thing, each with its key in the model."""
        posts, things = len(self.rows), len(self.rows) + len(self.said)
        found = await list_rows("review_case")
        if index < posts:
            return [one | {"key": one["kind"]} for one in found if one["submission_id"] == self.rows[index].id]
        if index < things:
            return [one | {"key": one["kind"]} for one in found if one["thing_id"] == self.said[index - posts]]
        assert self.place is not None
        given = [one["id"] for one in await list_sanctions(self.place.residents[index - things])]
        keys = {
            one["case_id"]: f"APPEAL {given.index(one['subject_id'])}"
            for one in await list_rows("appeal")
            if one["subject"] == "SANCTION" and one["subject_id"] in given
        }
        return [one | {"key": keys[one["id"]]} for one in found if one["id"] in keys]

    async def list_steps(self, index: int) -> list[Step]:
        """List what members may try with a thing, with the versions that they see now."""
        assert self.place is not None
        steps = Steps(self.place, self.world, index)
        thing = self.world.things[index]
        if isinstance(thing, Post):
            await steps.add_post(thing, await reload_submission(self.rows[index]))
        elif isinstance(thing, Comment):
            await steps.add_comment(thing, await reload_comment(self.said[index - len(self.rows)]))
        else:
            await steps.add_member(thing)
        return steps.listed

    @invariant()
    def both_agree(self) -> None:
        if self.place is not None:
            self.do(self._compare(self.place))

    async def _compare(self, place: SampleCommunity) -> None:
        reports = await list_rows("report")
        for index, thing in enumerate(self.world.things):
            if isinstance(thing, Post):
                row = await reload_submission(self.rows[index])
                assert (row.state, row.published_revision, row.like_count, row.latest_revision) == (
                    thing.state, thing.published, len(thing.likes), thing.latest,
                )  # fmt: skip
                told = [one["state"] for one in reports if one["submission_id"] == row.id]
            elif isinstance(thing, Comment):
                said = await reload_comment(self.said[index - len(self.rows)])
                assert (said.state, said.pending_revision, said.latest_revision) == (
                    thing.state, thing.pending, thing.latest,
                )  # fmt: skip
                assert thing.state == "DELETED" or said.published_revision == thing.published
                told = [one["state"] for one in reports if one["thing_id"] == said.id]
            else:
                given = await list_sanctions(place.residents[thing.author])
                assert [(one["kind"], one["given_by"], one["lifted_at"] is None) for one in given] == [
                    (sanction.kind, place.leaders[sanction.by].id, sanction.in_force) for sanction in thing.sanctions
                ]
                told = []
            assert sorted(told) == sorted(state for _, state in thing.reports.values())
            claims = {
                key: None if case.claimed is None else place.leaders[case.claimed].id
                for key, case in thing.cases.items()
            }
            found = await self._list_cases(index)
            assert {one["key"]: one["claimed_by"] for one in found if one["state"] == "OPEN"} == claims, (found, thing)
        ended = [outcome for thing in self.world.things for outcome in thing.outcomes]
        assert sorted(ended) == sorted(one["state"] for one in await list_rows("appeal") if one["answered_at"])
        for number in range(len(place.leaders)):
            await self._compare_queue(place, number)
        for number in range(RESIDENTS):
            await self._compare_points(place, number)
        decided = [one for one in await list_rows("review_decision") if one["case_id"] != self.first_case]
        assert len(decided) == sum(post.decisions for post in self.world.posts)

    async def _compare_queue(self, place: SampleCommunity, number: int) -> None:
        leader = place.leaders[number]
        open_cases = [case for thing in self.world.things for case in thing.cases.values()]
        waiting = [case for case in open_cases if case.excluded != number]
        counts = await queue.count_queue(leader)
        assert (counts.total, counts.mine, counts.awaits_second) == (
            len(waiting),
            sum(case.claimed == number for case in waiting),
            sum(case.opinion is not None for case in waiting),
        )
        found = await queue.list_queue(leader, PageRequest(MAX_PAGE), only=QueueFilter(text="番茄"))
        assert sorted(one.id for one in found.rows) == sorted(case.number for case in waiting if case.has_words)

    async def _compare_points(self, place: SampleCommunity, number: int) -> None:
        resident, own = place.residents[number], [post for post in self.world.posts if post.author == number]
        account = await get_account(resident)
        assert (account.balance, account.debt) == (POINTS * sum(post.is_paid for post in own), 0)
        approved = [one["approved"] for one in await list_rows("account") if one["membership_id"] == resident.id]
        assert sum(approved) == sum(post.was_published for post in own)
