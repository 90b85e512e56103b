"""The notes of submissions that their pictures sent back."""

from __future__ import annotations

from community.api.edge.languages import get_language
from community.api.media.types import translate_media_refusal
from community.api.submissions.revisions import load_pictures
from community.media.queries import MediaRow
from community.submissions import queries
from community.submissions.models import SubmissionState
from community.submissions.queries import SubmissionRow
from community.texts import translate


async def describe_refused_pictures(rows: list[SubmissionRow], shown: dict[int, int]) -> dict[int, str | None]:
    """Return the note of each submission that its pictures sent back.

    `shown` has the number of the revision to describe, by submission. The note is None if its pictures are good.
    """
    returned = [row for row in rows if row.state is SubmissionState.RETURNED and row.note is None]
    if not returned:
        return {}
    revisions = await queries.get_revisions([(row.id, shown[row.id]) for row in returned])
    pictures = await load_pictures([revision.id for revision in revisions])
    return {row.id: _describe_refusals(found) or None for row, found in zip(returned, pictures, strict=True)}


def _describe_refusals(pictures: list[MediaRow]) -> str:
    refused = [(number, picture.refusal) for number, picture in enumerate(pictures, 1) if picture.refusal is not None]
    key, language = "submission.refused_picture", get_language()
    return "\n".join(
        translate(key, language, number=number, sentence=translate_media_refusal(reason)) for number, reason in refused
    )
