"""Export and erasure of a person's pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.paging import MAX_PAGE, PageRequest
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.media import cleanup, queries, sent_pictures
from community.settings import Settings


@dataclass(slots=True)
class _MediaDetails:
    """The columns of a picture that `UploadRow` lacks, in any state."""

    id: int
    kind: str
    state: str
    digest: str | None
    size_bytes: int
    placeholder: str | None
    colour: str | None
    created_at: datetime
    processed_at: datetime | None
    fingerprinted_at: datetime | None
    unused_since: datetime | None


@dataclass(slots=True)
class _MediaUseRow:
    media_id: int
    community_id: int | None
    subject: str
    subject_id: int
    published: bool
    for_everyone: bool
    created_at: datetime


_DETAILS = db.Select(
    f"SELECT {db.columns(_MediaDetails)} FROM media WHERE person_id = $1 ORDER BY id",
    _MediaDetails,
)
_USES = db.Select(
    f"SELECT {db.columns(_MediaUseRow, 'u')} FROM media_use u"
    " JOIN media m ON m.id = u.media_id WHERE m.person_id = $1 ORDER BY u.id",
    _MediaUseRow,
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Yield every upright original, what is stored about it, and its uses."""
    del settings
    details = {row.id: db.as_dict(row) for row in await _DETAILS.all(subject.person_id)}
    after: str | None = None
    while True:
        page = await queries.list_uploads(subject.person_id, PageRequest(MAX_PAGE, after))
        for row in page.rows:
            described: dict[str, Any] = db.as_dict(row)
            del described["original_name"]
            original = await queries.find_original(row)
            if original is not None:
                body, media_type = original
                described["file"] = f"{row.id}.{media_type.rpartition('/')[2]}"
                yield ExportFile(described["file"], body)
            details[row.id] |= described
        if not page.has_next:
            break
        after = page.cursor_of(page.rows[-1])
    yield ExportFile.from_rows("pictures.json", details.values())
    yield ExportFile.from_rows("uses.json", await _USES.all(subject.person_id))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Remove every picture, because a face cannot be made anonymous.

    Of pictures that leaders removed, the hashes stay without the square.
    """
    del content
    await cleanup.remove_all(subject.person_id)
    await sent_pictures.delete_squares([row.id for row in await _DETAILS.all(subject.person_id)])


PART = Part(room="pictures", export=export, erase=erase)
