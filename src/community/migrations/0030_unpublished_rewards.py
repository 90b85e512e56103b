"""An index for the drafts and withdrawn rewards of a community."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import CreateIndexes

INDEXES = ("reward_unpublished ON reward (community_id, id) WHERE state <> 'PUBLISHED'",)


class Migration(Base):
    operations = [CreateIndexes(*INDEXES)]
