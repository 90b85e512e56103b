"""Pages of threads and replies, in one statement for many parents."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from community.conversation.queries import COLUMNS, CommentRow
from community.kernel import db
from community.kernel.listing import Listing
from community.kernel.paging import LIMIT_SIZES, MAX_COUNT, Page, PageRequest


class CommentOrder(StrEnum):
    """The order of the comments of a thread."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    MOST_LIKED = "MOST_LIKED"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The viewer of threads, with the members whose comments they do not see.

    `for_everyone` is True for strangers, who read what was published for everyone.
    """

    membership_ids: Sequence[int] = ()
    hidden_ids: Sequence[int] = ()
    for_everyone: bool = False


class _ParentRow(db.Row):
    id: int


_SUBMISSIONS = db.Select("SELECT id FROM submission WHERE id = ANY($1)", _ParentRow)
_COMMENTS = db.Select("SELECT id FROM comment WHERE id = ANY($1)", _ParentRow)
# A comment that is not shown stays as a placeholder while a reply below it is shown. Strangers have no blocks.
_PLACEHOLDER = {
    False: "reply_count > 0 AND EXISTS (SELECT 1 FROM comment r WHERE r.parent_id = comment.id"
    " AND r.state = 'PUBLISHED' AND NOT (r.author_id = ANY({hidden})))",
    True: "public_reply_count > 0",
}


def _build_condition(own: str, hidden: str, *, for_everyone: bool, has_replies: bool) -> str:
    """Return the condition that the viewer sees a comment, or a placeholder for it."""
    shown = f"state = 'PUBLISHED'{' AND published_for = ' + repr('PUBLIC') if for_everyone else ''}"
    mine = f"(author_id = ANY({own}) AND state <> 'DELETED')"
    others = f" OR ({_PLACEHOLDER[for_everyone].format(hidden=hidden)})" if has_replies else ""
    return f"((({shown}) OR {mine}) AND NOT (author_id = ANY({hidden})){others})"


_ORDERS = {
    CommentOrder.NEWEST: ("id DESC", {"id": int}, True),
    CommentOrder.OLDEST: ("id", {"id": int}, False),
    CommentOrder.MOST_LIKED: ("like_count DESC, id DESC", {"like_count": int, "id": int}, True),
}
_THREAD = "submission_id = {} AND parent_id IS NULL"
_REPLIES = "parent_id = {}"


class _List:
    """The pages of one kind of list, below many parents."""

    def __init__(self, parents: db.Select[_ParentRow], of: str, order: CommentOrder, *, for_everyone: bool) -> None:
        by, keys, newest_first = _ORDERS[order]
        self._parents, self._keys = parents, tuple(keys)
        sees = partial(_build_condition, for_everyone=for_everyone, has_replies=of == _THREAD)
        source = f"FROM comment WHERE {of.format('{parent}.id')} AND {sees('{0}', '{1}')}"
        self.first = {
            limit: db.Related("found", CommentRow, f"{source} ORDER BY {by} LIMIT {limit}", many=True)
            for limit in LIMIT_SIZES
        }
        self.total = db.Related(
            "found", int, select=f"(SELECT count(*) FROM (SELECT 1 {source} LIMIT {MAX_COUNT + 1}) AS c) AS value"
        )
        self.later = Listing(
            f"SELECT {COLUMNS} FROM comment WHERE {of.format('$1')} AND {sees('$2', '$3')}",
            CommentRow, by=keys, newest_first=newest_first,
        )  # fmt: skip

    async def load(self, found: db.Related, parent_ids: Collection[int], viewer: Viewer) -> dict[int, Any]:
        """Return what the related rows are, by parent."""
        values = list(viewer.membership_ids), list(viewer.hidden_ids)
        rows = await self._parents.including((found,)).all(list(parent_ids), *values) if parent_ids else []
        return {row.id: row.loaded["found"] for row in rows}

    def get_key(self, row: CommentRow) -> list[Any]:
        """Return the sort key of a comment."""
        return [getattr(row, name) for name in self._keys]


THREADS = {
    (order, for_everyone): _List(_SUBMISSIONS, _THREAD, order, for_everyone=for_everyone)
    for order in CommentOrder
    for for_everyone in (False, True)
}
REPLIES = {
    for_everyone: _List(_COMMENTS, _REPLIES, CommentOrder.OLDEST, for_everyone=for_everyone)
    for for_everyone in (False, True)
}
Count = Callable[[int], Awaitable[db.Count]]


async def list_first_pages(
    lists: _List, parent_ids: Collection[int], request: PageRequest, viewer: Viewer, *, count: Count
) -> dict[int, Page[CommentRow]]:
    """Return the first page below each parent, by parent. `count` counts the whole list of a parent."""
    found = await lists.load(lists.first[request.limit], parent_ids, viewer)
    return {number: request.page(rows, lists.get_key, count=partial(count, number)) for number, rows in found.items()}


async def list_later_page(lists: _List, parent_id: int, request: PageRequest, viewer: Viewer) -> Page[CommentRow]:
    """Return a page below one parent after a cursor. Raises InvalidCursor."""
    return await lists.later.page(request, parent_id, list(viewer.membership_ids), list(viewer.hidden_ids))


async def count_items(lists: _List, parent_ids: Collection[int], viewer: Viewer) -> dict[int, db.Count]:
    """Return the number of visible comments below each parent, up to MAX_COUNT + 1."""
    found = await lists.load(lists.total, parent_ids, viewer)
    return {number: db.Count(value) for number, value in found.items()}
