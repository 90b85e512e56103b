"""The answer to the question what the screening would do with a text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from community.communities.permissions import require_leader
from community.communities.queries import MemberRow
from community.kernel.texts import normalise_multiline_text
from community.safety.checks import Screening, run_checks
from community.safety.facts import Facts
from community.safety.loading import load_lists
from community.safety.masking import mask
from community.safety.models import ALL_COMMUNITIES

MAX_PREVIEW_LENGTH = 5_000
_FIELD = "text"


@dataclass(frozen=True, slots=True)
class Preview:
    """The screening of a text, and the text as the public would see it. Nothing is stored."""

    text: str
    screening: Screening
    public_text: str


async def preview(actor: MemberRow, text: str) -> Preview:
    """Return what the checks find in a text in the leader's community. Raises LeadersOnly, InvalidInput."""
    require_leader(actor)
    return await _preview(actor.community_id, text)


async def preview_as_operator(text: str, community_id: int = ALL_COMMUNITIES) -> Preview:
    """Return what the checks find in a text, for the operator. Raises InvalidInput."""
    return await _preview(community_id, text)


async def _preview(community_id: int, text: str) -> Preview:
    text = normalise_multiline_text(text, max_length=MAX_PREVIEW_LENGTH, path=(_FIELD,))
    facts = Facts({_FIELD: text}, await load_lists(community_id))
    # The checks only compute, for up to some tenths of a second.
    screening = await asyncio.to_thread(run_checks, facts)
    return Preview(text, screening, mask(text, screening.findings, field=_FIELD))
