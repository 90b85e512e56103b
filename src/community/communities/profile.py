"""A community's profile and settings, with their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from community.communities import rules as communities_rules
from community.communities.models import CommunityChange, JoiningPolicy, Visibility
from community.communities.permissions import require_leader
from community.communities.queries import COMMUNITY_COLUMNS, CommunityRow, MemberRow
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of

EDITABLE_FIELDS = ("name", "description", "announcement", "rules", "visibility", "joining")


@row_of(CommunityChange)
@dataclass(slots=True)
class CommunityChangeRow:
    """One edit of a community: what was changed, to what, by whom; None for its founding, which the operator did."""

    id: int
    community_id: int
    version: int
    changed_by: int | None
    changes: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CommunityEdit:
    """What to change; None leaves a value as it is."""

    name: str | None = None
    description: str | None = None
    announcement: str | None = None
    rules: str | None = None
    visibility: Visibility | None = None
    joining: JoiningPolicy | None = None

    def validate_values(self) -> dict[str, str]:
        """The values that are given, checked. Raises InvalidInput."""
        given: dict[str, str | Enum] = {}
        if self.name is not None:
            given["name"] = communities_rules.normalise_community_name(self.name)
        for name, most in (
            ("description", communities_rules.MAX_DESCRIPTION_LENGTH),
            ("announcement", communities_rules.MAX_ANNOUNCEMENT_LENGTH),
            ("rules", communities_rules.MAX_RULES_LENGTH),
        ):
            text = getattr(self, name)
            if text is not None:
                given[name] = communities_rules.normalise_profile_text(text, max_length=most, path=name)
        chosen = {"visibility": self.visibility, "joining": self.joining}
        given |= {name: value for name, value in chosen.items() if value is not None}
        return {name: str(value.value if isinstance(value, Enum) else value) for name, value in given.items()}


_CHANGE_COLUMNS = db.columns(CommunityChangeRow)
_EDIT = db.Change(
    "UPDATE community SET name = $3, description = $4, announcement = $5, rules = $6, visibility = $7, joining = $8,"
    f" version = version + 1 WHERE id = $1 AND version = $2 RETURNING {COMMUNITY_COLUMNS}",
    CommunityRow,
)
_FIND = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community WHERE id = $1", CommunityRow)
_LOCK = db.Select("SELECT id FROM community WHERE id = $1 FOR NO KEY UPDATE", db.Id)


_LIST_CHANGES = db.Select(
    f"SELECT {_CHANGE_COLUMNS} FROM community_change WHERE community_id = $1 ORDER BY version LIMIT 10000",
    CommunityChangeRow,
)


async def lock_community(community_id: int) -> None:
    """Hold the community's row until the end of the transaction: what is decided of it at once is decided in turn."""
    await _LOCK.first(community_id)


async def record_change(community_id: int, *, version: int, actor_id: int | None, changes: Mapping[str, Any]) -> None:
    """Add to a community's history, in the transaction of the change."""
    await db.execute(
        "INSERT INTO community_change (community_id, version, changed_by, changes, created_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        community_id, version, actor_id, dict(changes), clock.now(),
    )  # fmt: skip


@db.transactional
async def edit_community(actor: MemberRow, *, version: int, edit: CommunityEdit) -> CommunityRow:
    """Change a community's profile or settings, as its leader. What is the same already is no change.

    Raises LeadersOnly, InvalidInput, Conflict when `version` is not the community's any more.
    """
    require_leader(actor)
    known = await _FIND.one(actor.community_id)
    if known.version != version:
        raise Conflict(path=("version",))
    was = {name: str(getattr(known, name)) for name in EDITABLE_FIELDS}
    changes = {name: value for name, value in edit.validate_values().items() if value != was[name]}
    if not changes:
        return known
    becomes = was | changes
    row = await _EDIT.first(known.id, version, *(becomes[name] for name in EDITABLE_FIELDS))
    if row is None:
        raise Conflict(path=("version",))
    await record_change(row.id, version=row.version, actor_id=actor.id, changes=changes)
    await audit.record(
        row.id, actor.id, "community.edit",
        subject="community", subject_id=row.id, version=row.version, fields=sorted(changes),
    )  # fmt: skip
    return row


_HISTORY = Listing(
    f"SELECT {_CHANGE_COLUMNS} FROM community_change WHERE community_id = $1",
    CommunityChangeRow,
    by={"version": int},
    newest_first=True,
)


async def list_changes(actor: MemberRow, request: PageRequest) -> Page[CommunityChangeRow]:
    """Every edit of the leader's community, newest first. Raises LeadersOnly."""
    require_leader(actor)
    return await _HISTORY.page(request, actor.community_id)


@db.transactional
async def erase_member_texts(community_id: int, membership_id: int) -> None:
    """Take what a member wrote out of a community's profile and its history.

    A text of theirs that stands gives way to what somebody else had written there before, the name to its last one by
    somebody else.
    """
    await lock_community(community_id)
    written = await _LIST_CHANGES.all(community_id)
    theirs = [row for row in written if row.changed_by == membership_id and row.changes]
    if not theirs:
        return
    last_by = {name: row.changed_by for row in written for name in row.changes}
    values: dict[str, str] = {"description": "", "announcement": "", "rules": ""}
    for row in written:
        if row.changed_by != membership_id:
            values |= {name: str(value) for name, value in row.changes.items()}
    for name in ("name", "description", "announcement", "rules"):
        if last_by.get(name) == membership_id and name in values:
            await db.execute(f"UPDATE community SET {name} = $2 WHERE id = $1", community_id, values[name])
    await db.execute("UPDATE community_change SET changes = '{}' WHERE id = ANY($1)", [row.id for row in theirs])


async def list_changes_by(membership_ids: list[int]) -> list[CommunityChangeRow]:
    """What these members have written into their communities' profiles."""
    return await _LIST_CHANGES_BY.all(membership_ids)


_LIST_CHANGES_BY = db.Select(
    f"SELECT {_CHANGE_COLUMNS} FROM community_change WHERE changed_by = ANY($1) ORDER BY id", CommunityChangeRow
)
