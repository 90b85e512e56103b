"""Seals name the migration that gave rows a new form, and each row with words has a salt of its own.

The marks of earlier seals have one salt for all rows, so that the chain begins again. Words in tables that are not
append-only are sealed too.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement, create_append_only_triggers, create_redaction_trigger

_EMPTY = ("DELETE FROM seal_salt", "DELETE FROM seal", "DELETE FROM redaction")

REASONS: tuple[Statement, ...] = (
    {
        "postgres": (
            "ALTER TABLE seal DISABLE TRIGGER USER",
            *_EMPTY,
            "ALTER TABLE seal ENABLE TRIGGER USER",
        ),
        "sqlite": (
            "DROP TRIGGER seal_append_only_update",
            "DROP TRIGGER seal_append_only_delete",
            *_EMPTY,
            *(text for texts in create_append_only_triggers("seal") for text in texts["sqlite"]),
        ),
    },
    "ALTER TABLE seal ADD COLUMN reason TEXT NOT NULL DEFAULT ''",
    create_redaction_trigger("adjustment", "reason"),
    create_redaction_trigger("interaction", "reference", "purchase"),
    create_redaction_trigger("season", "name"),
    create_redaction_trigger("service_token", "name"),
)


class Migration(Base):
    operations = [Ddl(*REASONS)]
