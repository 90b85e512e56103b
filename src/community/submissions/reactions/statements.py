"""The statements of reactions: what a member does once to a published submission.

Each kind of reaction is a table with the same columns, and one declaration:

LIKES = declare_reactions("submission_like")
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
class NewReactionRow:
    """A new reaction, with the time zone of its community."""

    time_zone: str
    created_at: datetime


@dataclass(slots=True)
class ReactionRow:
    """A reaction that was deleted."""

    id: int
    created_at: datetime


@dataclass(slots=True)
class _ReactedRow:
    submission_id: int


@dataclass(slots=True)
class _CountRow:
    submission_id: int
    count: int


class Reactions(NamedTuple):
    """The statements of one kind of reaction."""

    inserting: db.Change[NewReactionRow]
    deleting: db.Change[ReactionRow]
    deleting_all: db.Change[db.Id]
    reacted: db.Select[_ReactedRow]
    counts: db.Select[_CountRow]

    async def insert(self, actor: Actor, submission_id: int, *further: str) -> tuple[MemberRow, NewReactionRow | None]:
        """Insert the actor's reaction to a published submission, in the caller's transaction.

        Returns the member, and the reaction if it is new. A submission that is not public has no new reaction.
        Raises NotAMember, ConsentMissing, GuardianNeeded.
        """
        member = await permissions.lock_consenting_member(actor, ConsentPurpose.SERVICE)
        new = await self.inserting.first(member.community_id, submission_id, member.id, clock.now(), *further)
        return member, new

    async def delete(self, member: MemberRow, submission_id: int) -> ReactionRow | None:
        """Delete the member's reaction to a submission, in the caller's transaction. Return it, or None."""
        return await self.deleting.first(member.community_id, submission_id, member.id)

    async def erase(self, membership_ids: Sequence[int]) -> list[int]:
        """Delete all reactions of these members, in the caller's transaction. Return their ids."""
        return [row.id for row in await self.deleting_all.all(list(membership_ids))]

    async def list_reacted(self, person_id: int, submission_ids: Sequence[int]) -> list[bool]:
        """Return for each submission, in order, True if this person has reacted to it."""
        reacted = {row.submission_id for row in await self.reacted.all(person_id, list(submission_ids))}
        return [submission_id in reacted for submission_id in submission_ids]

    async def count_by_submission(self, submission_ids: Sequence[int]) -> dict[int, int]:
        """Return the number of reactions of each submission that has any."""
        return {row.submission_id: row.count for row in await self.counts.all(list(submission_ids))}


def declare_reactions(table: str, *further: str) -> Reactions:
    """Return the statements of a table of reactions. With `further` columns there is one for each value."""
    columns = ("community_id", "submission_id", "membership_id")
    values = "".join(f", ${number}" for number in range(5, 5 + len(further)))
    return Reactions(
        db.Change(
            f"INSERT INTO {table} ({', '.join((*columns, 'created_at', *further))})"
            f" SELECT s.community_id, s.id, $3, $4{values} FROM submission s"
            " WHERE s.community_id = $1 AND s.id = $2 AND s.published_revision IS NOT NULL"
            f" ON CONFLICT ({', '.join((*columns, *further))}) DO NOTHING"
            " RETURNING (SELECT c.time_zone FROM community c WHERE c.id = community_id) AS time_zone,"
            " created_at",
            NewReactionRow,
        ),
        db.Change(
            f"DELETE FROM {table} WHERE community_id = $1 AND submission_id = $2 AND membership_id = $3"
            f" RETURNING {db.columns(ReactionRow)}",
            ReactionRow,
        ),
        db.Change(f"DELETE FROM {table} WHERE membership_id = ANY($1) RETURNING id", db.Id),
        db.Select(
            f"SELECT l.submission_id FROM {table} l JOIN membership m ON m.id = l.membership_id"
            " WHERE m.person_id = $1 AND l.submission_id = ANY($2)",
            _ReactedRow,
        ),
        db.Select(
            f"SELECT submission_id, count(*) AS count FROM {table} WHERE submission_id = ANY($1)"
            " GROUP BY submission_id",
            _CountRow,
        ),
    )


async def get_public(member: MemberRow, submission_id: int) -> SubmissionRow:
    """Return a submission of the member's community that is public. Raises NotFound."""
    row = await get(member.community_id, submission_id)
    checks.require_public(row, member)
    return row
