"""A state machine of authors, leaders and blocks in one thread. A simple model says who sees what.

The steps of a batch run concurrently. Each is about another comment or another member, so that their order does not
matter. After each batch every count and every viewer's list are compared with the model.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from community.communities import blocks
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.conversation import editing, ending, likes, reading, threads, visibility
from community.conversation.reading import REPLIES, THREADS, CommentOrder, Viewer
from community.conversation.rules import normalise_content
from community.kernel import clock, db
from community.kernel.errors import Refusal
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import ErasureContent
from community.review import sanctions
from community.safety.checks import Screening
from community.safety.facts import Verdict
from tests.privacy.test_erasing import erase
from tests.support.comments import get_thread, reload_comment, send_comment, settle
from tests.support.machines import Machine, picks
from tests.support.story import create_community, create_published, run_concurrently

RESIDENTS = 4


@dataclass
class Said:
    """A comment in the model. `parent` is its place in the list of comments."""

    author: int
    parent: int | None
    state: str = "PUBLISHED"
    edits: int = 0
    fans: set[int] = field(default_factory=set)


class Thread(Machine):
    """The state machine."""

    # The members of this test are made older than their entries in the trail.
    unchecked = "member jo"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Said] = []
        self.ids: list[int] = []
        self.muted: set[int] = set()
        self.gone: set[int] = set()
        self.blocked: set[tuple[int, int]] = set()
        self.is_closed = False
        self.count = 0

    @initialize()
    def begin(self) -> None:
        self.place = self.do(create_community(residents=RESIDENTS + 1))
        self.post = self.do(create_published(self.place, author=self.place.residents[RESIDENTS]))

    def member(self, number: int) -> MemberRow:
        return self.place.residents[number]

    @rule(authors=st.lists(st.integers(0, RESIDENTS - 1), min_size=1, max_size=3, unique=True), answered=picks)
    def send(self, authors: list[int], answered: int) -> None:
        """Send comments or replies of different members at the same time."""
        tops = [place for place, one in enumerate(self.said) if one.parent is None and one.state == "PUBLISHED"]
        parent = tops[answered % len(tops)] if tops and answered % 2 else None
        self.do(settle(*self.place.residents))
        calls, expected = [], []
        for author in authors:
            self.count += 1
            calls.append(self._send(author, parent, f"第{self.count}条"))
            hidden = parent is not None and self.is_blocked(author, self.said[parent].author)
            expected.append(author not in self.muted | self.gone and not self.is_closed and not hidden)
        results = self.do(run_concurrently(*calls))
        for result, is_sent in zip(results, expected, strict=True):
            assert isinstance(result, int) if is_sent else isinstance(result, Refusal), (result, is_sent)
        # Ids have the order of the thread.
        sent = sorted(
            (result, author) for author, result in zip(authors, results, strict=True) if isinstance(result, int)
        )
        for number, author in sent:
            self.ids.append(number)
            self.said.append(Said(author, parent))

    async def _send(self, author: int, parent: int | None, text: str) -> int:
        answered = None if parent is None else await reload_comment(self.ids[parent])
        return (await send_comment(self.member(author), self.post, text, parent=answered)).id

    @rule(first=picks, second=picks, verbs=st.tuples(picks, picks))
    def change(self, first: int, second: int, verbs: tuple[int, int]) -> None:
        """Edit, delete, hide, restore or like two comments at the same time."""
        if not self.said:
            return
        places = sorted({first % len(self.said), second % len(self.said)})
        steps = [self._choose(place, verb) for place, verb in zip(places, verbs, strict=False)]
        results = self.do(run_concurrently(*(call for call, _, _ in steps)))
        for result, (_, is_possible, follow) in zip(results, steps, strict=True):
            assert isinstance(result, Refusal) is not is_possible, (result, is_possible)
            assert isinstance(result, Refusal) or not isinstance(result, BaseException), result
            if is_possible:
                follow()

    def _choose(self, place: int, verb: int) -> tuple[Awaitable[Any], bool, Callable[[], None]]:
        said, number, here = self.said[place], self.ids[place], self.place.id
        author = self.member(said.author)
        is_present = said.author not in self.gone
        match verb % 5:
            case 0:
                self.count += 1
                text = normalise_content(f"改{self.count}")
                call = editing.edit(author, number, content=text, found=Screening(Verdict.PASS, ()), is_awaited=False)
                allowed = is_present and said.author not in self.muted and not self.is_closed and said.edits < 10
                # Older comments than ten minutes are made so by `settle`.
                return self._edit_if_new(call, number), allowed and said.state == "PUBLISHED", self._note_edit(said)
            case 1:
                return ending.delete(author, number), is_present and said.state != "DELETED", self._set(said, "DELETED")
            case 2:
                hide = visibility.hide(number, by=self.place.leader, reason="广告")
                return hide, said.state == "PUBLISHED", self._set(said, "HIDDEN")
            case 3:
                shown = visibility.restore(here, number, by=self.place.leader)
                return shown, said.state == "HIDDEN", self._set(said, "PUBLISHED")
            case _:
                like = likes.like(self.place.leader, number)
                return like, said.state == "PUBLISHED", lambda: said.fans.add(-1)

    async def _edit_if_new(self, call: Awaitable[Any], number: int) -> Any:
        await db.execute("UPDATE comment SET created_at = $2 WHERE id = $1", number, clock.now())
        return await call

    def _set(self, said: Said, state: str) -> Callable[[], None]:
        return lambda: setattr(said, "state", state)

    def _note_edit(self, said: Said) -> Callable[[], None]:
        return lambda: setattr(said, "edits", said.edits + 1)

    @rule(one=st.integers(0, RESIDENTS - 1), other=st.integers(0, RESIDENTS - 1), ends=st.booleans())
    def block(self, one: int, other: int, ends: bool) -> None:
        if one == other or {one, other} & self.gone:
            return
        verb = blocks.unblock if ends else blocks.block
        self.do(verb(self.member(one), self.member(other).id))
        (self.blocked.discard if ends else self.blocked.add)((one, other))

    @rule(member=st.integers(0, RESIDENTS - 1))
    def mute(self, member: int) -> None:
        if member not in self.gone:
            content = SanctionContent(SanctionKind.MUTE, "吵", 1)
            self.do(sanctions.give(self.place.leader, self.member(member).id, content=content))
            self.muted.add(member)

    @rule(is_closed=st.booleans())
    def close(self, is_closed: bool) -> None:
        if is_closed:
            self.do(threads.close(self.place.leader, self.post.id, reason="吵"))
        else:
            self.do(threads.open_again(self.place.leader, self.post.id))
        self.is_closed = is_closed

    @rule(member=st.integers(0, RESIDENTS - 1), content=st.sampled_from(ErasureContent))
    def erase(self, member: int, content: ErasureContent) -> None:
        if member in self.gone or len(self.gone) == RESIDENTS - 2:
            return
        self.do(erase(self.member(member).person_id, content))
        self.gone.add(member)
        self.blocked = {pair for pair in self.blocked if member not in pair}
        for said in self.said:
            if said.author == member and (said.state != "PUBLISHED" or content is ErasureContent.REMOVE):
                said.state = "DELETED"

    def is_blocked(self, one: int, other: int) -> bool:
        return (one, other) in self.blocked or (other, one) in self.blocked

    def list_visible(self, viewer: int, parent: int | None) -> list[int]:
        """Return the ids that the model shows, oldest first."""
        return [
            number
            for place, (number, said) in enumerate(zip(self.ids, self.said, strict=True))
            if said.parent == parent
            and (
                (not self.is_blocked(viewer, said.author) and self.is_shown(viewer, said))
                or any(
                    reply.parent == place and reply.state == "PUBLISHED" and not self.is_blocked(viewer, reply.author)
                    for reply in self.said
                )
            )
        ]

    def is_shown(self, viewer: int, said: Said) -> bool:
        return said.state == "PUBLISHED" or (said.author == viewer and said.state != "DELETED")

    def count_replies(self, place: int) -> int:
        return sum(said.parent == place and said.state == "PUBLISHED" for said in self.said)

    @invariant()
    def agrees(self) -> None:
        if not self.said:
            return
        self.do(self._compare())

    async def _compare(self) -> None:
        thread = await get_thread(self.post)
        public = [said for said in self.said if said.state == "PUBLISHED"]
        assert (thread.comment_count, thread.public_count) == (len(public), 0)
        for place, said in enumerate(self.said):
            row = await reload_comment(self.ids[place])
            assert (row.state, row.reply_count) == (said.state, self.count_replies(place))
            assert row.like_count == len(said.fans)
        hidden = await blocks.list_all_blocked([member.id for member in self.place.residents])
        for viewer in (-1, *range(RESIDENTS)):
            member = self.place.leader if viewer < 0 else self.member(viewer)
            seen = Viewer([member.id], sorted(hidden.get(member.id, ())))
            expected = self.list_visible(viewer, None)
            for order, wanted in ((CommentOrder.OLDEST, expected), (CommentOrder.NEWEST, expected[::-1])):
                assert await self._list(THREADS[order, False], self.post.id, seen) == wanted
            liked = await self._list(THREADS[CommentOrder.MOST_LIKED, False], self.post.id, seen)
            assert sorted(liked) == expected
            for place in {said.parent for said in self.said if said.parent is not None}:
                replies = await self._list(REPLIES[False], self.ids[place], seen)
                assert replies == self.list_visible(viewer, place)

    async def _list(self, lists: Any, parent_id: int, viewer: Viewer) -> list[int]:
        async def count(_: int) -> Any:
            return None

        pages = await reading.list_first_pages(lists, [parent_id], PageRequest(MAX_PAGE), viewer, count=count)
        return [row.id for row in pages[parent_id].rows]
