"""The case about a waiting revision of a thing."""

from __future__ import annotations

from collections.abc import Sequence

from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import db
from community.review import cases
from community.review.appeals import appeals, reports
from community.review.models import CaseKind, CaseReason, ThingKind
from community.review.queries import CaseRow
from community.review.service import require_publishable
from community.review.things import THINGS, Thing, ThingRevision
from community.submissions.rules import normalise_note


async def open_case(thing: Thing, reasons: Sequence[CaseReason], *, urgency: int = 0) -> None:
    """Open the case about the waiting revision of a locked thing. Idempotent."""
    if thing.pending is not None:
        await cases.open_case(
            CaseKind(thing.kind), community_id=thing.community_id, author_id=thing.author_id,
            thing=ThingRevision(thing.kind, thing.id, thing.pending), reasons=reasons, urgency=urgency,
        )  # fmt: skip


async def find_waiting(thing: Thing) -> CaseRow | None:
    """Return the open case about the waiting revision of a thing, or None."""
    return await cases.find_open_of_thing(thing, CaseKind(thing.kind))


async def end_over(thing: Thing, *, hidden: bool) -> None:
    """End the cases, reports and appeals that a locked thing has outlived. Idempotent."""
    waiting = await find_waiting(thing)
    if waiting is not None and waiting.thing_revision != thing.pending:
        await cases.supersede(waiting.id)
    await reports.end_over_thing(thing, hidden=hidden)
    await appeals.end_over_thing(thing)


@db.transactional
async def approve(actor: Actor | None, case_id: int, *, version: int, kind: ThingKind) -> CaseRow:
    """Show the waiting revision of a case, and return the closed case. The operator is None.

    Raises what `cases.lock_to_decide` raises, AuthorSuspended, AuthorDisagrees.
    """
    leader, case = await _close_case(actor, case_id, version, kind)
    await require_publishable(case.author_id)
    await THINGS[kind].approve(case, leader)
    return case


@db.transactional
async def refuse(actor: Actor | None, case_id: int, *, version: int, kind: ThingKind, reason: str) -> CaseRow:
    """Refuse the waiting revision of a case, and return the closed case.

    Its author reads the reason. The operator is None. Raises what `cases.lock_to_decide` raises, and InvalidInput.
    """
    leader, case = await _close_case(actor, case_id, version, kind)
    await THINGS[kind].refuse(case, leader, normalise_note(reason, path="reason"))
    return case


async def _close_case(
    actor: Actor | None, case_id: int, version: int, kind: ThingKind
) -> tuple[MemberRow | None, CaseRow]:
    # The case is closed first, because other ends supersede it.
    leader, case = await cases.lock_to_decide(actor, case_id, version=version, kind=CaseKind(kind))
    return leader, await cases.close(case)
