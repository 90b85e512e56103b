"""The book of a story call, as one page without other files."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from html import escape

from community.api.context import Info
from community.api.submissions.types import load_visible_submissions
from community.events import stories
from community.events.rows import EventRow
from community.events.stories import StoryRow
from community.kernel import storage
from community.media import paths
from community.submissions.masking import mask_revision
from community.submissions.queries import SubmissionRow, get_revisions
from community.texts import Language, translate

BATCH_SIZE = 50
MAX_PICTURE_BYTES = 12_000_000
"""Bytes of all pictures together. Later stories have none."""
_PICTURE = "480.jpg"
_STYLE = (
    "body{max-width:40rem;margin:2rem auto;padding:0 1rem;font-family:serif;line-height:1.7}"
    "article{margin-top:3rem;break-inside:avoid}img{max-width:100%}p{white-space:pre-wrap}"
)


async def write_pages(event: EventRow, info: Info, language: Language) -> AsyncIterator[str]:
    """Yield the page of a closed story call in parts, its stories by place.

    It has those that the viewer may read.
    """
    title = escape(event.title)
    yield (
        f'<!doctype html><html lang="{language.value}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{escape(event.text)}</p>"
    )
    left = MAX_PICTURE_BYTES
    rows = await stories.list_stories(event.id)
    for start in range(0, len(rows), BATCH_SIZE):
        batch = rows[start : start + BATCH_SIZE]
        found = await load_visible_submissions([row.submission_id for row in batch], info)
        shown = [(row, submission) for row, submission in zip(batch, found, strict=True) if submission is not None]
        async for text, size in _write_stories(shown, left, language):
            left -= size
            yield text
    yield "</body></html>"


async def _write_stories(
    shown: list[tuple[StoryRow, SubmissionRow]], left: int, language: Language
) -> AsyncIterator[tuple[str, int]]:
    revisions = await get_revisions([(row.id, row.published_revision or 0) for _, row in shown])
    pictures = await stories.list_pictures([row.id for row in revisions])
    for (story, submission), revision in zip(shown, revisions, strict=True):
        text = mask_revision(revision, submission.masks) if submission.masks else revision
        picture = pictures.get(revision.id)
        data = None if picture is None else await storage.find(paths.build_rendition_path(picture.name, _PICTURE))
        image = ""
        if picture is not None and data is not None and len(data) <= left:
            left -= len(data)
            code = b64encode(data).decode()
            image = f'<img src="data:image/jpeg;base64,{code}" alt="{escape(picture.alt_text or "")}">'
        prize = "" if story.tier is None else f" · {translate(f'event_book.{story.tier.value.lower()}', language)}"
        head = f"<h2>{escape(text.title)}</h2><p>{escape(story.author)}{escape(prize)}</p>"
        used = len(data) if image and data is not None else 0
        yield f"<article>{head}{image}<p>{escape(text.text)}</p></article>", used
