"""The notes of submissions that their pictures or the screening sent back."""

from __future__ import annotations

from community.api.edge.languages import get_language
from community.api.media.types import translate_media_refusal
from community.api.submissions.revisions import load_pictures
from community.media.queries import MediaRow
from community.review.screening.queries import ScreeningRow, find_of_revisions
from community.safety.facts import Finding, Level
from community.submissions import queries
from community.submissions.models import SubmissionState
from community.submissions.queries import RevisionRow, SubmissionRow
from community.texts import translate

MAX_LINES = 10


async def describe_returned(rows: list[SubmissionRow], shown: dict[int, int]) -> dict[int, str | None]:
    """Return the note of each submission that its pictures or the screening sent back.

    `shown` has the number of the revision to describe, by submission. The note is None without a reason in it.
    """
    returned = [row for row in rows if row.state is SubmissionState.RETURNED and row.note is None]
    if not returned:
        return {}
    revisions = await queries.get_revisions([(row.id, shown[row.id]) for row in returned])
    pictures = await load_pictures([revision.id for revision in revisions])
    screenings = await find_of_revisions([row.community_id for row in returned], [one.id for one in revisions])
    lines = {
        revision.submission_id: [*_describe_refusals(found), *_describe_blocks(revision, screening)]
        for revision, found, screening in zip(revisions, pictures, screenings, strict=True)
    }
    return {submission_id: "\n".join(some[:MAX_LINES]) or None for submission_id, some in lines.items()}


def _describe_refusals(pictures: list[MediaRow]) -> list[str]:
    refused = [(number, picture.refusal) for number, picture in enumerate(pictures, 1) if picture.refusal is not None]
    key, language = "submission.refused_picture", get_language()
    return [
        translate(key, language, number=number, sentence=translate_media_refusal(reason)) for number, reason in refused
    ]


def _describe_blocks(revision: RevisionRow, screening: ScreeningRow | None) -> list[str]:
    findings = [] if screening is None else screening.list_findings()
    return [_describe(revision, finding) for finding in findings if finding.level is Level.BLOCK]


def _describe(revision: RevisionRow, finding: Finding) -> str:
    language, place = get_language(), finding.place
    sentence = translate(f"screening.{finding.reason.value}", language, **finding.figures)
    text = {"title": revision.title, "text": revision.text}.get("" if place is None else place.field)
    if place is None or text is None:
        return sentence
    return translate("submission.blocked_words", language, quote=text[place.start : place.end], sentence=sentence)
