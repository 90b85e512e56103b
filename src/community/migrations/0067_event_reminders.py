"""Reminders of the end of an event's entering."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import CreateIndexes, Ddl


class Migration(Base):
    operations = [
        Ddl("ALTER TABLE event ADD COLUMN reminded_at TIMESTAMPTZ"),
        CreateIndexes("event_remind ON event (due_at, id) WHERE state = 'OPEN' AND reminded_at IS NULL"),
    ]
