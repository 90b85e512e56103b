"""What the kernel keeps: idempotency records, the outbox, the schedule and the audit trail."""

from __future__ import annotations

from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, declare_redactions, fields

NOT_DONE = "done_at IS NULL AND parked_at IS NULL"


class IdempotencyRecord(Table):
    """One call with an idempotency key, and what it answered."""

    community_id = fields.BigIntField()
    person_id = fields.BigIntField()
    operation = fields.TextField()
    key = fields.TextField()
    fingerprint = fields.TextField()
    answer: fields.Field[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        """A key counts once for a person, community and operation."""

        table = "idempotency_record"
        constraints = (Unique(("community_id", "person_id", "operation", "key"), "idempotency_record_once"),)
        indexes = (Index(fields=("created_at",), name="idempotency_record_age"),)


class OutboxEffect(Table):
    """An effect outside the database that a committed transaction promised."""

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
        """Found by what is due, by name, by what is parked, by age."""

        table = "outbox_effect"
        indexes = (
            PartialIndex(fields=("due_at",), name="outbox_effect_due", condition=NOT_DONE),
            PartialIndex(fields=("name", "id"), name="outbox_effect_pending", condition=NOT_DONE),
            PartialIndex(fields=("id",), name="outbox_effect_parked", condition="parked_at IS NOT NULL"),
            PartialIndex(fields=("done_at",), name="outbox_effect_done", condition="done_at IS NOT NULL"),
        )


class Schedule(Table):
    """An effect that happens by the clock."""

    name = fields.TextField()
    every_s = fields.BigIntField()
    next_at = fields.DatetimeField()

    class Meta:
        """One row an effect."""

        table = "schedule"
        constraints = (Unique(("name",), "schedule_name"), Check("every_s > 0", "schedule_every"))


class AuditEvent(Table):
    """Who did what to which thing; never changed."""

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
        """Read by the thing it is about."""

        table = "audit_event"
        indexes = (Index(fields=("community_id", "subject", "subject_id", "id"), name="audit_event_subject"),)
