"""The texts of revisions that are screened."""

from __future__ import annotations

from collections.abc import Sequence

from community.media import queries as media
from community.submissions import queries as submissions

PICTURE_FIELD = "media."
"""Beginning of the field of a picture's description, followed by its place from 0."""


async def list_texts(revision_ids: Sequence[int]) -> list[dict[str, str]]:
    """Return the texts of each revision by field, in order."""
    revisions = {row.id: row for row in await submissions.get_revisions_by_ids(list(set(revision_ids)))}
    tags = await submissions.list_tags(revision_ids)
    media_ids = await submissions.list_media_ids(revision_ids)
    pictures = {row.id: row for row in await media.get_by_ids(sorted({one for each in media_ids for one in each}))}
    found = []
    for number, names, shown in zip(revision_ids, tags, media_ids, strict=True):
        texts = {"title": revisions[number].title, "text": revisions[number].text}
        texts |= {f"tags.{place}": tag for place, tag in enumerate(names)}
        described = ((place, pictures[one].alt_text) for place, one in enumerate(shown))
        found.append(texts | {f"{PICTURE_FIELD}{place}": text for place, text in described if text is not None})
    return found
