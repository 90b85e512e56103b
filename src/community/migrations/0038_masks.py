"""Places of the published revision that others see as stars."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [Ddl("ALTER TABLE submission ADD COLUMN masks JSONB")]
