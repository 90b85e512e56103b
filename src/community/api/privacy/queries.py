"""Root fields about the viewer's exports and erasure."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import object_type, query
from community.privacy import erasures, exports
from community.privacy.erasures import ErasureRow
from community.privacy.exports import ExportRow


@object_type
class PrivacyQuery:
    """Root fields about the viewer's exports and erasure."""

    @query
    async def data_exports(self, info: Info) -> list[ExportRow]:
        """The viewer's exports, newest first, at most 20."""
        return await exports.list_own(info.context.viewer_id)

    @query
    async def erasure(self, info: Info) -> ErasureRow | None:
        """The viewer's pending erasure. Null without one."""
        return await erasures.find_pending(info.context.viewer_id)
