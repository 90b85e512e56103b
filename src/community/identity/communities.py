"""Verbs about a community: its profile and settings with their history, its roles, and leaving it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from community.identity import consents, rules
from community.identity.errors import LastLeader, LeadersOnly
from community.identity.models import CommunityChange, Joining, Role, Visibility
from community.identity.queries import COMMUNITY_COLUMNS, CommunityRow, MemberRow, find_membership, get_member
from community.kernel import audit, clock, db
from community.kernel.errors import Conflict, NotFound
from community.kernel.listing import Listing
from community.kernel.paging import Page, PageRequest
from community.kernel.tables import row_of

EDITABLE = ("name", "description", "announcement", "rules", "visibility", "joining")


@row_of(CommunityChange)
@dataclass(slots=True)
class ChangeRow:
    """One edit of a community: what was changed, to what, by whom; None for its founding, which the operator did."""

    id: int
    community_id: int
    version: int
    changed_by: int | None
    changes: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; None leaves a value as it is."""

    name: str | None = None
    description: str | None = None
    announcement: str | None = None
    rules: str | None = None
    visibility: Visibility | None = None
    joining: Joining | None = None

    def checked(self) -> dict[str, str]:
        """The values that are given, checked. Raises InvalidInput."""
        given: dict[str, str | Enum] = {}
        if self.name is not None:
            given["name"] = rules.community_name(self.name)
        for name, most in (
            ("description", rules.DESCRIPTION_LENGTH),
            ("announcement", rules.ANNOUNCEMENT_LENGTH),
            ("rules", rules.RULES_LENGTH),
        ):
            text = getattr(self, name)
            if text is not None:
                given[name] = rules.profile_text(text, most=most, path=name)
        chosen = {"visibility": self.visibility, "joining": self.joining}
        given |= {name: value for name, value in chosen.items() if value is not None}
        return {name: str(value.value if isinstance(value, Enum) else value) for name, value in given.items()}


_CHANGE = db.columns(ChangeRow)
_EDIT = db.Change(
    "UPDATE community SET name = $3, description = $4, announcement = $5, rules = $6, visibility = $7, joining = $8,"
    f" version = version + 1 WHERE id = $1 AND version = $2 RETURNING {COMMUNITY_COLUMNS}",
    CommunityRow,
)
_FIND = db.Select(f"SELECT {COMMUNITY_COLUMNS} FROM community WHERE id = $1", CommunityRow)
_LOCK = db.Select("SELECT id FROM community WHERE id = $1 FOR NO KEY UPDATE", db.Id)
_OTHER_LEADER = db.Select(
    "SELECT m.id FROM membership m JOIN membership_role r ON r.community_id = m.community_id AND r.membership_id = m.id"
    " JOIN person p ON p.id = m.person_id WHERE m.community_id = $1 AND m.id <> $2 AND r.role = 'LEADER'"
    " AND m.left_at IS NULL AND p.banned_at IS NULL AND p.erased_at IS NULL LIMIT 1",
    db.Id,
)
_GIVE = db.Change(
    "INSERT INTO membership_role (community_id, membership_id, role, granted_at) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (community_id, membership_id, role) DO NOTHING RETURNING id",
    db.Id,
)
_TAKE = db.Change(
    "DELETE FROM membership_role WHERE community_id = $1 AND membership_id = $2 AND role = $3 RETURNING id", db.Id
)
_LEAVE = db.Change(
    "UPDATE membership SET left_at = $3 WHERE community_id = $1 AND id = $2 AND left_at IS NULL RETURNING id", db.Id
)
_LEADERLESS = db.Select(
    "SELECT c.id FROM community c WHERE NOT EXISTS (SELECT 1 FROM membership m JOIN membership_role r"
    " ON r.community_id = m.community_id AND r.membership_id = m.id JOIN person p ON p.id = m.person_id"
    " WHERE m.community_id = c.id AND r.role = 'LEADER' AND m.left_at IS NULL AND p.banned_at IS NULL"
    " AND p.erased_at IS NULL)"
    " AND EXISTS (SELECT 1 FROM membership m WHERE m.community_id = c.id AND m.left_at IS NULL)"
    " ORDER BY c.id LIMIT 20",
    db.Id,
)
_WRITTEN = db.Select(
    f"SELECT {_CHANGE} FROM community_change WHERE community_id = $1 ORDER BY version LIMIT 10000", ChangeRow
)


async def lock_community(community_id: int) -> None:
    """Hold the community's row until the end of the transaction: what is decided of it at once is decided in turn."""
    await _LOCK.first(community_id)


async def write_change(community_id: int, *, version: int, actor_id: int | None, changes: Mapping[str, Any]) -> None:
    """Add to a community's history, in the transaction of the change."""
    await db.execute(
        "INSERT INTO community_change (community_id, version, changed_by, changes, created_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        community_id, version, actor_id, dict(changes), clock.now(),
    )  # fmt: skip


@db.transactional
async def edit(actor: MemberRow, *, version: int, edit: Edit) -> CommunityRow:
    """Change a community's profile or settings, as its leader. What is the same already is no change.

    Raises LeadersOnly, InvalidInput, Conflict when `version` is not the community's any more.
    """
    if not actor.is_leader:
        raise LeadersOnly
    known = await _FIND.one(actor.community_id)
    if known.version != version:
        raise Conflict(path=("version",))
    was = {name: str(getattr(known, name)) for name in EDITABLE}
    changes = {name: value for name, value in edit.checked().items() if value != was[name]}
    if not changes:
        return known
    becomes = was | changes
    row = await _EDIT.first(known.id, version, *(becomes[name] for name in EDITABLE))
    if row is None:
        raise Conflict(path=("version",))
    await write_change(row.id, version=row.version, actor_id=actor.id, changes=changes)
    await audit.record(
        row.id, actor.id, "community.edit",
        subject="community", subject_id=row.id, version=row.version, fields=sorted(changes),
    )  # fmt: skip
    return row


_HISTORY = Listing(
    f"SELECT {_CHANGE} FROM community_change WHERE community_id = $1", ChangeRow, by={"version": int}, newest_first=True
)


async def history(actor: MemberRow, request: PageRequest) -> Page[ChangeRow]:
    """Every edit of the leader's community, newest first. Raises LeadersOnly."""
    if not actor.is_leader:
        raise LeadersOnly
    return await _HISTORY.page(request, actor.community_id)


# --- roles -------------------------------------------------------------------------------------------------------


@db.transactional
async def give_role(actor: MemberRow, membership_id: int, *, role: Role) -> MemberRow:
    """Give a member of the leader's community a role; one they have already changes nothing.

    Raises LeadersOnly, NotFound.
    """
    member = await _of_leader(actor, membership_id)
    if await _GIVE.first(actor.community_id, member.id, role, clock.now()) is not None:
        await _record(actor, member.id, "role.give", role)
    return await get_member(member.person_id, member.community_id)


@db.transactional
async def take_role(actor: MemberRow, membership_id: int, *, role: Role) -> MemberRow:
    """Take a role from a member of the leader's community; one they do not have changes nothing.

    Raises LeadersOnly, NotFound, LastLeader.
    """
    member = await _of_leader(actor, membership_id)
    if role is Role.LEADER and member.is_leader:
        await _check_another_leader(member)
    if await _TAKE.first(actor.community_id, member.id, role) is not None:
        await _record(actor, member.id, "role.take", role)
    return await get_member(member.person_id, member.community_id)


async def _of_leader(actor: MemberRow, membership_id: int) -> MemberRow:
    if not actor.is_leader:
        raise LeadersOnly
    member = await find_membership(membership_id)
    if member is None or member.community_id != actor.community_id or member.left_at is not None:
        raise NotFound("There is no such member in this community.", path=("memberId",))
    return member


async def _check_another_leader(member: MemberRow) -> None:
    """Held until the end of the transaction: two leaders who step down at once are asked one after the other."""
    await lock_community(member.community_id)
    if await _OTHER_LEADER.first(member.community_id, member.id) is None:
        raise LastLeader


async def _record(actor: MemberRow, membership_id: int, action: str, role: Role) -> None:
    await audit.record(
        actor.community_id, actor.id, action, subject="membership", subject_id=membership_id, role=role.value
    )


# --- leaving -----------------------------------------------------------------------------------------------------


@db.transactional
async def leave(actor: MemberRow) -> None:
    """Leave a community: its roles and its reading end at once, what one made there and one's points stay.

    Whoever joins again finds their points. Raises LastLeader.
    """
    await lock_community(actor.community_id)
    # Read anew: a role may have come or gone while this waited for another leader who was leaving.
    member = await get_member(actor.person_id, actor.community_id)
    if member.is_leader:
        await _check_another_leader(member)
    await end_membership(member)


@db.transactional
async def end_membership(member: MemberRow) -> None:
    """End a membership and its roles, whoever is left to lead: for those who leave the service altogether."""
    for role in member.roles:
        await _TAKE.first(member.community_id, member.id, role)
        await _record(member, member.id, "role.take", role)
    if await _LEAVE.first(member.community_id, member.id, clock.now()) is not None:
        await audit.record(
            member.community_id, member.id, "membership.leave", subject="membership", subject_id=member.id
        )
    await consents.refresh_boards(member.person_id)


async def leaderless() -> list[int]:
    """Communities with members and without a leader, twenty at most: for the operator to mend."""
    return [row.id for row in await _LEADERLESS.all()]


# --- being forgotten ---------------------------------------------------------------------------------------------


@db.transactional
async def take_words_back(community_id: int, membership_id: int) -> None:
    """Take what a member wrote out of a community's profile and its history.

    A text of theirs that stands gives way to what somebody else had written there before, the name to its last one by
    somebody else.
    """
    await lock_community(community_id)
    written = await _WRITTEN.all(community_id)
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


async def changes_by(membership_ids: list[int]) -> list[ChangeRow]:
    """What these members have written into their communities' profiles."""
    return await _BY_MEMBERS.all(membership_ids)


_BY_MEMBERS = db.Select(f"SELECT {_CHANGE} FROM community_change WHERE changed_by = ANY($1) ORDER BY id", ChangeRow)
