"""Media's part in a person's rights: the pictures they uploaded."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.paging import LARGEST_PAGE, PageRequest
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.media import queries, service
from community.settings import Settings


@dataclass(slots=True)
class _MediaDetails:
    """What is kept of a picture besides what can be told of it anywhere else; in any state, a removed one's too."""

    id: int
    kind: str
    state: str
    client_key: str | None
    digest: str | None
    size_bytes: int
    placeholder: str | None
    colour: str | None
    perceptual_hash: int | None
    created_at: datetime
    processed_at: datetime | None
    unused_since: datetime | None


@dataclass(slots=True)
class _MediaUseRow:
    media_id: int
    community_id: int | None
    subject: str
    subject_id: int
    published: bool
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
    """Every picture as it is kept, upright, and what is known of it: when and with what it was taken, too.

    And what each is used for: which of them is the avatar.
    """
    del settings
    more = {row.id: asdict(row) for row in await _DETAILS.all(subject.person_id)}
    after: str | None = None
    while True:
        page = await queries.list_uploads(subject.person_id, PageRequest(LARGEST_PAGE, after))
        for row in page.rows:
            told: dict[str, Any] = asdict(row)
            del told["original_name"]
            original = await queries.find_original(row)
            if original is not None:
                body, media_type = original
                told["file"] = f"{row.id}.{media_type.rpartition('/')[2]}"
                yield ExportFile(told["file"], body)
            more[row.id] |= told
        if not page.has_next:
            break
        after = page.cursor_of(page.rows[-1])
    yield ExportFile.from_rows("pictures.json", more.values())
    yield ExportFile.from_rows("uses.json", await _USES.all(subject.person_id))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Remove every picture, whatever shows it and whatever stays of the texts: a face is not made nobody's."""
    del content
    await service.remove_all(subject.person_id)


PART = Part("pictures", export, erase)
