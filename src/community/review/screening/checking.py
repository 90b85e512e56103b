"""The job that runs the checks of a sent revision."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.communities.queries import get_members
from community.kernel import clock, db
from community.media import comment_pictures, duplicates
from community.media.fingerprints.comparison import Likeness
from community.review import pictures
from community.review.screening import conclusion, queries
from community.review.screening.queries import ScreeningRow
from community.review.screening.texts import PICTURE_FIELD, list_texts
from community.safety.checks import CHECKS, Check, ask_instead_of_masks, run_checks
from community.safety.checks import Screening as Result
from community.safety.facts import AuthorRecord, Facts, Finding, KnownPicture, Level, Reason, Verdict
from community.safety.loading import load_lists
from community.safety.platform import checks as platform_checks
from community.settings import Settings
from community.submissions import queries as submission_queries

MAX_CHECKING_S = 10.0
"""Time after which the checks are given up and a leader looks. A text of 5,000 characters needs some tenths."""
RECORD_DAYS = 30


@dataclass(slots=True)
class _RecordRow:
    approved: int
    refused: int


_RECORD = db.Select(
    "SELECT count(CASE WHEN d.verdict = 'APPROVED' THEN 1 END) AS approved,"
    " count(CASE WHEN d.verdict <> 'APPROVED' AND d.created_at > $2 THEN 1 END) AS refused"
    " FROM review_case c JOIN review_decision d ON d.case_id = c.id WHERE c.author_id = $1",
    _RecordRow,
)


async def screen_revision(settings: Settings, screening_id: int) -> None:
    """Run the checks of a sent revision and store what they found. Idempotent.

    Another attempt begins again, and only the first stored result counts. WeChat is asked unless the own checks block
    the revision. Raises PlatformBusy if a repetition may succeed.
    """
    row = await queries.find(screening_id)
    if row is None or not conclusion.is_unchecked(row):
        return
    await pictures.compare_pictures(row.submission_id)
    facts = await collect_facts(row)
    result = await check(facts)
    if result.verdict is not Verdict.BLOCK or await conclusion.is_pardoned(row):
        (author,) = await get_members([row.author_id])
        (media_ids,) = await submission_queries.list_media_ids([row.revision_id])
        await platform_checks.start(
            settings, row.subject, community_id=row.community_id, author_person_id=author.person_id,
            texts=facts.texts, media=media_ids,
        )  # fmt: skip
    # Descriptions of pictures have no stars.
    await conclusion.store(row.id, ask_instead_of_masks(result.findings, beginning=PICTURE_FIELD))


async def check(facts: Facts, checks: Mapping[str, Check] = CHECKS, *, limit_s: float = MAX_CHECKING_S) -> Result:
    """Run the checks in a thread. After the limit a leader looks instead, and the thread ends by itself."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(run_checks, facts, checks), limit_s)
    except TimeoutError:
        return Result(Verdict.REVIEW, [Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": "time"})])


async def collect_facts(row: ScreeningRow) -> Facts:
    """Return the facts about the revision of a screening."""
    (texts,) = await list_texts([row.revision_id])
    (author,) = await get_members([row.author_id])
    now = clock.now()
    record = await _RECORD.one(row.author_id, now - timedelta(days=RECORD_DAYS))
    (media_ids,) = await submission_queries.list_media_ids([row.revision_id])
    compared = await duplicates.list_compared(row.community_id, row.submission_id)
    return Facts(
        texts,
        await load_lists(row.community_id),
        AuthorRecord(_count_days(author.joined_at, now), record.approved, record.refused),
        await _list_known_pictures(row, media_ids),
        [number for number, one in enumerate(media_ids, start=1) if one not in compared],
    )


async def _list_known_pictures(row: ScreeningRow, media_ids: Sequence[int]) -> list[KnownPicture]:
    """Return the pictures that leaders got before, each once. One that a leader removed or hid comes first."""
    (found,) = await pictures.list_findings([row])
    hidden = await comment_pictures.list_hidden(row.community_id, media_ids)
    known = {number: KnownPicture(number, True) for number, one in enumerate(media_ids, start=1) if one in hidden}
    for match in found:
        if match.is_earlier and match.kind in {Likeness.EXACT, Likeness.SAME}:
            number = media_ids.index(match.media_id) + 1
            known.setdefault(number, KnownPicture(number, match.is_blocked))
    return [known[number] for number in sorted(known)]


def _count_days(since: datetime, now: datetime) -> int:
    return max((now - since).days, 0)
