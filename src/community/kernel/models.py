"""Tables for idempotency, outbox, schedule, audit trail and trusted documents."""

from __future__ import annotations

from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields

NOT_DONE = "done_at IS NULL AND parked_at IS NULL"


class IdempotencyRecord(Table):
    """One call with an idempotency key, and its answer."""

    community_id = fields.BigIntField()
    person_id = fields.BigIntField()
    operation = fields.TextField()
    key = fields.TextField()
    fingerprint = fields.TextField()
    answer: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """Constraints and indexes."""

        table = "idempotency_record"
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

    class Meta:
        """Indexes for due, pending, parked and old effects."""

        table = "outbox_effect"
        indexes = (
            PartialIndex(fields=("due_at",), name="outbox_effect_due", condition=NOT_DONE),
            PartialIndex(fields=("name", "id"), name="outbox_effect_pending", condition=NOT_DONE),
            PartialIndex(fields=("id",), name="outbox_effect_parked", condition="parked_at IS NOT NULL"),
            PartialIndex(fields=("done_at",), name="outbox_effect_done", condition="done_at IS NOT NULL"),
        )


class Schedule(Table):
    """An effect that is put into the outbox at intervals."""

    name = fields.TextField()
    every_s = fields.BigIntField()
    next_at = fields.DatetimeField()

    class Meta:
        """Constraints."""

        table = "schedule"
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

    class Meta:
        """Indexes for reading the events of one thing and of one community."""

        table = "audit_event"
        indexes = (
            Index(fields=("community_id", "subject", "subject_id", "id"), name="audit_event_subject"),
            Index(fields=("community_id", "id"), name="audit_event_community"),
            PartialIndex(fields=("actor_id", "id"), name="audit_event_actor", condition="actor_id IS NOT NULL"),
        )


class TrustedDocument(Table):
    """A registered GraphQL document of a client. `digest` is the SHA-256 of its text in hexadecimal."""

    digest = fields.TextField()
    text = fields.TextField()
    registered_at = fields.DatetimeField()

    class Meta:
        """Constraints."""

        table = "trusted_document"
        constraints = (Unique(("digest",), "trusted_document_digest"),)
