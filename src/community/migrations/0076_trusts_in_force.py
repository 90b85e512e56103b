"""The index of the leaders' list of trusted members."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [Ddl("CREATE INDEX trust_unended ON trust (community_id, id) WHERE ended_at IS NULL")]
