"""The checks of a comment's text inside the call: listed words and personal data."""

from __future__ import annotations

import asyncio

from community.conversation.errors import CommentBlocked
from community.kernel.errors import Refusal
from community.safety.checks import Screening, run_checks
from community.safety.facts import Facts, Finding, Level, Reason, Verdict
from community.safety.loading import load_lists
from community.safety.personal_data import check_personal_data
from community.safety.platform import checks as platform_checks
from community.safety.words import check_words
from community.settings import Settings

CHECKS = {"words": check_words, "personal_data": check_personal_data}
MAX_CHECKING_S = 2.0
"""Time after which the checks are given up and a leader looks. A text of 500 characters needs some milliseconds."""
_FIELD = "text"
_MAX_QUOTED = 5


async def is_asked(settings: Settings, person_id: int) -> bool:
    """Return True if the platform checks what the person sends."""
    return await platform_checks.is_asked(settings, person_id)


async def check(community_id: int, text: str, *, limit_s: float = MAX_CHECKING_S) -> Screening:
    """Run the checks of a text in a thread. Call it outside a transaction."""
    facts = Facts({_FIELD: text}, await load_lists(community_id))
    try:
        return await asyncio.wait_for(asyncio.to_thread(run_checks, facts, CHECKS), limit_s)
    except TimeoutError:
        return Screening(Verdict.REVIEW, [Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": "time"})])


def find_refusal(text: str, screening: Screening) -> Refusal | None:
    """Return the refusal of a blocked text with its matched words, or None."""
    if screening.verdict is not Verdict.BLOCK:
        return None
    places = [
        finding.place for finding in screening.findings if finding.level is Level.BLOCK and finding.place is not None
    ]
    words = dict.fromkeys(text[place.start : place.end] for place in places)
    return CommentBlocked("words", path=(_FIELD,), words="、".join(list(words)[:_MAX_QUOTED]))


def list_masks(screening: Screening) -> list[list[int]] | None:
    """Return the places that others see as stars, or None."""
    masked = [
        [finding.place.start, finding.place.end]
        for finding in screening.findings
        if finding.level is Level.MASK and finding.place is not None
    ]
    return masked or None
