"""Quotas of subscription messages, and their ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from community.communities import permissions
from community.communities.permissions import Actor
from community.communities.queries import MemberRow
from community.kernel import clock, db, mistakes
from community.kernel.errors import InvalidInput
from community.message_templates import MessageTopic
from community.notices.models import EntryReason
from community.settings import Settings

MAX_REMAINING = 1_000


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Number of messages of a topic that a person accepted."""

    topic: MessageTopic
    count: int


@dataclass(slots=True)
class QuotaRow:
    """Remaining number of messages of a person by a template."""

    person_id: int
    topic: MessageTopic
    template: str
    remaining: int


@dataclass(slots=True)
class RemainingRow:
    """The number of messages that remain of a quota."""

    remaining: int


_ACCEPT = db.Change(
    "INSERT INTO message_quota (person_id, topic, template, remaining) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (person_id, template) DO UPDATE SET remaining = message_quota.remaining + excluded.remaining"
    " RETURNING remaining",
    RemainingRow,
)
_RECORD_SQL = (
    "INSERT INTO message_entry (person_id, template, amount, reason, notice_id, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
)
_QUOTAS = db.Select(
    f"SELECT {db.columns(QuotaRow)} FROM message_quota WHERE person_id = ANY($1) ORDER BY person_id, id", QuotaRow
)


@db.transactional
async def accept(actor: Actor, settings: Settings, *, accepted: Sequence[Acceptance]) -> MemberRow:
    """Add the messages that the member accepted to the quota, and return the member.

    Raises NotAMember, and InvalidInput for a topic without a template and for a wrong number.
    """
    member = await permissions.lock_member(actor)
    with mistakes.collect() as check:
        if len(accepted) > len(MessageTopic):
            check.add(InvalidInput("too_many_topics", max=len(MessageTopic), actual=len(accepted), path=("accepted",)))
        for number, each in enumerate(accepted):
            if each.topic not in settings.wechat_templates:
                check.add(InvalidInput("message_topic", path=("accepted", str(number), "topic")))
            if not 1 <= each.count <= MAX_REMAINING:
                check.add(_make_wrong_count(number, each.count))
    for number, each in enumerate(accepted):
        template = settings.wechat_templates[each.topic].id
        row = await _ACCEPT.one(member.person_id, each.topic, template, each.count)
        if row.remaining > MAX_REMAINING:
            raise _make_wrong_count(number, row.remaining)
        await record(member.person_id, template, each.count, EntryReason.ACCEPTED)
    return member


def _make_wrong_count(number: int, count: int) -> InvalidInput:
    path = ("accepted", str(number), "count")
    return InvalidInput("message_count", min=1, max=MAX_REMAINING, actual=count, path=path)


async def record(
    person_id: int, template: str, amount: int, reason: EntryReason, *, notice_id: int | None = None
) -> None:
    """Record a change of a quota in the ledger."""
    await db.execute(_RECORD_SQL, person_id, template, amount, reason, notice_id, clock.now())


async def list_quotas(settings: Settings, person_ids: Sequence[int]) -> dict[int, list[QuotaRow]]:
    """Return the remaining messages of each person for each topic that has a template."""
    stored = {(row.person_id, row.template): row.remaining for row in await _QUOTAS.all(list(person_ids))}
    return {
        person_id: [
            QuotaRow(person_id, topic, template.id, stored.get((person_id, template.id), 0))
            for topic, template in sorted(settings.wechat_templates.items())
        ]
        for person_id in person_ids
    }
