"""Root fields about the viewer's exports and erasure."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.privacy.types import DataExport, Erasure
from community.privacy import erasures, exports


@object_type
class PrivacyQuery:
    """Root fields about the viewer's exports and erasure."""

    @query
    async def data_exports(self, info: Info) -> list[DataExport]:
        """The viewer's exports, newest first, at most 20."""
        rows = await exports.list_own(info.context.viewer_id)
        return [DataExport.of(row, info.context.settings) for row in rows]

    @query
    async def erasure(self, info: Info) -> Erasure | None:
        """The viewer's pending erasure. Null without one."""
        row = await erasures.find_pending(info.context.viewer_id)
        return None if row is None else Erasure.of(row)
