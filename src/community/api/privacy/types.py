"""Consents, exports and erasures as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from community.api import ids
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.consent import documents
from community.consent.consents import ConsentRow
from community.consent.documents import DocumentRow
from community.consent.models import ConsentPurpose
from community.kernel.personal import ErasureContent
from community.privacy.erasures import ErasureRow
from community.privacy.exports import ExportRow, create_link
from community.privacy.models import ExportState
from community.settings import Settings

declare_enum(
    ConsentPurpose,
    name="ConsentPurpose",
    values={
        "SERVICE": "Joining communities, checking in, liking, writing, and a telephone number. Withdrawn: the number is"
        " forgotten, and none of the rest goes on; memberships stay.",
        "PUBLICATION": "Sending in submissions and pictures. Withdrawn: what is published or waits is taken"
        " back, for good.",
        "LEADERBOARDS": "Being seen on leaderboards. Withdrawn: off every board.",
        "NOTICES": "Messages outside the inbox.",
    },
)
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
class ConsentDocument:
    """What people agree to, word for word: the latest version for its purpose."""

    id: strawberry.ID = field(description="Its id, of this version.")
    purpose: ConsentPurpose = field(description="What rests on it.")
    version: int = field(description="The first is 1.")
    title: str = field(description="What it is called.")
    text: str = field(description="What it says.")
    renews: bool = field(description="Whether those who agreed to an earlier version are asked anew.")
    published_at: datetime = field(description="When it was published.")

    @classmethod
    def of(cls, row: DocumentRow) -> ConsentDocument:
        """The document of a row."""
        return cls(
            id=ids.encode("ConsentDocument", row.id),
            purpose=row.purpose,
            version=row.version,
            title=row.title,
            text=row.text,
            renews=row.renews,
            published_at=row.published_at,
        )


@object_type
class Consent:
    """That I agreed to a version of a document, and until when."""

    row: strawberry.Private[ConsentRow]
    purpose: ConsentPurpose = field(description="What rests on it.")
    given_at: datetime = field(description="When I agreed.")
    withdrawn_at: datetime | None = field(
        description="When I withdrew it, or agreed to a newer version; null while it stands."
    )

    @classmethod
    def of(cls, row: ConsentRow) -> Consent:
        """The consent of a row."""
        return cls(row=row, purpose=row.purpose, given_at=row.given_at, withdrawn_at=row.withdrawn_at)

    @batched
    async def document(parents: list[Consent], info: Info) -> list[ConsentDocument]:  # noqa: N805 - the parents, all at once
        """What I agreed to."""
        del info
        rows = await documents.get_documents([parent.row.document_id for parent in parents])
        return [ConsentDocument.of(row) for row in rows]


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
