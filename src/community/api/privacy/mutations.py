"""Mutations of exports and erasures."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.mutations import mutation
from community.kernel.personal import ErasureContent
from community.privacy import erasures, exports
from community.privacy.erasures import ErasureRow
from community.privacy.exports import ExportRow


@input_type
class DataExportRequestInput:
    """Input for `dataExportRequest`, which requests an archive of personal data."""

    confirm: bool = field(default=True, description="False changes nothing.")


@input_type
class ErasureRequestInput:
    """Input for `erasureRequest`, which requests the viewer's erasure."""

    content: ErasureContent = field(description="Treatment of the published content.")


@input_type
class ErasureCancelInput:
    """Input for `erasureCancel`, which cancels a pending erasure."""

    confirm: bool = field(default=True, description="False changes nothing.")


@object_type
class PrivacyMutation:
    """Mutations of exports and erasures."""

    @mutation(data_export="Export. Query `dataExports` until it is ready.")
    async def data_export_request(self, info: Info, input: DataExportRequestInput) -> ExportRow | None:
        """Request an archive of all data about the viewer.

        Repeating: returns the existing export while it is pending, and for ten minutes.
        """
        person_id = info.context.viewer_id
        if not input.confirm:
            return None
        return await exports.request(person_id)

    @mutation(erasure="Erasure with its due time.")
    async def erasure_request(self, info: Info, input: ErasureRequestInput) -> ErasureRow | None:
        """Request the viewer's erasure after the waiting period.

        It can be cancelled until then. Repeating: is refused with ERASURE_STANDING.
        """
        return await erasures.request(info.context.settings, info.context.viewer_id, content=input.content)

    @mutation(erasure="Cancelled erasure.")
    async def erasure_cancel(self, info: Info, input: ErasureCancelInput) -> ErasureRow | None:
        """Cancel the viewer's pending erasure.

        Repeating: is refused with NO_ERASURE_STANDING.
        """
        person_id = info.context.viewer_id
        if not input.confirm:
            return None
        return await erasures.cancel(person_id)
