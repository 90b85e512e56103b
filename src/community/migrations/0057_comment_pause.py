"""The pause of newcomers between comments, a setting of each community."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [
        Ddl("ALTER TABLE community ADD COLUMN newcomer_comment_pause_seconds BIGINT NOT NULL DEFAULT 60"),
    ]
