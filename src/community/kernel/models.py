"""Tables for idempotency, outbox, schedule, audit trail and trusted documents."""

from __future__ import annotations

from datetime import timedelta

from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields

NOT_DONE = "done_at IS NULL AND parked_at IS NULL"


class IdempotencyRecord(Table):
    """One call with an idempotency key, and its answer."""

    fixed = ("community_id", "person_id", "operation", "key", "fingerprint", "answer", "created_at")
    deleted_after = timedelta(days=7)

    community_id = fields.BigIntField()
    person_id = fields.BigIntField()
    operation = fields.TextField()
    key = fields.TextField()
    fingerprint = fields.TextField()
    answer: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    constraints = (Unique(("community_id", "person_id", "operation", "key"), "idempotency_record_once"),)
    indexes = (
        Index(fields=("created_at",), name="idempotency_record_age"),
        Index(fields=("person_id", "id"), name="idempotency_record_person"),
    )


class OutboxEffect(Table):
    """An effect outside the database that a committed transaction requires."""

    name = fields.TextField()
    args: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    attempt = fields.BigIntField()
    failures = fields.BigIntField()
    done_at = fields.DatetimeField(null=True)
    parked_at = fields.DatetimeField(null=True)
    error = fields.TextField(null=True)

    indexes = (
        PartialIndex("outbox_effect_due", ("due_at",), NOT_DONE),
        PartialIndex("outbox_effect_pending", ("name", "id"), NOT_DONE),
        PartialIndex("outbox_effect_parked", ("id",), "parked_at IS NOT NULL"),
        PartialIndex("outbox_effect_done", ("done_at",), "done_at IS NOT NULL"),
    )


class Schedule(Table):
    """An effect that is put into the outbox at intervals."""

    name = fields.TextField()
    every_s = fields.BigIntField()
    next_at = fields.DatetimeField()

    constraints = (Unique(("name",), "schedule_name"), Check("every_s > 0", "schedule_every"))


class AuditEvent(Table):
    """One action of an actor on a thing. Never changed, except by erasure."""

    append_only = True
    redacts = declare_redactions(detail="'{}'")

    community_id = fields.BigIntField()
    actor_id = fields.BigIntField(null=True)
    action = fields.TextField()
    subject = fields.TextField()
    subject_id = fields.BigIntField()
    detail: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    indexes = (
        Index(fields=("community_id", "subject", "subject_id", "id"), name="audit_event_subject"),
        Index(fields=("community_id", "id"), name="audit_event_community"),
        PartialIndex("audit_event_actor", ("actor_id", "id"), "actor_id IS NOT NULL"),
    )


class TrustedDocument(Table):
    """A registered GraphQL document of a client. `digest` is the SHA-256 of its text in hexadecimal."""

    digest = fields.TextField()
    text = fields.TextField()
    registered_at = fields.DatetimeField()

    constraints = (Unique(("digest",), "trusted_document_digest"),)


class Seal(Table):
    """A digest of a stretch of rows and of the seal before it.

    `content` names the sealed columns of a table, which `columns` lists. The stretch is `after_id < id <= last_id`.
    `marks` has 16 hexadecimal digits for each row, in the order of ids. A seal that replaces another one was
    made after an erasure, or by a migration that `reason` names. `redacted` has the ids of the rows with new marks.
    `digest` covers all of it and `previous_digest`.
    """

    append_only = True

    content = fields.TextField()
    columns = fields.TextField()
    after_id = fields.BigIntField()
    last_id = fields.BigIntField()
    marks = fields.TextField()
    replaces = Table.foreign_key(to="Seal", null=True)
    redacted: fields.Field[list[int]] = fields.JSONField()
    reason = fields.TextField()
    previous_digest = fields.TextField()
    digest = fields.TextField()
    created_at = fields.DatetimeField()

    constraints = (
        Unique(("previous_digest",), "seal_chain"),
        Check("after_id < last_id", "seal_stretch"),
    )
    indexes = (
        Index(fields=("content", "last_id"), name="seal_content"),
        PartialIndex("seal_replaces", ("replaces_id",), "replaces_id IS NOT NULL"),
    )


class SealSalt(Table):
    """The salt of a seal's marks. It is deleted when the seal is replaced.

    The new seal keeps the salts of the other rows one by one, as JSON. So no one can use the old marks to confirm a
    guess at words that were redacted.
    """

    seal = Seal.foreign_key()
    salt = fields.TextField()

    constraints = (Unique(("seal_id",), "seal_salt_once"),)


class Redaction(Table):
    """A redacted row that waits for a new seal, or a deleted row.

    A trigger inserts the first kind. `table_name` of the second kind is `TABLE deleted`.
    """

    table_name = fields.TextField()
    row_id = fields.BigIntField()

    indexes = (Index(fields=("table_name", "row_id"), name="redaction_row"),)
