"""Copies among the pictures of sent revisions, as facts for leaders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from community.kernel import db
from community.media import duplicates, sent_pictures
from community.media.duplicates import MatchRow
from community.review.queries import CaseRow, list_cases
from community.review.screening.queries import ScreeningRow, list_of_submission
from community.submissions import queries as submission_queries
from community.submissions.rules import AUTHOR_ONLY_STATES

MAX_FINDINGS = 50
"""Number of findings of a case. Blocked ones and earlier ones come first."""


@dataclass(slots=True)
class PictureFinding(MatchRow):
    """A picture of a case that is like one of another submission.

    `is_own` is True if both submissions have the same author.
    """

    is_own: bool


async def compare_pictures(submission_id: int) -> None:
    """Compare the sent pictures of a submission with the community's others. Idempotent."""
    community_id = await _add_sent(submission_id)
    await duplicates.compare_sent(community_id, submission_id)


@db.transactional
async def _add_sent(submission_id: int) -> int:
    row = await submission_queries.lock(submission_id)
    sent = {
        case.revision_ids[1]: case.opened_at for case in await list_cases(submission_id) if case.revision_id is not None
    } | {found.revision_id: found.started_at for found in await list_of_submission(submission_id)}
    pictures = await submission_queries.list_media_ids(list(sent))
    for sent_at, media_ids in zip(sent.values(), pictures, strict=True):
        await sent_pictures.add(row.community_id, submission_id, media_ids, sent_at=sent_at)
    return row.community_id


async def list_findings(cases: Sequence[CaseRow | ScreeningRow]) -> list[list[PictureFinding]]:
    """Return the findings about the pictures of each case or screening, in order.

    Pictures of submissions that are their author's alone are left out.
    """
    about = [case for case in cases if case.revision_id is not None]
    matches = await duplicates.list_matches(
        [case.community_id for case in about], [case.revision_ids[0] for case in about]
    )
    if not matches:
        return [[] for _ in cases]
    media_ids = await submission_queries.list_media_ids([case.revision_ids[1] for case in about])
    pictures = {case.id: ids for case, ids in zip(about, media_ids, strict=True)}
    others = await submission_queries.get_by_ids(sorted({match.other_submission_id for match in matches}))
    authors = {row.id: row.author_id for row in others if row.state not in AUTHOR_ONLY_STATES}
    return [
        [
            PictureFinding(**asdict(match), is_own=authors[other] == case.author_id)
            for match in sorted(matches, key=_rank)
            if match.submission_id == case.submission_id
            and match.media_id in pictures[case.id]
            and (other := match.other_submission_id) in authors
        ][:MAX_FINDINGS]
        for case in cases
    ]


def _rank(match: MatchRow) -> tuple[bool, bool, int, int]:
    return not match.is_blocked, not match.is_earlier, match.other_submission_id, match.other_media_id
