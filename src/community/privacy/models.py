"""Tables of exports, erasures and retention runs."""

from __future__ import annotations

from enum import StrEnum

from community.accounts.models import Person
from community.kernel.personal import ErasureContent
from community.kernel.tables import Check, Index, PartialIndex, Table, Unique, fields, one_of

ERASURE_PENDING_SQL = "cancelled_at IS NULL AND done_at IS NULL"


class ExportState(StrEnum):
    """The state of an export."""

    PENDING = "PENDING"
    READY = "READY"
    EXPIRED = "EXPIRED"


class DataExport(Table):
    """A person's request for an export. The archive exists under a random name until it expires."""

    person = Person.foreign_key()
    state = fields.TextField()
    requested_at = fields.DatetimeField()
    ready_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    archive = fields.TextField(null=True)
    size_bytes = fields.BigIntField(null=True)

    constraints = (
        Check(one_of("state", ExportState), "data_export_state"),
        Check(
            "state <> 'READY' OR (ready_at IS NOT NULL AND expires_at IS NOT NULL AND archive IS NOT NULL"
            " AND size_bytes IS NOT NULL)",
            "data_export_ready",
        ),
        Unique(("person_id",), "data_export_pending", "state = 'PENDING'"),
    )
    indexes = (
        Index(fields=("person_id", "id"), name="data_export_person"),
        PartialIndex("data_export_age", ("expires_at",), "state = 'READY'"),
        PartialIndex("data_export_expired", ("requested_at",), "state = 'EXPIRED'"),
        PartialIndex("data_export_archive", ("archive",), "archive IS NOT NULL"),
    )


class Erasure(Table):
    """A person's request to be erased. It is executed when due, unless it is cancelled before."""

    person = Person.foreign_key()
    content = fields.TextField()
    requested_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)

    constraints = (
        Check(one_of("content", ErasureContent), "erasure_content"),
        Check("cancelled_at IS NULL OR done_at IS NULL", "erasure_outcome"),
        Unique(("person_id",), "erasure_standing", ERASURE_PENDING_SQL),
    )
    indexes = (
        PartialIndex("erasure_due", ("due_at",), ERASURE_PENDING_SQL),
        Index(fields=("person_id", "id"), name="erasure_person"),
        PartialIndex("erasure_done", ("done_at",), "done_at IS NOT NULL"),
        PartialIndex("erasure_cancelled", ("cancelled_at",), "cancelled_at IS NOT NULL"),
    )


class RetentionRun(Table):
    """The last retention run of one kind of data."""

    kind = fields.TextField()
    ran_at = fields.DatetimeField()
    dropped = fields.BigIntField()
    dropped_ever = fields.BigIntField()

    constraints = (Unique(("kind",), "retention_run_kind"),)
