"""Shares: a member passed a publication on. They are recorded once per channel, and never earn points."""

from __future__ import annotations

from community.communities.permissions import Actor
from community.kernel import db
from community.submissions.queries import SubmissionRow
from community.submissions.reactions.models import ShareChannel
from community.submissions.reactions.statements import declare_reactions, get_public

SHARES = declare_reactions("submission_share", "channel")


@db.transactional
async def share(actor: Actor, submission_id: int, *, channel: ShareChannel) -> SubmissionRow:
    """Record that the actor shared a published submission, and return it. Idempotent for each channel.

    Raises NotFound, ConsentMissing, GuardianNeeded.
    """
    member, _ = await SHARES.insert(actor, submission_id, channel)
    return await get_public(member, submission_id)
