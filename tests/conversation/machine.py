"""A state machine of authors, leaders and blocks in one thread. A simple model says who sees what.

The steps of a batch run concurrently. Each is about another comment or another member, so that their order does not
matter. After each batch every count and every viewer's list are compared with the model.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from community.communities import blocks, profile
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.communities.settings import Visibility
from community.conversation import checks, editing, ending, likes, queries, reading, threads, visibility
from community.conversation.queries import CommentRow
from community.conversation.reading import REPLIES, THREADS, CommentOrder, Viewer
from community.conversation.rules import normalise_content
from community.kernel import clock, db
from community.kernel.errors import Refusal
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import ErasureContent
from community.review import sanctions
from community.safety.checks import Screening
from community.safety.facts import Verdict
from community.submissions import readers
from tests.privacy.test_erasing import erase
from tests.support.comments import get_thread, reload_comment, send_comment, send_to_leader, settle
from tests.support.machines import Machine, picks
from tests.support.searching import find_comments
from tests.support.story import create_community, create_published, reload_submission, run_concurrently

Step = tuple[Awaitable[Any], bool, Callable[[], object]]
"""A call, True if it is possible, and what it changes in the model."""
RESIDENTS = 4
STRANGER, LEADER = -2, -1


@dataclass
class Said:
    """A comment in the model. `parent` is its place in the list of comments.

    `text` is that of the public revision, and `waiting` that of the pending one.
    """

    author: int
    parent: int | None
    text: str | None
    is_public: bool
    state: str = "PUBLISHED"
    waiting: str | None = None
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
        self.is_public = False
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
        calls, expected, texts = [], [], dict[int, str]()
        for author in authors:
            calls.append(self._send(author, parent, texts.setdefault(author, self.make_text())))
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
            self.said.append(Said(author, parent, texts[author], self.is_public))

    def make_text(self) -> str:
        self.count += 1
        return f"第{self.count}条"

    @rule(author=st.integers(0, RESIDENTS - 1))
    def send_to_leader(self, author: int) -> None:
        """Send a comment that waits for a leader."""
        if author not in self.gone:
            text = self.make_text()
            row = self.do(send_to_leader(self.member(author), self.post, text, is_public=self.is_public))
            self.ids.append(row.id)
            self.said.append(Said(author, None, None, self.is_public, "WAITING", text))

    @precondition(lambda self: not self.is_public)
    @rule()
    def show_to_everyone(self) -> None:
        """Open the community and the publication to strangers. Older comments stay for members."""
        self.do(profile.edit_community(self.place.leader, version=1, edit={"visibility": Visibility.PUBLIC}))
        version = self.do(reload_submission(self.post)).version
        self.do(readers.make_public(self.member(RESIDENTS), self.post.id, version=version))
        self.is_public = True

    async def _send(self, author: int, parent: int | None, text: str) -> int:
        answered = None if parent is None else await reload_comment(self.ids[parent])
        return (await send_comment(self.member(author), self.post, text, parent=answered)).id

    @rule(first=picks, second=picks, verbs=st.tuples(picks, picks))
    def change(self, first: int, second: int, verbs: tuple[int, int]) -> None:
        """Edit, delete, judge, hide, restore, like or unlike two comments at the same time."""
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

    def _choose(self, place: int, verb: int) -> Step:
        said, number = self.said[place], self.ids[place]
        author = self.member(said.author)
        is_present = said.author not in self.gone
        match verb % 8:
            case 0 | 1:
                text, is_awaited = self.make_text(), verb % 8 == 1
                call = editing.edit(
                    author, number, content=normalise_content(text),
                    found=Screening(Verdict.PASS, ()), is_awaited=is_awaited,
                )  # fmt: skip
                allowed = is_present and said.author not in self.muted and not self.is_closed and said.edits < 10
                # Older comments than ten minutes are made so by `settle`.
                is_possible = allowed and said.state in {"PUBLISHED", "WAITING"}
                return self._edit_if_new(call, number), is_possible, self._note_edit(said, text, is_awaited)
            case 2:
                return ending.delete(author, number), is_present and said.state != "DELETED", self._end(said, "DELETED")
            case 3 | 4 | 5:
                return self._judge(said, number, verb)
            case _:
                return self._react(said, number, verb)

    def _judge(self, said: Said, number: int, verb: int) -> Step:
        match verb % 8:
            case 3:
                return self._hide(number), said.state == "PUBLISHED", self._end(said, "HIDDEN")
            case 4:
                shown = visibility.restore(self.place.id, number, by=self.place.leader)
                return shown, said.state == "HIDDEN", lambda: setattr(said, "state", "PUBLISHED")
            case _:
                judge = visibility.publish if verb // 8 % 3 else visibility.refuse
                follow = self._publish(said) if verb // 8 % 3 else self._refuse(said)
                return judge(self.place.id, number, revision=said.edits + 1), said.waiting is not None, follow

    async def _hide(self, number: int) -> None:
        row = await queries.get(self.place.id, number)
        await visibility.hide(row, by=self.place.leader, reason="广告")

    def _react(self, said: Said, number: int, verb: int) -> Step:
        fan = verb // 8 % RESIDENTS
        is_possible = said.state == "PUBLISHED" and fan not in self.gone
        if verb % 8 == 6:
            is_seen = is_possible and not self.is_blocked(fan, said.author)
            return likes.like(self.member(fan), number), is_seen, lambda: said.fans.add(fan)
        return likes.unlike(self.member(fan), number), is_possible, lambda: said.fans.discard(fan)

    async def _edit_if_new(self, call: Awaitable[Any], number: int) -> Any:
        await db.execute("UPDATE comment SET created_at = $2 WHERE id = $1", number, clock.now())
        return await call

    def _end(self, said: Said, state: str) -> Callable[[], None]:
        def follow() -> None:
            said.state, said.waiting = state, None

        return follow

    def _note_edit(self, said: Said, text: str, is_awaited: bool) -> Callable[[], None]:
        def follow() -> None:
            said.edits, said.waiting = said.edits + 1, text
            if not is_awaited:
                self._publish(said)()

        return follow

    def _publish(self, said: Said) -> Callable[[], None]:
        def follow() -> None:
            said.text, said.waiting, said.state = said.waiting, None, "PUBLISHED"

        return follow

    def _refuse(self, said: Said) -> Callable[[], None]:
        def follow() -> None:
            if said.state == "WAITING":
                said.state, said.text = "REFUSED", said.waiting
            said.waiting = None

        return follow

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
            if content is ErasureContent.REMOVE:
                said.fans.discard(member)
            if said.author == member:
                said.waiting = None
                if said.state != "PUBLISHED" or content is ErasureContent.REMOVE:
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
                    reply.parent == place
                    and reply.state == "PUBLISHED"
                    and (reply.is_public or viewer != STRANGER)
                    and not self.is_blocked(viewer, reply.author)
                    for reply in self.said
                )
            )
        ]

    def is_shown(self, viewer: int, said: Said) -> bool:
        if said.state == "PUBLISHED":
            return said.is_public or viewer != STRANGER
        return said.author == viewer and said.state != "DELETED"

    def list_found(self, viewer: int) -> list[int]:
        """Return the ids that the model finds by the word of every text, newest first."""
        pairs = zip(self.ids, self.said, strict=True)
        return [
            number
            for number, said in pairs
            if said.state == "PUBLISHED" and self.is_shown(viewer, said) and not self.is_blocked(viewer, said.author)
        ]

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
        assert (thread.comment_count, thread.public_count) == (len(public), sum(said.is_public for said in public))
        for place, said in enumerate(self.said):
            row = await reload_comment(self.ids[place])
            assert (row.state, row.reply_count) == (said.state, self.count_replies(place))
            assert row.like_count == len(said.fans)
            assert (row.pending_revision is not None) is (said.waiting is not None)
            await self._compare_text(row, said)
        hidden = await blocks.list_all_blocked([member.id for member in self.place.residents])
        for viewer in (STRANGER, LEADER, *range(RESIDENTS)):
            for_everyone = viewer == STRANGER
            member = self.place.leader if viewer == LEADER else self.member(viewer)
            seen = Viewer([member.id], sorted(hidden.get(member.id, ())))
            if for_everyone:
                seen = Viewer(for_everyone=True)
            expected = self.list_visible(viewer, None)
            for order, wanted in ((CommentOrder.OLDEST, expected), (CommentOrder.NEWEST, expected[::-1])):
                assert await self._list(THREADS[order, for_everyone], self.post.id, seen) == wanted
            liked = await self._list(THREADS[CommentOrder.MOST_LIKED, for_everyone], self.post.id, seen)
            assert sorted(liked) == expected
            for place in {said.parent for said in self.said if said.parent is not None}:
                replies = await self._list(REPLIES[for_everyone], self.ids[place], seen)
                assert replies == self.list_visible(viewer, place)
            assert sorted(await find_comments(self.place, "条", seen)) == self.list_found(viewer)

    async def _compare_text(self, row: CommentRow, said: Said) -> None:
        """Compare what another member, the author and a leader read."""
        other = next(number for number in range(RESIDENTS) if number != said.author)
        is_public = said.state == "PUBLISHED"
        own = None if said.state == "DELETED" else said.waiting if said.text is None else said.text
        expected = {other: said.text if is_public else None, said.author: own, LEADER: own}
        for reader, text in expected.items():
            member = self.place.leader if reader == LEADER else self.member(reader)
            number = checks.get_readable_revision(row, member)
            read = None if number is None else (await queries.get_revisions([(row.id, number)]))[0].text
            assert read == text, (reader, read, text)

    async def _list(self, lists: Any, parent_id: int, viewer: Viewer) -> list[int]:
        async def count(_: int) -> Any:
            return None

        pages = await reading.list_first_pages(lists, [parent_id], PageRequest(MAX_PAGE), viewer, count=count)
        return [row.id for row in pages[parent_id].rows]
