"""Subscription messages of WeChat. A person accepts a number of them, and each one that is sent takes one.

A notice is sent at most once. It becomes SENDING before the call. If the outcome of the call is unknown, or its process
died, it is UNKNOWN and not sent again. A call that certainly failed gives back what it took.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from community.accounts import person_lock, platform_ids, platforms
from community.accounts.errors import PlatformBusy
from community.accounts.models import Platform
from community.accounts.platforms.calls import parse_number
from community.accounts.platforms.wechat import BUSY, OK
from community.communities.queries import CommunityRow, get_communities
from community.kernel import clock, db, outbox
from community.message_templates import MessageSource, MessageTemplate
from community.notices.message_quotas import RemainingRow, record
from community.notices.message_topics import KINDS_OF_TOPICS, PHRASES
from community.notices.models import EntryReason, MessageState, NoticeKind
from community.notices.quiet_hours import find_quiet_hours
from community.notices.sentences import build_sentence
from community.settings import Settings
from community.texts import DEFAULT_LANGUAGE, Language

log = logging.getLogger(__name__)

SEND_EFFECT = "effects.send_message"
MAX_AGE = timedelta(days=2)
"""Age after which a notice is not sent. An outage or quiet hours may delay it until then."""
_PATH = "/cgi-bin/message/subscribe/send"
_NOT_ACCEPTED = 43_101
_TOPIC_OF = {kind: topic for topic, kinds in KINDS_OF_TOPICS.items() for kind in kinds}


@dataclass(slots=True)
class _OutgoingRow:
    id: int
    community_id: int
    kind: NoticeKind
    detail: dict[str, Any]
    created_at: datetime
    person_id: int
    language: Language | None


@dataclass(frozen=True, slots=True)
class _Message:
    notice: _OutgoingRow
    template: MessageTemplate
    body: dict[str, Any]


# Notices for whose topic the person has accepted a message.
_TO_SEND = db.Select(
    "SELECT n.id FROM notice n JOIN membership m ON m.id = n.membership_id JOIN message_quota q"
    " ON q.person_id = m.person_id AND q.topic = $2 AND q.remaining > 0 WHERE n.id = ANY($1)"
    " GROUP BY n.id ORDER BY n.id",
    db.Id,
)
_PERSON = db.Select(
    "SELECT m.person_id AS id FROM notice n JOIN membership m ON m.id = n.membership_id WHERE n.id = $1", db.Id
)
_OUTGOING = db.Select(
    "SELECT n.id, n.community_id, n.kind, n.detail, n.created_at, m.person_id, p.language FROM notice n"
    " JOIN membership m ON m.id = n.membership_id JOIN person p ON p.id = m.person_id WHERE n.id = $1"
    " AND n.message IS NULL AND n.read_at IS NULL AND m.left_at IS NULL AND p.banned_at IS NULL"
    " AND p.erased_at IS NULL",
    _OutgoingRow,
)
_BEGIN = db.Change("UPDATE notice SET message = 'SENDING' WHERE id = $1 AND message IS NULL RETURNING id", db.Id)
# A message that another attempt began to send is not sent again, because the call may have succeeded.
_DOUBT = db.Change("UPDATE notice SET message = 'UNKNOWN' WHERE id = $1 AND message = 'SENDING' RETURNING id", db.Id)
_END = db.Change(
    "UPDATE notice SET message = $2 WHERE id = $1 AND message IN ('SENDING', 'UNKNOWN') RETURNING id", db.Id
)
_TAKE = db.Change(
    "UPDATE message_quota SET remaining = remaining - 1 WHERE person_id = $1 AND template = $2 AND remaining > 0"
    " RETURNING remaining",
    RemainingRow,
)
_GIVE_BACK = db.Change(
    "UPDATE message_quota SET remaining = remaining + 1 WHERE person_id = $1 AND template = $2 RETURNING remaining",
    RemainingRow,
)
_LOCK_QUOTA = db.Select(
    "SELECT remaining FROM message_quota WHERE person_id = $1 AND template = $2 FOR UPDATE", RemainingRow
)


async def queue(kind: NoticeKind, notice_ids: Sequence[int]) -> None:
    """Put an effect for each new notice whose reader accepted such a message."""
    topic = _TOPIC_OF.get(kind)
    if topic is not None and notice_ids:
        for row in await _TO_SEND.all(list(notice_ids), topic):
            await outbox.put(SEND_EFFECT, notice_id=row.id)


async def send(settings: Settings, notice_id: int) -> None:
    """Send a notice as a message, unless it was sent before. In quiet hours it waits for their end.

    Raises PlatformBusy and PlatformUnavailable if it was certainly not sent and a repetition may succeed.
    """
    if not settings.wechat_templates:
        return
    wechat = platforms.get_wechat(settings)
    # A failure of this call does not leave the message in doubt.
    await wechat.get_access_token()
    message = await _begin(settings, notice_id)
    if message is None:
        return
    try:
        answer = await wechat.post(_PATH, message.body)
    except PlatformBusy as refusal:
        if refusal.is_unsent:
            await _end(message, None)
            raise
        log.warning("message has no answer: notice=%s", notice_id)
        await _DOUBT.all(notice_id)
    else:
        await _conclude(message, parse_number(answer.get("errcode")))


async def _conclude(message: _Message, code: int | None) -> None:
    if code == OK:
        await _END.all(message.notice.id, MessageState.SENT)
    elif code == _NOT_ACCEPTED:
        await _end(message, MessageState.REFUSED)
    elif code in BUSY:
        await _end(message, None)
        raise PlatformBusy
    elif code is None:
        await _DOUBT.all(message.notice.id)
    else:
        log.warning("message refused: notice=%s errcode=%s template=%s", message.notice.id, code, message.template.id)
        await _end(message, MessageState.FAILED)


@db.transactional
async def _begin(settings: Settings, notice_id: int) -> _Message | None:
    """Take one message of the quota and return it, or None."""
    person = await _PERSON.first(notice_id)
    if person is None or not await person_lock.lock_shared_if_exists(person.id):
        return None
    if await _DOUBT.first(notice_id) is not None:
        log.warning("message of a lost attempt is not repeated: notice=%s", notice_id)
    message = await _build(settings, notice_id)
    if message is None or await _BEGIN.first(notice_id) is None:
        return None
    if await _TAKE.first(person.id, message.template.id) is None:
        await _END.all(notice_id, MessageState.WITHOUT_QUOTA)
        return None
    await record(person.id, message.template.id, -1, EntryReason.TAKEN, notice_id=notice_id)
    return message


async def _build(settings: Settings, notice_id: int) -> _Message | None:
    """Return the message of a notice, or None. In quiet hours it is put off to their end."""
    notice = await _OUTGOING.first(notice_id)
    template = None if notice is None else settings.wechat_templates.get(_TOPIC_OF[notice.kind])
    if notice is None or template is None or notice.created_at < clock.now() - MAX_AGE:
        return None
    (community,) = await get_communities([notice.community_id])
    quiet = find_quiet_hours(community, clock.now())
    if quiet is not None:
        await outbox.put_later(SEND_EFFECT, quiet.end, notice_id=notice_id)
        return None
    openid = await platform_ids.find_subject(settings, notice.person_id, Platform.WECHAT)
    data = template.fill(_build_values(notice, community))
    if openid is None or data is None:
        return None
    body = {"touser": openid, "template_id": template.id, "data": data}
    return _Message(notice, template, body if template.page is None else body | {"page": template.page})


def _build_values(notice: _OutgoingRow, community: CommunityRow) -> Mapping[MessageSource, str]:
    at = notice.created_at.astimezone(ZoneInfo(community.time_zone))
    return {
        MessageSource.TEXT: build_sentence(notice.kind, notice.detail, notice.language or DEFAULT_LANGUAGE),
        MessageSource.COMMUNITY: community.name,
        MessageSource.TOPIC: PHRASES[_TOPIC_OF[notice.kind]],
        MessageSource.AT: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}",
        MessageSource.POINTS: str(notice.detail.get("points", "")),
    }


@db.transactional
async def _end(message: _Message, state: MessageState | None) -> None:
    """Record that a call sent nothing, and correct the quota.

    A state of None lets it be sent later. WeChat refuses a message if the person accepts none of them any longer.
    """
    person_id, template, notice_id = message.notice.person_id, message.template.id, message.notice.id
    known = await _LOCK_QUOTA.first(person_id, template)
    if known is None or await _END.first(notice_id, state) is None:
        return
    if state is not MessageState.REFUSED:
        await _GIVE_BACK.one(person_id, template)
        await record(person_id, template, 1, EntryReason.RETURNED, notice_id=notice_id)
    elif known.remaining:
        await db.execute(
            "UPDATE message_quota SET remaining = 0 WHERE person_id = $1 AND template = $2", person_id, template
        )
        await record(person_id, template, -known.remaining, EntryReason.REFUSED, notice_id=notice_id)
