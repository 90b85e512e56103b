"""Verbs of topics. Leaders only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.profile import lock_community
from community.communities.queries import MemberRow
from community.communities.time_zones import get_time_zone
from community.kernel import audit, clock, db, mistakes
from community.kernel.ddl import REDACTED
from community.kernel.errors import Conflict, InvalidInput
from community.media import uses
from community.media.models import MediaSubject
from community.media.uses import MediaConsumer
from community.submissions.errors import TopicExists
from community.submissions.rules import normalise_tag
from community.submissions.topics import rules
from community.submissions.topics.queries import COLUMNS, TopicRow, get_topic
from community.submissions.topics.rules import TopicContent, TopicPlan


@dataclass(slots=True)
class _TagRow:
    tag: str


_INSERT = db.Change(
    "INSERT INTO topic (community_id, opened_by, tag, description, version, created_at, starts_at, ends_at)"
    f" VALUES ($1, $2, $3, $4, 1, $5, $6, $7) RETURNING {COLUMNS}",
    TopicRow,
)
_CURRENT_TAGS = db.Select(
    "SELECT tag FROM topic WHERE community_id = $1 AND ends_at > $2 ORDER BY ends_at, id"
    f" LIMIT {rules.MAX_CURRENT + 1}",
    _TagRow,
)
_EDIT = db.Change(
    "UPDATE topic SET description = $4, ends_at = $5, version = version + 1"
    f" WHERE community_id = $1 AND id = $2 AND version = $3 RETURNING {COLUMNS}",
    TopicRow,
)
_CLOSE = db.Change(
    "UPDATE topic SET closed_at = $3, ends_at = CASE WHEN starts_at > $3 THEN starts_at ELSE $3 END,"
    f" version = version + 1 WHERE community_id = $1 AND id = $2 AND ends_at > $3 RETURNING {COLUMNS}",
    TopicRow,
)
_WRITTEN = db.Change(
    f"UPDATE topic SET description = '{REDACTED}', tag = '〔' || id || '〕', version = version + 1"
    " WHERE opened_by = ANY($1) RETURNING id",
    db.Id,
)


@db.transactional
async def open_topic(actor: Actor, *, plan: TopicPlan) -> TopicRow:
    """Open a topic, and return it.

    Raises LeadersOnly, InvalidInput, TopicExists while the tag has a topic, MediaRefused, NotFound, StorageFull.
    """
    leader = await permissions.lock_leader(actor)
    # The lock orders the openings of a community.
    await lock_community(leader.community_id)
    time_zone = await get_time_zone(leader.community_id)
    now = clock.now()
    with mistakes.collect() as check:
        tag = check(normalise_tag, plan.tag)
        text = check(rules.normalise_description, plan.content.description)
        start = check(rules.compute_start, plan.first_day, time_zone=time_zone, now=now)
        if check.has_mistakes():
            start = now  # The last day is checked too.
        end = check(rules.compute_end, plan.content.last_day, start=start, time_zone=time_zone, now=now)
    current = [row.tag for row in await _CURRENT_TAGS.all(leader.community_id, now)]
    if tag in current:
        raise TopicExists(path=("tag",))
    if len(current) >= rules.MAX_CURRENT:
        raise InvalidInput("topics", max=rules.MAX_CURRENT, actual=len(current) + 1, path=("tag",))
    row = await _INSERT.one(leader.community_id, leader.id, tag, text, now, start, end)
    await _set_picture(leader, row, plan.content.media_id)
    await audit.record_about(row, "topic.open", by=leader)
    return row


@db.transactional
async def edit_topic(actor: Actor, topic_id: int, *, version: int, content: TopicContent) -> TopicRow:
    """Replace description, picture and last day of a topic, and return it.

    It has not ended.
    Raises LeadersOnly, NotFound, Conflict, InvalidInput, MediaRefused, StorageFull.
    """
    leader = await permissions.lock_leader(actor)
    await lock_community(leader.community_id)
    time_zone = await get_time_zone(leader.community_id)
    row = await get_topic(leader.community_id, topic_id)
    if row.version != version or row.has_ended:
        raise Conflict(path=("version",))
    now = clock.now()
    with mistakes.collect() as check:
        text = check(rules.normalise_description, content.description)
        end = check(rules.compute_end, content.last_day, start=row.starts_at, time_zone=time_zone, now=now)
    edited = await _EDIT.first(leader.community_id, row.id, version, text, end)
    if edited is None:
        raise Conflict(path=("version",))
    await _set_picture(leader, edited, content.media_id)
    await audit.record_about(edited, "topic.edit", by=leader)
    return edited


@db.transactional
async def close_topic(actor: Actor, topic_id: int) -> TopicRow:
    """End a topic now, and return it. Idempotent. Raises LeadersOnly and NotFound."""
    leader = await permissions.lock_leader(actor)
    row = await get_topic(leader.community_id, topic_id)
    closed = await _CLOSE.first(leader.community_id, row.id, clock.now())
    if closed is None:
        return row
    await audit.record_about(closed, "topic.close", by=leader)
    return closed


async def _set_picture(leader: MemberRow, row: TopicRow, media_id: int | None) -> None:
    shown = [] if media_id is None else [media_id]
    by = MediaConsumer(MediaSubject.TOPIC, row.id, row.community_id)
    await uses.keep_only(shown, by=by)
    if shown and not await _has_picture(row, shown[0]):
        await uses.add(leader.person_id, shown, by=by, path=("mediaId",))
    await uses.publish(shown, by=by, for_everyone=True)


_USE = db.Select(
    f"SELECT id FROM media_use WHERE subject = '{MediaSubject.TOPIC}' AND subject_id = $1 AND media_id = $2", db.Id
)


async def _has_picture(row: TopicRow, media_id: int) -> bool:
    return await _USE.first(row.id, media_id) is not None


@db.transactional
async def redact_opened(membership_ids: Sequence[int]) -> None:
    """Redact the words of the topics that these members opened. Idempotent."""
    await _WRITTEN.all(list(membership_ids))
