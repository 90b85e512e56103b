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
        "PENDING": "The archive is being created.",
        "READY": "The archive can be downloaded.",
        "EXPIRED": "The archive was deleted. Request another export.",
    },
)


declare_enum(
    ErasureContent,
    name="ErasureContent",
    values={
        "ANONYMISE": "Published content stays without the person's name.",
        "REMOVE": "Everything that the person wrote is removed.",
    },
)


@object_type
class DataExport:
    """Archive of all data about the viewer: JSON files and uploaded pictures."""

    id: strawberry.ID = field(description="Opaque id.")
    state: ExportState = field(description="State.")
    requested_at: datetime = field(description="Time of the request.")
    expires_at: datetime | None = field(description="Time at which the archive is deleted. Null until it is ready.")
    size_bytes: int | None = field(description="Size of the archive in bytes. Null until it is ready.")
    download_path: str | None = field(
        description="Path on this server, for GET without a token. Null unless the archive is ready."
    )
    download_expires_at: datetime | None = field(
        description="Time from which `downloadPath` no longer works, 15 minutes later. Null unless ready."
        " Query again for another path."
    )

    @classmethod
    def of(cls, row: ExportRow, settings: Settings) -> DataExport:
        """Return the export of a row, with a new link if it is ready."""
        link = create_link(settings, row)
        return cls(
            id=ids.encode("DataExport", row.id),
            state=row.state,
            requested_at=row.requested_at,
            expires_at=row.expires_at,
            size_bytes=row.size_bytes,
            download_path=None if link is None else f"/exports/{link.token}",
            download_expires_at=None if link is None else link.expires_at,
        )


@object_type
class Erasure:
    """The viewer's request to be erased."""

    content: ErasureContent = field(description="Treatment of the published content.")
    requested_at: datetime = field(description="Time of the request.")
    due_at: datetime = field(description="Time from which the erasure is carried out. It can be cancelled before.")
    cancelled_at: datetime | None = field(description="Time of the cancellation. Null if not cancelled.")

    @classmethod
    def of(cls, row: ErasureRow) -> Erasure:
        """Return the erasure of a row."""
        return cls(content=row.content, requested_at=row.requested_at, due_at=row.due_at, cancelled_at=row.cancelled_at)
