"""Searches of a test."""

from __future__ import annotations

from typing import Any

from community.conversation import search
from community.conversation.reading import Viewer
from community.conversation.search import Hit, Searched, SearchFilter, SearchOrder
from community.submissions.feed import FeedFilter
from tests.support.story import SampleCommunity, read_all_pages


async def find_hits(
    place: SampleCommunity,
    text: str,
    *,
    among: Searched | None = None,
    viewer: Viewer | None = None,
    order: SearchOrder = SearchOrder.NEWEST,
    **only: Any,
) -> list[Hit]:
    """Return all that is found, read one by one."""
    found = SearchFilter(FeedFilter(**only), among)
    return await read_all_pages(
        lambda request: search.find(place.id, text, request, viewer or Viewer(), only=found, order=order), first=1
    )


async def find_submissions(place: SampleCommunity, text: str, *, for_everyone: bool = False, **more: Any) -> list[int]:
    """Return the ids of the found submissions."""
    viewer = Viewer(for_everyone=for_everyone)
    hits = await find_hits(place, text, among=Searched.SUBMISSION, viewer=viewer, **more)
    return [hit.submission.id for hit in hits]


async def find_comments(place: SampleCommunity, text: str, viewer: Viewer | None = None) -> list[int]:
    """Return the ids of the found comments."""
    hits = await find_hits(place, text, among=Searched.COMMENT, viewer=viewer)
    return [hit.comment.id for hit in hits if hit.comment is not None]
