"""Types of exports and erasures."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.declare import declare_enum, field, object_type
from community.kernel.personal import ErasureContent
from community.privacy.erasures import ErasureRow
from community.privacy.exports import ExportRow, create_link
from community.privacy.models import ExportState
from community.settings import Settings

declare_enum(
    ExportState,
    name="DataExportState",
    values={
        "PENDING": "The archive is being put together.",
        "READY": "It can be fetched.",
        "EXPIRED": "Its time is over; ask for another one.",
    },
)


declare_enum(
    ErasureContent,
    name="ErasureContent",
    values={
        "ANONYMISE": "What is published stays, under a name that is nobody's.",
        "REMOVE": "Everything that I wrote goes.",
    },
)


@object_type
class DataExport:
    """Everything about me as one archive: JSON, and the pictures that I uploaded."""

    id: strawberry.ID = field(description="Its id.")
    state: ExportState = field(description="Where it stands.")
    requested_at: datetime = field(description="When I asked for it.")
    expires_at: datetime | None = field(description="It is kept until then; null while it is not ready.")
    size_bytes: int | None = field(description="How large the archive is; null while it is not ready.")
    download_path: str | None = field(
        description="Where on this server it is fetched from, by GET, without a token; null while it is not ready."
    )
    download_expires_at: datetime | None = field(
        description="`downloadPath` works before this moment; asking again gives another one."
    )

    @classmethod
    def of(cls, row: ExportRow, settings: Settings) -> DataExport:
        """The export of a row, with a new link when it is ready."""
        made = create_link(settings, row)
        return cls(
            id=ids.encode("DataExport", row.id),
            state=row.state,
            requested_at=row.requested_at,
            expires_at=row.expires_at,
            size_bytes=row.size_bytes,
            download_path=None if made is None else f"/exports/{made.token}",
            download_expires_at=None if made is None else made.expires_at,
        )


@object_type
class Erasure:
    """That I asked to be forgotten."""

    content: ErasureContent = field(description="What becomes of what I published.")
    requested_at: datetime = field(description="When I asked.")
    due_at: datetime = field(description="It is carried out after this moment; until then it can be cancelled.")
    cancelled_at: datetime | None = field(description="When I thought better of it.")

    @classmethod
    def of(cls, row: ErasureRow) -> Erasure:
        """The erasure of a row."""
        return cls(content=row.content, requested_at=row.requested_at, due_at=row.due_at, cancelled_at=row.cancelled_at)
