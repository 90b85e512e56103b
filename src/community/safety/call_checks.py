"""The checks of texts inside a call: listed words and personal data.

A field is the name of the input's field, with the place in a list from 0: `tags.0`. Call `check` outside a transaction,
and the verb with what it found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from community.kernel.errors import Refusal
from community.safety.checks import Screening, run_checks
from community.safety.errors import TextBlocked
from community.safety.facts import Facts, Finding, Level, Reason, Verdict
from community.safety.loading import load_lists
from community.safety.personal_data import check_personal_data
from community.safety.words import check_words

CHECKS = {"words": check_words, "personal_data": check_personal_data}
MAX_CHECKING_S = 2.0
"""Time after which the checks are given up and a leader looks. A text of 500 characters needs some milliseconds."""
_MAX_QUOTED = 5


async def check(community_id: int, texts: Mapping[str, str], *, limit_s: float = MAX_CHECKING_S) -> Screening:
    """Run the checks of texts by field."""
    facts = Facts(texts, await load_lists(community_id))
    try:
        return await asyncio.wait_for(asyncio.to_thread(run_checks, facts, CHECKS), limit_s)
    except TimeoutError:
        return Screening(Verdict.REVIEW, [Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": "time"})])


def find_refusal(texts: Mapping[str, str], found: Screening) -> Refusal | None:
    """Return the refusal of blocked texts, one for each field, or None. It quotes words of these texts."""
    words: dict[str, dict[str, None]] = {}
    for finding in found.findings:
        if finding.level is Level.BLOCK and finding.place is not None:
            place = finding.place
            quoted = words.setdefault(place.field, {})
            if place.field in texts:
                quoted[texts[place.field][place.start : place.end]] = None
    refusals = [
        TextBlocked("words", path=tuple(field.split(".")), words="、".join(list(quoted)[:_MAX_QUOTED]))
        if quoted
        else TextBlocked(path=tuple(field.split(".")))
        for field, quoted in words.items()
    ]
    return refusals[0].join(refusals[1:]) if refusals else None


def list_masks(found: Screening, field: str) -> list[list[int]] | None:
    """Return the places of a field that others see as stars, or None."""
    masked = [
        [finding.place.start, finding.place.end]
        for finding in found.findings
        if finding.level is Level.MASK and finding.place is not None and finding.place.field == field
    ]
    return masked or None
