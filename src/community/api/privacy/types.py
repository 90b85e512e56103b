"""Types of exports and erasures."""

from __future__ import annotations

from datetime import datetime

from community.api.context import Info
from community.api.declare import batched, declare_enum, field, type_over
from community.api.nodes import Node, found_by
from community.kernel.personal import ErasureContent
from community.privacy.erasures import ErasureRow
from community.privacy.exports import DownloadLink, ExportRow, create_link, find_own
from community.privacy.models import ExportState

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
    values={
        "ANONYMISE": "Published content stays without the person's name.",
        "REMOVE": "Everything that the person wrote is removed.",
    },
)


async def _create_links(rows: list[ExportRow], info: Info) -> list[DownloadLink | None]:
    links = {row.id: create_link(info.context.settings, row) for row in rows}
    return [links[row.id] for row in rows]


async def _load_links(rows: list[ExportRow], info: Info) -> list[DownloadLink | None]:
    # Once, so that the path and its expiry are those of one link.
    return await info.context.load_once(_create_links, rows, info)


@type_over(ExportRow)
class DataExport(Node):
    """Archive of all data about the viewer: JSON files and uploaded pictures."""

    state = field(description="State.")
    requested_at = field(description="Time of the request.")
    expires_at = field(description="Time at which the archive is deleted. Null until it is ready.")
    size_bytes = field(description="Size of the archive in bytes. Null until it is ready.")

    @batched
    async def download_path(rows: list[ExportRow], info: Info) -> list[str | None]:
        """Path on this server, for GET without a token. Null unless the archive is ready."""
        return [None if link is None else f"/exports/{link.token}" for link in await _load_links(rows, info)]

    @batched
    async def download_expires_at(rows: list[ExportRow], info: Info) -> list[datetime | None]:
        """Time from which `downloadPath` no longer works, 15 minutes later. Null unless ready.

        Query again for another path.
        """
        return [None if link is None else link.expires_at for link in await _load_links(rows, info)]


@found_by(ExportRow)
async def find_export(number: int, info: Info) -> ExportRow | None:
    """Return the viewer's export, or None. Raises Unauthenticated."""
    return await find_own(info.context.viewer_id, number)


@type_over(ErasureRow)
class Erasure:
    """The viewer's request to be erased."""

    content = field(description="Treatment of the published content.")
    requested_at = field(description="Time of the request.")
    due_at = field(description="Time from which the erasure is carried out. It can be cancelled before.")
    cancelled_at = field(description="Time of the cancellation. Null if not cancelled.")
