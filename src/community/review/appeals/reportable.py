"""Checks of what a member can report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities import permissions
from community.communities.queries import MemberRow
from community.kernel import db
from community.kernel.errors import Refusal
from community.review.errors import OwnSubmission
from community.review.things import Thing
from community.submissions import checks
from community.submissions.queries import SubmissionRow


@dataclass(slots=True)
class _ReportedRow:
    reporter_id: int
    thing_id: int
    thing_revision: int


_OWN_OF_SHOWN = db.Select(
    "SELECT s.id FROM report r JOIN submission s ON s.id = r.submission_id"
    " JOIN submission_revision v ON v.id = r.revision_id AND v.number = s.published_revision"
    " WHERE r.community_id = ANY($1) AND r.reporter_id = ANY($2) AND r.submission_id = ANY($3)",
    db.Id,
)
_OWN_OF_THINGS = db.Select(
    "SELECT reporter_id, thing_id, thing_revision FROM report WHERE community_id = ANY($1) AND reporter_id = ANY($2)"
    " AND thing = $3 AND thing_id = ANY($4)",
    _ReportedRow,
)


def require_reporter(row: SubmissionRow, member: MemberRow) -> None:
    """Raise Muted, NotFound or OwnSubmission unless the member may report it."""
    permissions.require_not_muted(member)
    checks.require_public(row, member)
    if row.author_id == member.id:
        raise OwnSubmission


async def list_reportable(rows: Sequence[SubmissionRow], members: Sequence[MemberRow | None]) -> list[bool]:
    """Return True for each submission that this member can report. The limit of a day is not read."""
    own = {
        row.id: member
        for row, member in zip(rows, members, strict=True)
        if member is not None and checks.is_allowed(require_reporter, row, member)
    }
    places, reporters = {member.community_id for member in own.values()}, {member.id for member in own.values()}
    reported = await _OWN_OF_SHOWN.all(list(places), list(reporters), list(own)) if any(members) else []
    able = own.keys() - {row.id for row in reported}
    return [row.id in able for row in rows]


async def list_reportable_things(things: Sequence[Thing], members: Sequence[MemberRow | None]) -> list[bool]:
    """Return True for each thing of one kind that this member can report.

    The limit of a day is not read.
    """
    able = [
        (thing, member)
        for thing, member in zip(things, members, strict=True)
        if member is not None and _is_reportable(thing, member)
    ]
    places, reporters = {thing.community_id for thing, _ in able}, {member.id for _, member in able}
    rows = (
        await _OWN_OF_THINGS.all(list(places), list(reporters), able[0][0].kind, [thing.id for thing, _ in able])
        if able
        else []
    )
    reported = {(row.reporter_id, row.thing_id, row.thing_revision) for row in rows}
    left = {thing.id for thing, member in able if (member.id, thing.id, thing.public) not in reported}
    return [thing.id in left for thing in things]


def _is_reportable(thing: Thing, member: MemberRow) -> bool:
    try:
        permissions.require_not_muted(member)
    except Refusal:
        return False
    return thing.public is not None and thing.author_id != member.id
