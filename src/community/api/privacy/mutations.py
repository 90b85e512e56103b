"""Mutations of exports and erasures."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import MutationPayload, mutation
from community.api.privacy.types import DataExport, Erasure
from community.kernel.personal import ErasureContent
from community.privacy import erasures, exports


@input_type
class DataExportRequestInput:
    """Whether to ask for everything about me."""

    confirm: bool = field(default=True, description="False asks for nothing.")


@object_type
class DataExportRequestPayload(MutationPayload):
    """What `dataExportRequest` answers."""

    data_export: DataExport | None = field(default=None, description="The export; look again until it is ready.")


@input_type
class ErasureRequestInput:
    """How I want to be forgotten."""

    content: ErasureContent = field(description="What becomes of what I published.")


@object_type
class ErasureRequestPayload(MutationPayload):
    """What `erasureRequest` answers."""

    erasure: Erasure | None = field(default=None, description="The erasure, and when it is due.")


@input_type
class ErasureCancelInput:
    """Whether I think better of it."""

    confirm: bool = field(default=True, description="False cancels nothing.")


@object_type
class ErasureCancelPayload(MutationPayload):
    """What `erasureCancel` answers."""

    erasure: Erasure | None = field(default=None, description="The erasure, cancelled.")


@object_type
class PrivacyMutation:
    """Mutations of exports and erasures."""

    @mutation
    async def data_export_request(self, info: Info, input: DataExportRequestInput) -> DataExportRequestPayload:
        """Ask for everything about me. While one is under way, or ten minutes old, that one is the answer."""
        person_id = info.context.viewer_id
        if not input.confirm:
            return DataExportRequestPayload()
        row = await exports.request(person_id)
        return DataExportRequestPayload(data_export=DataExport.of(row, info.context.settings))

    @mutation
    async def erasure_request(self, info: Info, input: ErasureRequestInput) -> ErasureRequestPayload:
        """Ask to be forgotten, once the waiting period is over. It can be cancelled until then, and not after."""
        row = await erasures.request(info.context.settings, info.context.viewer_id, content=input.content)
        return ErasureRequestPayload(erasure=Erasure.of(row))

    @mutation
    async def erasure_cancel(self, info: Info, input: ErasureCancelInput) -> ErasureCancelPayload:
        """Think better of being forgotten, in time."""
        person_id = info.context.viewer_id
        if not input.confirm:
            return ErasureCancelPayload()
        return ErasureCancelPayload(erasure=Erasure.of(await erasures.cancel(person_id)))
