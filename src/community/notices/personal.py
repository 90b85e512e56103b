"""Export and erasure of a person's notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, ExportFile, Part
from community.settings import Settings


@dataclass(slots=True)
class _Notice:
    community_id: int
    kind: str
    key: str
    detail: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


_NOTICES = db.Select(
    f"SELECT {db.columns(_Notice)} FROM notice WHERE membership_id = ANY($1) ORDER BY id",
    _Notice,
)


async def export(settings: Settings, subject: DataSubject) -> AsyncIterator[ExportFile]:
    """Export every notice."""
    del settings
    yield ExportFile.from_rows("inbox.json", await _NOTICES.all(subject.membership_ids))


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete every notice of the person."""
    del content
    await db.execute("DELETE FROM notice WHERE membership_id = ANY($1)", subject.membership_ids)


PART = Part("notices", export, erase)
