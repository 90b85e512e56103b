"""Mutations of exports and erasures."""

from __future__ import annotations

from typing import Annotated

from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.mutation_inputs import Confirm
from community.api.mutations import mutation
from community.kernel.personal import ErasureContent
from community.privacy import erasures, exports
from community.privacy.erasures import ErasureRow
from community.privacy.exports import ExportRow


@object_type
class PrivacyMutation:
    """Mutations of exports and erasures."""

    @mutation(
        "which requests an archive of personal data", data_export="Export. Query `dataExports` until it is ready."
    )
    async def data_export_request(self, info: Info, confirm: Confirm = True) -> ExportRow | None:
        """Request an archive of all data about the viewer.

        Repeating: returns the existing export while it is pending, and for ten minutes.
        """
        person_id = info.context.viewer_id
        if not confirm:
            return None
        return await exports.request(person_id)

    @mutation("which requests the viewer's erasure", erasure="Erasure with its due time.")
    async def erasure_request(
        self, info: Info, content: Annotated[ErasureContent, argument("Treatment of the published content.")]
    ) -> ErasureRow | None:
        """Request the viewer's erasure after the waiting period.

        It can be cancelled until then. Repeating: is refused with ERASURE_STANDING.
        """
        return await erasures.request(info.context.settings, info.context.viewer_id, content=content)

    @mutation("which cancels a pending erasure", erasure="Cancelled erasure.")
    async def erasure_cancel(self, info: Info, confirm: Confirm = True) -> ErasureRow | None:
        """Cancel the viewer's pending erasure.

        Repeating: is refused with NO_ERASURE_STANDING.
        """
        person_id = info.context.viewer_id
        if not confirm:
            return None
        return await erasures.cancel(person_id)
