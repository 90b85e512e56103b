"""Subscription messages: the quota of a member, and its mutation."""

from __future__ import annotations

from functools import partial

from community.api.context import Info
from community.api.declare import declare_enum, field, input_type, object_type, type_over
from community.api.mutations import KeyedInput, mutation, run_mutation_once
from community.communities.queries import MemberRow
from community.message_templates import MessageTopic
from community.notices import message_quotas
from community.notices.message_quotas import Acceptance, QuotaRow

declare_enum(
    MessageTopic,
    values={
        "REVIEW": "Decisions on the person's submissions, appeals and complaints.",
        "REDEMPTION": "Redemptions and pledges.",
        "POINTS": "Points that expire.",
        "EVENT": "Results, prizes and places of events.",
        "ENDORSEMENT": "Endorsements, and requests for them.",
        "ANNOUNCEMENT": "Announcements of leaders.",
    },
)


@type_over(QuotaRow)
class MessageQuota:
    """Subscription messages of WeChat that the person accepted. One is taken by each notice of the topic."""

    topic = field(description="Topic.")
    template = field(description="Id of the template, for `wx.requestSubscribeMessage`.")
    remaining = field(description="Number of messages that can still be sent, in all communities.")


QUOTAS_OF_MEMBER = (
    "Subscription messages of WeChat that the member accepted, a row for each topic that this service sends. Null for"
    " everyone but the member."
)


async def load_quotas(rows: list[MemberRow], info: Info) -> list[list[QuotaRow] | None]:
    """Return the quotas of the viewer's own memberships, in order. None for everyone else's."""
    own = [row.person_id for row in rows if row.person_id == info.context.person_id]
    found = await message_quotas.list_quotas(info.context.settings, sorted(set(own))) if own else {}
    return [found.get(row.person_id) for row in rows]


@input_type
class MessageAcceptanceInput:
    """Number of messages that the person accepted."""

    topic: MessageTopic = field(description="Topic.")
    count: int = field(description=f"Number, 1 to {message_quotas.MAX_REMAINING} together with those that remain.")


@input_type
class MessagesAcceptInput(KeyedInput):
    """Input for `messagesAccept`, which adds to the quota of subscription messages."""

    accepted: list[MessageAcceptanceInput] = field(
        description=f"Each topic that the person accepted in WeChat, at most {len(MessageTopic)}."
    )


@object_type
class MessageMutation:
    """Mutation of the quota of subscription messages."""

    @mutation(member="Viewer as a member.")
    async def messages_accept(self, info: Info, input: MessagesAcceptInput) -> MemberRow | None:
        """Add what the viewer accepted in `wx.requestSubscribeMessage` to the quota. Refuses with NOT_A_MEMBER."""
        accepted = [Acceptance(each.topic, each.count) for each in input.accepted]
        verb = partial(message_quotas.accept, settings=info.context.settings, accepted=accepted)
        return await run_mutation_once(info, "messagesAccept", input, verb, returns=MemberRow)
