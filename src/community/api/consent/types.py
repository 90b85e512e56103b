"""Types of consents, guardians and the viewer's account."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from community.api import ids
from community.api.accounts.types import LinkedPlatform, Person, Phone
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, object_type
from community.consent import documents
from community.consent.consents import ConsentRow
from community.consent.documents import DocumentRow
from community.consent.models import ConsentPurpose

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


@strawberry.enum(description="Whether a guardian is needed, and has confirmed.")
class GuardianState(Enum):
    """Whether a guardian is needed, and has confirmed."""

    NOT_NEEDED = strawberry.enum_value("NOT_NEEDED", description="Nobody has to confirm.")
    NEEDED = strawberry.enum_value("NEEDED", description="A guardian has to confirm before the person can take part.")
    CONFIRMED = strawberry.enum_value("CONFIRMED", description="A guardian has confirmed.")


@object_type
class Account:
    """What I alone see of myself. How the platforms call me is kept encrypted, and shown to nobody."""

    person: Person = field(description="Who I am to others.")
    born_on: str | None = field(description="My date of birth, YYYY-MM-DD; null when I have stated none.")
    guardian: GuardianState = field(description="Whether a guardian is needed, because I am under 14.")
    wards: list[Person] = field(description="The children for whom I have confirmed.")
    platforms: list[LinkedPlatform] = field(description="The platforms that I can log in from.")
    phone: Phone | None = field(description="My telephone number; null when none is bound.")


@object_type
class GuardianCode:
    """What a child shows to a guardian, who confirms with it."""

    code: str = field(description="The code: eight letters and digits.")
    expires_at: datetime = field(description="It works before this moment.")
