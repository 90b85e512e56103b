"""Root fields about what I agreed to and what I asked for."""

from __future__ import annotations

from community.api.context import Info
from community.api.declare import object_type, query
from community.api.privacy.types import Consent, ConsentDocument, DataExport, Erasure
from community.consent import consents, documents
from community.privacy import erasures, exports


@object_type
class PrivacyQuery:
    """What I agreed to, and what I asked for about my data."""

    @query
    async def consent_documents(self, info: Info) -> list[ConsentDocument]:
        """What people are asked to agree to: the latest document for each purpose that has one."""
        del info
        return [ConsentDocument.of(row) for row in await documents.list_documents()]

    @query
    async def consents(self, info: Info) -> list[Consent]:
        """What I agreed to, newest first, what I withdrew included; two hundred at most."""
        return [Consent.of(row) for row in await consents.list_own(info.context.viewer_id)]

    @query
    async def data_exports(self, info: Info) -> list[DataExport]:
        """The exports that I asked for, newest first; twenty at most."""
        rows = await exports.list_own(info.context.viewer_id)
        return [DataExport.of(row, info.context.settings) for row in rows]

    @query
    async def erasure(self, info: Info) -> Erasure | None:
        """The erasure that I wait for; null when I wait for none."""
        row = await erasures.find_pending(info.context.viewer_id)
        return None if row is None else Erasure.of(row)
