"""Media's part in a person's rights: the pictures they uploaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from community.kernel.paging import MOST, PageRequest
from community.kernel.personal import Content, File, Part, Subject
from community.media import queries, service
from community.settings import Settings


async def export(settings: Settings, subject: Subject) -> AsyncIterator[File]:
    """Every picture as it is kept, upright, and what is known of it: when and with what it was taken, too."""
    del settings
    known: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = await queries.uploads_of(subject.person_id, PageRequest(MOST, after))
        for row in page.rows:
            told = asdict(row)
            del told["original_name"]
            original = await queries.original_of(row)
            if original is not None:
                body, media_type = original
                told["file"] = f"{row.id}.{media_type.rpartition('/')[2]}"
                yield File(told["file"], body)
            known.append(told)
        if not page.has_next:
            break
        after = page.cursor_of(page.rows[-1])
    yield File.of_rows("pictures.json", known)


async def erase(subject: Subject, content: Content) -> None:
    """Remove every picture, whatever shows it and whatever stays of the texts: a face is not made nobody's."""
    del content
    await service.remove_all_of(subject.person_id)


PART = Part("pictures", export, erase)
