"""The statements of reactions: what a member does once to a published thing.

Each kind of reaction is a table with the same columns, and one declaration:

LIKES = declare_reactions("submission_like")
COMMENT_LIKES = declare_reactions("comment_like", to=Reacted("comment", "state = 'PUBLISHED'"))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.consent.models import ConsentPurpose
from community.kernel import clock, db
from community.submissions import checks
from community.submissions.queries import SubmissionRow, get


@dataclass(slots=True)
class ReactionRow:
    """A reaction that was deleted."""

    id: int
    created_at: datetime


@dataclass(slots=True)
class _CountRow:
    thing_id: int
    count: int


class Reacted(NamedTuple):
    """A table of things to which members react."""

    table: str
    is_published: str
    """The condition for its published rows."""


class Reactions(NamedTuple):
    """The statements of one kind of reaction."""

    inserting: db.Change[db.Id]
    deleting: db.Change[ReactionRow]
    deleting_all: db.Change[db.Id]
    reacted: db.Select[db.Id]
    counts: db.Select[_CountRow]

    async def insert(self, actor: Actor, thing_id: int, *further: str) -> tuple[MemberRow, bool]:
        """Insert the actor's reaction to a published thing, in the caller's transaction.

        Returns the member, and True if the reaction is new. A thing that is not public has no new reaction.
        Raises NotAMember, ConsentMissing, GuardianNeeded.
        """
        member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
        new = await self.inserting.first(member.community_id, thing_id, member.id, clock.now(), *further)
        return member, new is not None

    async def delete(self, member: MemberRow, thing_id: int) -> ReactionRow | None:
        """Delete the member's reaction to a thing, in the caller's transaction. Return it, or None."""
        return await self.deleting.first(member.community_id, thing_id, member.id)

    async def erase(self, membership_ids: Sequence[int]) -> list[int]:
        """Delete all reactions of these members, in the caller's transaction. Return their ids."""
        return [row.id for row in await self.deleting_all.all(list(membership_ids))]

    async def list_reacted(self, person_id: int, thing_ids: Sequence[int]) -> list[bool]:
        """Return for each thing, in order, True if this person has reacted to it."""
        reacted = {row.id for row in await self.reacted.all(person_id, list(thing_ids))}
        return [thing_id in reacted for thing_id in thing_ids]

    async def count_by_thing(self, thing_ids: Sequence[int]) -> dict[int, int]:
        """Return the number of reactions of each thing that has any."""
        return {row.thing_id: row.count for row in await self.counts.all(list(thing_ids))}


_SUBMISSIONS = Reacted("submission", "published_revision IS NOT NULL")


def declare_reactions(table: str, *further: str, to: Reacted = _SUBMISSIONS) -> Reactions:
    """Return the statements of a table of reactions. With `further` columns there is one for each value."""
    key = f"{to.table}_id"
    columns = ("community_id", key, "membership_id")
    values = "".join(f", ${number}" for number in range(5, 5 + len(further)))
    return Reactions(
        db.Change(
            f"INSERT INTO {table} ({', '.join((*columns, 'created_at', *further))})"
            f" SELECT t.community_id, t.id, $3, $4{values} FROM {to.table} t"
            f" WHERE t.community_id = $1 AND t.id = $2 AND t.{to.is_published}"
            f" ON CONFLICT ({', '.join((*columns, *further))}) DO NOTHING"
            " RETURNING id",
            db.Id,
        ),
        db.Change(
            f"DELETE FROM {table} WHERE community_id = $1 AND {key} = $2 AND membership_id = $3"
            f" RETURNING {db.columns(ReactionRow)}",
            ReactionRow,
        ),
        db.Change(f"DELETE FROM {table} WHERE membership_id = ANY($1) RETURNING id", db.Id),
        db.Select(
            f"SELECT l.{key} AS id FROM {table} l JOIN membership m ON m.id = l.membership_id"
            f" WHERE m.person_id = $1 AND l.{key} = ANY($2)",
            db.Id,
        ),
        db.Select(
            f"SELECT {key} AS thing_id, count(*) AS count FROM {table} WHERE {key} = ANY($1) GROUP BY {key}",
            _CountRow,
        ),
    )


async def get_public(member: MemberRow, submission_id: int) -> SubmissionRow:
    """Return a submission of the member's community that is public. Raises NotFound."""
    row = await get(member.community_id, submission_id)
    checks.require_public(row, member)
    return row
