"""Nicknames for searches, and an index of members."""

from tortoise.migrations.migration import Migration as Base

from community.accounts.rules import fold_nickname
from community.kernel.ddl import CreateIndexes, Ddl
from community.kernel.rewriting import Rewrite, RewrittenColumn

COLUMN = (
    "ALTER TABLE person ADD COLUMN search_name TEXT NOT NULL DEFAULT ''",
    "UPDATE person SET search_name = nickname WHERE erased_at IS NULL",
)
INDEXES = ("membership_of_community ON membership (community_id, id)",)


class Migration(Base):
    operations = [
        Ddl(*COLUMN),
        Rewrite(RewrittenColumn("person", "search_name", condition="search_name <> ''"), fold_nickname),
        CreateIndexes(*INDEXES),
    ]
