"""Tables of consent documents, consents and guardianships."""

from __future__ import annotations

from enum import StrEnum

from community.accounts.models import Person
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of


class Guardianship(Table):
    """A child's request to a guardian, or the guardian's confirmation."""

    person = Person.foreign_key()
    code_digest = fields.TextField(null=True)
    code_expires_at = fields.DatetimeField(null=True)
    guardian = Person.foreign_key(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("person_id",), "guardianship_person"),
        Unique(("code_digest",), "guardianship_code"),
        Check("(confirmed_at IS NULL) = (guardian_id IS NULL)", "guardianship_confirmed"),
        Check("guardian_id IS NULL OR guardian_id <> person_id", "guardianship_another"),
    )
    indexes = (
        Index(fields=("guardian_id",), name="guardianship_guardian"),
        PartialIndex("guardianship_code_age", ("code_expires_at",), "confirmed_at IS NULL"),
    )


class ConsentPurpose(StrEnum):
    """The purposes that a person consents to, each separately."""

    SERVICE = "SERVICE"
    PUBLICATION = "PUBLICATION"
    LEADERBOARDS = "LEADERBOARDS"
    NOTICES = "NOTICES"


class ConsentDocument(Table):
    """The text that persons agree to. A version that `renews` ends the consents to earlier versions."""

    append_only = True

    purpose = fields.TextField()
    version = fields.BigIntField()
    title = fields.TextField()
    text = fields.TextField()
    renews = fields.BooleanField()
    published_at = fields.DatetimeField()

    constraints = (
        Unique(("purpose", "version"), "consent_document_version"),
        Check(one_of("purpose", ConsentPurpose), "consent_document_purpose"),
        Check("version > 1 OR (version = 1 AND renews)", "consent_document_first"),
    )


class Consent(Table):
    """A person's consent to one version of a document."""

    person = Person.foreign_key()
    document = ConsentDocument.foreign_key()
    purpose = fields.TextField()
    given_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    constraints = (Unique(("person_id", "purpose"), "consent_standing", "withdrawn_at IS NULL"),)
    indexes = (
        Index(fields=("person_id", "id"), name="consent_person"),
        PartialIndex("consent_withdrawn", ("withdrawn_at",), "withdrawn_at IS NOT NULL"),
    )
