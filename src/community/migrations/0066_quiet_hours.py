"""The quiet hours of a community, two settings."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [
        Ddl(
            "ALTER TABLE community ADD COLUMN quiet_from_hour BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE community ADD COLUMN quiet_until_hour BIGINT NOT NULL DEFAULT 0",
        ),
    ]
