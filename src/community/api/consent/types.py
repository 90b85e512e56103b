"""Types of consents, guardians and the viewer's account."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from community.accounts.logins import PlatformLinkRow
from community.accounts.phones import PhoneRow
from community.accounts.queries import PersonRow
from community.api import ids
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.api.edge.measure import LONG_TEXT
from community.consent import documents
from community.consent.consents import ConsentRow
from community.consent.documents import DocumentRow
from community.consent.models import ConsentPurpose

declare_enum(
    ConsentPurpose,
    name="ConsentPurpose",
    values={
        "SERVICE": "Joining communities, checking in, liking, writing, and a telephone number."
        " Withdrawal deletes the number and stops the rest. Memberships stay.",
        "PUBLICATION": "Sending submissions and pictures."
        " Withdrawal permanently withdraws published and waiting submissions.",
        "LEADERBOARDS": "Appearing on leaderboards. Withdrawal removes the person from every board.",
        "NOTICES": "Messages outside the inbox.",
    },
)


@object_type
class ConsentDocument:
    """同意文件: one version of the text that people consent to."""

    id: strawberry.ID = field(description="Opaque id of this version.")
    purpose: ConsentPurpose = field(description="Purpose.")
    version: int = field(description="Version number within the purpose. The first is 1.")
    title: str = field(description="Title, 1 to 60 characters.")
    text: str = field(description="Text, 1 to 20000 characters, with line breaks.", metadata=LONG_TEXT)
    renews: bool = field(description="True if consents to earlier versions do not count for this one.")
    published_at: datetime = field(description="Time of publication.")

    @classmethod
    def of(cls, row: DocumentRow) -> ConsentDocument:
        """Return the document of a row."""
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
    """同意: the viewer's consent to one version of a document."""

    row: strawberry.Private[ConsentRow]
    purpose: ConsentPurpose = field(description="Purpose.")
    given_at: datetime = field(description="Time of the consent.")
    withdrawn_at: datetime | None = field(
        description="Time of the withdrawal, or of the consent to a newer version. Null while in force."
    )

    @classmethod
    def of(cls, row: ConsentRow) -> Consent:
        """Return the consent of a row."""
        return cls(row=row, purpose=row.purpose, given_at=row.given_at, withdrawn_at=row.withdrawn_at)

    @batched
    async def document(parents: list[Consent], info: Info) -> list[ConsentDocument]:
        """Document that was consented to."""
        del info
        rows = await documents.get_documents([parent.row.document_id for parent in parents])
        return [ConsentDocument.of(row) for row in rows]


@strawberry.enum(description="State of a guardian's confirmation.")
class GuardianState(Enum):
    """State of a guardian's confirmation."""

    NOT_NEEDED = strawberry.enum_value(
        "NOT_NEEDED", description="No guardian is needed: the person is 14 or older, or has given no date of birth."
    )
    NEEDED = strawberry.enum_value("NEEDED", description="A guardian must confirm before the person can take part.")
    CONFIRMED = strawberry.enum_value("CONFIRMED", description="A guardian has confirmed.")


@object_type
class Account:
    """Data of the viewer that only the viewer sees. Platform ids are never shown."""

    person: PersonRow = field(description="Viewer as others see them.")
    born_on: str | None = field(description="Date of birth, YYYY-MM-DD. Null if the viewer gave none.")
    guardian: GuardianState = field(description="State of the guardian's confirmation, which a person under 14 needs.")
    dependants: list[PersonRow] = field(description="Dependants: children for whom the viewer confirmed, at most 20.")
    platforms: list[PlatformLinkRow] = field(description="Platforms from which the viewer can log in, at most 20.")
    phone: PhoneRow | None = field(description="Telephone number. Null if none is bound.")


@object_type
class GuardianCode:
    """Code that a child shows to a guardian, who enters it in `guardianConfirm`."""

    code: str = field(description="Eight letters and digits.")
    expires_at: datetime = field(description="Time from which it is no longer valid, 24 hours later.")
