"""The revision with which a submission entered an event."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [
        Ddl("ALTER TABLE event_entry ADD COLUMN revision BIGINT"),
    ]
