"""Edits of a community's settings, with their history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from community.communities import permissions
from community.communities.models import CommunityChange
from community.communities.permissions import Actor, require_leader
from community.communities.queries import COMMUNITY_COLUMNS, CommunityRow, MemberRow
from community.communities.settings import EDITABLE_SETTINGS, EDITABLE_TEXTS, SETTINGS, parse_edit
from community.kernel import audit, clock, db, outbox
from community.kernel.errors import Conflict
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of


@row_of(CommunityChange)
class CommunityChangeRow:
    """One edit of a community, with the new values by setting.

    `changed_by` is None at the founding, which is the operator's.
    """

    id: int
    community_id: int
    version: int
    changed_by: int | None
    changes: dict[str, Any]
    created_at: datetime


_CHANGE_COLUMNS = db.columns(CommunityChangeRow)
_EDIT = db.Change(
    # A setting that is not edited keeps its stored form, with which its history agrees.
    f"UPDATE community SET {', '.join(f'{one} = COALESCE(${n}, {one})' for n, one in enumerate(EDITABLE_SETTINGS, 3))},"
    f" version = version + 1 WHERE id = $1 AND version = $2 RETURNING {COMMUNITY_COLUMNS}",
    CommunityRow,
)
_FIND = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community WHERE id = $1", CommunityRow)
_LOCK = db.Select("SELECT id FROM community WHERE id = $1 FOR NO KEY UPDATE", db.Id)
_LIST_CHANGES = db.Select(
    f"SELECT {_CHANGE_COLUMNS} FROM community_change WHERE community_id = $1 ORDER BY version LIMIT 10000",
    CommunityChangeRow,
)
_HISTORY = Listing(
    f"SELECT {_CHANGE_COLUMNS} FROM community_change WHERE community_id = $1",
    CommunityChangeRow,
    by={"version": int},
    newest_first=True,
)


async def lock_community(community_id: int) -> None:
    """Lock the community's row against concurrent decisions about it."""
    await _LOCK.first(community_id)


async def record_change(community_id: int, *, version: int, actor_id: int | None, changes: Mapping[str, Any]) -> None:
    """Add an edit to a community's history, in its transaction."""
    await db.execute(
        "INSERT INTO community_change (community_id, version, changed_by, changes, created_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        community_id, version, actor_id, dict(changes), clock.now(),
    )  # fmt: skip


@db.transactional
async def edit_community(actor: Actor, *, version: int, edit: Mapping[str, Any]) -> CommunityRow:
    """Change settings of the leader's community and return the community.

    `edit` holds new values by setting. None and an equal value change nothing.
    Raises LeadersOnly, InvalidInput, and Conflict if `version` is no longer the community's version.
    """
    actor = await permissions.lock_leader(actor)
    known = await _FIND.one(actor.community_id)
    if known.version != version:
        raise Conflict(path=("version",))
    changes = {name: value for name, value in parse_edit(edit).items() if value != getattr(known, name)}
    if not changes:
        return known
    row = await _EDIT.first(known.id, version, *(changes.get(name) for name in EDITABLE_SETTINGS))
    if row is None:
        raise Conflict(path=("version",))
    await record_change(row.id, version=row.version, actor_id=actor.id, changes=changes)
    if "visibility" in changes:
        await outbox.put("leaderboards.refresh_community", community_id=row.id)
    await audit.record(
        row.id, actor.id, "community.edit",
        subject="community", subject_id=row.id, version=row.version, fields=sorted(changes),
    )  # fmt: skip
    return row


async def list_changes(actor: MemberRow, request: PageRequest) -> Page[CommunityChangeRow]:
    """Return a page of the edits of the leader's community, newest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _HISTORY.page(request, actor.community_id)


@db.transactional
async def erase_member_texts(community_id: int, membership_id: int) -> None:
    """Remove what a member wrote from a community's texts and history.

    A current text of the member is replaced by the last one that another person wrote, or by the default.
    """
    await lock_community(community_id)
    changes = await _LIST_CHANGES.all(community_id)
    own_changes = [row for row in changes if row.changed_by == membership_id and row.changes]
    if not own_changes:
        return
    last_editors = {name: row.changed_by for row in changes for name in row.changes}
    values = {name: SETTINGS[name].default for name in EDITABLE_TEXTS if SETTINGS[name].default is not None}
    for row in changes:
        if row.changed_by != membership_id:
            values |= row.changes
    for name in EDITABLE_TEXTS:
        if last_editors.get(name) == membership_id and name in values:
            await db.execute(f"UPDATE community SET {name} = $2 WHERE id = $1", community_id, values[name])
    await db.execute("UPDATE community_change SET changes = '{}' WHERE id = ANY($1)", [row.id for row in own_changes])
