"""Word lists: their editions, and the publication of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, InvalidInput
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of
from community.safety.entries import MAX_LEADER_ENTRIES, MAX_OPERATOR_ENTRIES, Word, WordEntries, normalise_entries
from community.safety.models import ALL_COMMUNITIES, WordList


@row_of(WordList)
class WordListRow:
    """An edition of a list, without its words. `published_by` is None for the operator."""

    id: int
    community_id: int
    version: int
    word_count: int
    exception_count: int
    published_by: int | None
    created_at: datetime


@dataclass(slots=True)
class _Content:
    id: int
    content: dict[str, Any]


COLUMNS = db.columns(WordListRow)
_PUBLISH = db.Change(
    "INSERT INTO word_list (community_id, version, content, word_count, exception_count, published_by, created_at)"
    " SELECT $1, COALESCE(max(version), 0) + 1, $3, $4, $5, $6, $7 FROM word_list WHERE community_id = $1"
    " HAVING COALESCE(max(version), 0) = COALESCE(CAST($2 AS BIGINT), max(version), 0)"
    f" ON CONFLICT (community_id, version) DO NOTHING RETURNING {COLUMNS}",
    WordListRow,
)
_CURRENT = db.Select(
    f"SELECT {COLUMNS} FROM word_list l WHERE community_id IN ({ALL_COMMUNITIES}, $1)"
    " AND version = (SELECT max(o.version) FROM word_list o WHERE o.community_id = l.community_id)"
    " ORDER BY community_id",
    WordListRow,
)
_CONTENTS = db.Select(f"SELECT {db.columns(_Content)} FROM word_list WHERE id = ANY($1)", _Content)
_EDITION = db.Select(f"SELECT {COLUMNS} FROM word_list WHERE community_id = $1 AND id = $2", WordListRow)
_EDITIONS = Listing(f"SELECT {COLUMNS} FROM word_list WHERE community_id = $1", WordListRow, newest_first=True)


@db.transactional
async def publish_as_leader(
    actor: Actor, *, version: int, words: Sequence[Word], exceptions: Sequence[str]
) -> WordListRow:
    """Publish the next edition of the community's list. `version` is that of the edition that was edited.

    It is 0 if there is none. Raises LeadersOnly, InvalidInput, and Conflict if another edition was published since.
    """
    actor = await permissions.lock_leader(actor)
    entries = normalise_entries(words, exceptions, max_entries=MAX_LEADER_ENTRIES)
    return await _publish(actor.community_id, actor.id, entries, version)


@db.transactional
async def publish_as_operator(entries: WordEntries) -> WordListRow:
    """Publish the next edition of the operator's list. Raises InvalidInput, and Conflict if another one came now."""
    if len(entries) > MAX_OPERATOR_ENTRIES:
        raise InvalidInput("too_many_words", max=MAX_OPERATOR_ENTRIES, actual=len(entries), path=("words",))
    return await _publish(ALL_COMMUNITIES, None, entries, None)


async def _publish(
    community_id: int, actor_id: int | None, entries: WordEntries, edited_version: int | None
) -> WordListRow:
    row = await _PUBLISH.first(
        community_id, edited_version, entries.as_json(), len(entries.words),
        len(entries.exceptions), actor_id, clock.now(),
    )  # fmt: skip
    if row is None:
        raise Conflict("word_list", path=("version",))
    await audit.record_about(
        row, "word_list.publish", by=actor_id, version=row.version, words=row.word_count, exceptions=row.exception_count
    )
    return row


async def list_current(community_id: int) -> list[WordListRow]:
    """Return the current editions that count in a community: the operator's, and its own."""
    return await _CURRENT.all(community_id)


async def find_current(actor: MemberRow) -> WordListRow | None:
    """Return the current edition of the leader's community, or None. Raises LeadersOnly."""
    permissions.require_leader(actor)
    current = await list_current(actor.community_id)
    return next((row for row in current if row.community_id == actor.community_id), None)


async def list_editions(actor: MemberRow, request: PageRequest) -> Page[WordListRow]:
    """Return a page of the editions of the leader's community, newest first. Raises LeadersOnly."""
    permissions.require_leader(actor)
    return await _EDITIONS.page(request, actor.community_id)


async def find_edition(actor: MemberRow, edition_id: int) -> WordListRow | None:
    """Return an edition of the leader's community, or None. Raises LeadersOnly."""
    permissions.require_leader(actor)
    return await _EDITION.first(actor.community_id, edition_id)


async def get_entries(edition_ids: Sequence[int]) -> list[WordEntries]:
    """Return the entries of each edition, in order. Raises KeyError for an unknown one."""
    rows = db.in_order(await _CONTENTS.all(list(edition_ids)), edition_ids)
    return [WordEntries.from_json(row.content) for row in rows]
