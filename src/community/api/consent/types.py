"""Types of consents, guardians and the viewer's account."""

from __future__ import annotations

from datetime import date
from enum import Enum

import strawberry

from community.accounts.logins import PlatformLinkRow
from community.accounts.phones import PhoneRow
from community.accounts.queries import PersonRow
from community.api.context import Info
from community.api.declare import declare_enum, field, object_type, related, type_over
from community.api.edge.document_measure import LONG_TEXT
from community.api.nodes import Node, found_by
from community.consent import documents, guardians
from community.consent.consents import ConsentRow
from community.consent.documents import DocumentRow
from community.consent.models import ConsentPurpose

declare_enum(
    ConsentPurpose,
    values={
        "SERVICE": "Joining communities, checking in, liking, writing, and a telephone number."
        " Withdrawal deletes the number and stops the rest. Memberships stay.",
        "PUBLICATION": "Sending submissions and pictures."
        " Withdrawal permanently withdraws published and waiting submissions.",
        "LEADERBOARDS": "Appearing on leaderboards. Withdrawal removes the person from every board.",
        "NOTICES": "Messages outside the inbox.",
    },
)


@type_over(DocumentRow)
class ConsentDocument(Node):
    """同意文件: one version of the text that people consent to."""

    purpose = field(description="Purpose.")
    version = field(description="Version number within the purpose. The first is 1.")
    title = field(description="Title, 1 to 60 characters.")
    text = field(description="Text, 1 to 20000 characters, with line breaks.", metadata=LONG_TEXT)
    renews = field(description="True if consents to earlier versions do not count for this one.")
    published_at = field(description="Time of publication.")


@found_by(DocumentRow)
async def find_document(number: int, info: Info) -> DocumentRow | None:
    """Return the document, which everyone may read, or None."""
    del info
    return await documents.find_document(number)


@type_over(ConsentRow)
class Consent:
    """同意: the viewer's consent to one version of a document."""

    purpose = field(description="Purpose.")
    given_at = field(description="Time of the consent.")
    withdrawn_at = field(
        description="Time of the withdrawal, or of the consent to a newer version. Null while in force."
    )

    document = related(documents.get_documents, "document_id", "Document that was consented to.")


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
    born_on: date | None = field(description="Date of birth. Null if the viewer gave none.")
    guardian: GuardianState = field(description="State of the guardian's confirmation, which a person under 14 needs.")
    dependants: list[PersonRow] = field(description="Dependants: children for whom the viewer confirmed, at most 20.")
    platforms: list[PlatformLinkRow] = field(description="Platforms from which the viewer can log in, at most 20.")
    phone: PhoneRow | None = field(description="Telephone number. Null if none is bound.")


@type_over(guardians.GuardianCode)
class GuardianCode:
    """Code that a child shows to a guardian, who enters it in `guardianConfirm`."""

    code = field(description="Eight letters and digits.")
    expires_at = field(description="Time from which it is no longer valid, 24 hours later.")
