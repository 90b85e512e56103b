"""The index of counted members is dropped. The boards list the members of a community."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl


class Migration(Base):
    operations = [Ddl("DROP INDEX leaderboard_score_member")]
