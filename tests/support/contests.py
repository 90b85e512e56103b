"""Contests and story calls for tests, created by the services."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from community.communities.queries import MemberRow
from community.events import entering, phases, queries, service, voting
from community.events.contents import EventContent, EventRules
from community.events.kinds import KINDS, EventKind, EventState, TakingPart
from community.events.personal import PART
from community.events.rows import EntryRow, EventRow
from community.events.tasks import riddles
from community.events.tasks.rules import QuestionContent
from community.kernel import clock
from community.privacy.exports import get_subject
from community.settings import Settings
from community.submissions.models import SubmissionKind
from tests.support.story import SampleCommunity, create_published

RULES: dict[str, Any] = {"votes_per_day": 2, "votes_in_total": 3, "gold_prizes": 1, "silver_prizes": 1}

QUESTIONS = (
    QuestionContent("千条线，万条线，落到水里都不见。打一自然现象", ("雨", "下雨")),
    QuestionContent("中秋节在农历几月？", ("八月",), ("七月", "八月", "九月")),
)


def make_event_content(kind: EventKind = EventKind.PHOTO_CONTEST, **given: Any) -> EventContent:
    """Build the content of an event that opens tomorrow, and changes its phase every day."""
    now = clock.now()
    dates: dict[str, Any] = {"opens_at": now + timedelta(days=1), "closes_at": now + timedelta(days=5)}
    if kind is EventKind.ACTIVITY:
        given = {"starts_at": now + timedelta(days=2)} | given
    elif KINDS[kind].takes is not TakingPart.SUBMISSIONS:
        pass
    elif kind is EventKind.PHOTO_CONTEST:
        dates["voting_at"] = now + timedelta(days=3)
    else:
        dates["judging_at"] = now + timedelta(days=4)
    rules = RULES | {key: given.pop(key) for key in list(given) if key in EventRules.__dataclass_fields__}
    return EventContent(**{"title": "晒团圆照", "text": "中秋晒团圆照", "rules": EventRules(**rules)} | dates | given)


async def create_event(
    place: SampleCommunity, state: EventState = EventState.OPEN, kind: EventKind = EventKind.PHOTO_CONTEST, **given: Any
) -> EventRow:
    """Create an event, and move it to a phase by hand."""
    return await hold(place.leader, state, kind, **given)


async def hold(
    leader: MemberRow, state: EventState = EventState.OPEN, kind: EventKind = EventKind.PHOTO_CONTEST, **given: Any
) -> EventRow:
    """Create an event of a leader, and move it to a phase by hand."""
    row = await service.create(leader, kind=kind, content=make_event_content(kind, **given))
    if kind is EventKind.RIDDLES:
        row = await riddles.write_questions(leader, row.id, version=row.version, questions=QUESTIONS)
    return await move_to(leader, row, state)


async def move_to(leader: MemberRow, row: EventRow, state: EventState) -> EventRow:
    """Move an event on to a phase by hand."""
    row = await reload(row)
    order = [EventState.DRAFT, EventState.ANNOUNCED, *row.dates]
    while row.state is not state:
        row = await phases.move(leader, row.id, version=row.version, to=order[order.index(row.state) + 1])
    return row


async def move_on(place: SampleCommunity, row: EventRow) -> EventRow:
    """Move an event to its next phase by hand."""
    row = await reload(row)
    order = [EventState.DRAFT, EventState.ANNOUNCED, *row.dates]
    return await phases.move(place.leader, row.id, version=row.version, to=order[order.index(row.state) + 1])


async def enter(event: EventRow, member: MemberRow, place: SampleCommunity, **given: Any) -> EntryRow:
    """Publish a photograph of the member, and enter it."""
    row = await create_published(place, author=member, kind=given.pop("kind", SubmissionKind.PHOTOGRAPH), **given)
    return await entering.enter(member, event.id, submission_id=row.id)


async def create_contest(place: SampleCommunity, entries: int = 3, **given: Any) -> tuple[EventRow, list[EntryRow]]:
    """Create a contest in its voting, with an entry of each of the first residents."""
    event = await create_event(place, **given)
    entered = [await enter(event, member, place) for member in place.residents[:entries]]
    return await move_on(place, event), entered


async def vote(member: MemberRow, *entries: EntryRow) -> None:
    """Give a member's vote to each entry."""
    for entry in entries:
        await voting.vote(member, entry.id)


async def reload(row: EventRow) -> EventRow:
    """Read the event as it is now."""
    return await queries.get_event(row.community_id, row.id)


async def reload_entry(row: EntryRow) -> EntryRow:
    """Read the entry as it is now."""
    return await queries.get_entry(row.community_id, row.id)


async def read_export(settings: Settings, member: MemberRow) -> dict[str, Any]:
    """Read the files about events of a member's export."""
    subject = await get_subject(member.person_id)
    return {file.name: json.loads(file.body) async for file in PART.iterate(settings, subject)}
