"""Verbs by which leaders judge and hide the notes of endorsements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from community.communities import permissions
from community.communities.permissions import Actor, get_member_id, require_leader
from community.communities.queries import MemberRow
from community.experts import notes, queries
from community.experts.models import NoteState
from community.experts.queries import EndorsementRow
from community.kernel import audit, db
from community.kernel.ddl import REDACTED
from community.kernel.errors import Conflict, NotFound
from community.notices.models import NoticeKind
from community.notices.service import notify_member
from community.review import judging
from community.review.errors import OwnThing
from community.review.models import ThingKind
from community.review.queries import CaseRow
from community.review.things import THINGS, Thing, ThingVerbs
from community.submissions.rules import normalise_note


@dataclass(slots=True)
class _NoteRow:
    id: int
    note: str
    note_number: int


_NOTES = db.Select("SELECT id, note, note_number FROM endorsement WHERE id = ANY($1)", _NoteRow)


async def _approve(case: CaseRow, leader: MemberRow | None) -> None:
    row = await queries.get_endorsement(case.thing_id or 0)
    await notes.set_state(row, NoteState.SHOWN)
    await audit.record_about(row, "endorsement.show_note", by=leader, submission=row.submission_id, case_id=case.id)
    await notify_member(
        row.community_id, row.membership_id, kind=NoticeKind.ENDORSEMENT_NOTE_SHOWN, key=f"case:{case.id}",
        detail={"submission": row.submission_id},
    )  # fmt: skip


async def _refuse(case: CaseRow, leader: MemberRow | None, note: str) -> None:
    row = await queries.get_endorsement(case.thing_id or 0)
    await notes.refuse(row, by_id=get_member_id(leader), reason=note, case_id=case.id)


@db.transactional
async def hide(actor: Actor, endorsement_id: int, *, reason: str) -> EndorsementRow:
    """Hide a shown note with a reason, and return the endorsement, which counts further. Its expert reads the reason.

    Raises LeadersOnly, NotFound, OwnThing, InvalidInput, and Conflict unless the note is shown.
    """
    found = await queries.find_endorsement(endorsement_id)
    if found is None or found.community_id != actor.community_id:
        raise NotFound("endorsement")
    leader = await permissions.lock_leader(actor, found.membership_id)
    row = await notes.lock(endorsement_id)
    require_hideable(row, leader)
    await notes.refuse(row, by_id=leader.id, reason=normalise_note(reason, path="reason"))
    return await queries.get_endorsement(row.id)


def require_hideable(row: EndorsementRow, member: MemberRow) -> None:
    """Raise LeadersOnly, OwnThing or Conflict unless the member may hide the note."""
    require_leader(member)
    if row.membership_id == member.id:
        raise OwnThing
    if row.note_state is not NoteState.SHOWN or row.withdrawn_at is not None:
        raise Conflict(path=("endorsementId",))


async def _find_thing(community_id: int, endorsement_id: int) -> Thing:
    row = await queries.find_endorsement(endorsement_id)
    if row is None or row.community_id != community_id:
        raise NotFound("endorsement")
    return notes.build_thing(row)


async def _lock_thing(community_id: int, endorsement_id: int) -> Thing:
    del community_id
    return notes.build_thing(await notes.lock(endorsement_id))


async def _hide_thing(thing: Thing, leader: MemberRow | None, reason: str) -> None:
    await notes.refuse(await queries.get_endorsement(thing.id), by_id=get_member_id(leader), reason=reason)


async def _read_texts(revisions: Sequence[tuple[int, int]]) -> list[str | None]:
    found = {row.id: row for row in await _NOTES.all([number for number, _ in revisions])}
    return [
        row.note
        if (row := found.get(number)) is not None and row.note_number == revision and row.note != REDACTED
        else None
        for number, revision in revisions
    ]


THINGS[ThingKind.ENDORSEMENT] = ThingVerbs(_find_thing, _lock_thing, _hide_thing, _approve, _refuse, _read_texts)
approve = partial(judging.approve, kind=ThingKind.ENDORSEMENT)
refuse = partial(judging.refuse, kind=ThingKind.ENDORSEMENT)
