"""Word lists in memory, ready for search.

A process loads a list when it first needs it, and again after a new edition. A community's list is small. The
operator's may have 100,000 words, so that a thread builds it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from community.kernel import flights
from community.safety import lists
from community.safety.lists import WordListRow
from community.safety.matcher import WordMatcher

MAX_LOADED = 200
"""Lists that a process keeps. The least recently used list is dropped first."""

_loaded: OrderedDict[int, tuple[WordListRow, WordMatcher]] = OrderedDict()
"""The edition and the words by community. A new edition replaces the pair, so that each reader has one of them."""


async def load_lists(community_id: int) -> list[WordMatcher]:
    """Return the current lists that count in a community. Call it outside a transaction."""
    return [await _load(edition) for edition in await lists.list_current(community_id)]


async def _load(edition: WordListRow) -> WordMatcher:
    known = _loaded.get(edition.community_id)
    if known is not None and known[0] == edition:
        _loaded.move_to_end(edition.community_id)
        return known[1]
    # After a restored backup an id may be that of another edition.
    return await flights.share(("word_list", edition.id, edition.created_at), lambda: _build(edition))


async def _build(edition: WordListRow) -> WordMatcher:
    (entries,) = await lists.get_entries([edition.id])
    matcher = await asyncio.to_thread(WordMatcher, entries)
    _loaded[edition.community_id] = (edition, matcher)
    _loaded.move_to_end(edition.community_id)
    if len(_loaded) > MAX_LOADED:
        _loaded.popitem(last=False)
    return matcher
