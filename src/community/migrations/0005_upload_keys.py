"""Uploads keep their idempotency keys in `idempotency_record`, so the column `media.client_key` goes.

Keys from before are forgotten. A client that repeats such an upload gets a second picture. The unused one of the two is
removed after a day.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement

_UNIQUE = "CONSTRAINT media_client_key UNIQUE (person_id, client_key),"
_CHECK = "CONSTRAINT media_key CHECK ((state = ''REMOVED'') = (client_key IS NULL)),"

# SQLite cannot drop a constraint, nor a column that a constraint names. A rebuilt table would lose its child rows. So
# the catalogue is edited. Both constraints leave the table's text. The index of the UNIQUE becomes a plain index, which
# can be dropped with its pages. The index of `media_name` takes its number, because SQLite numbers these indexes by the
# position of their constraints.
UPLOADS: tuple[Statement, ...] = (
    {
        "postgres": (
            "ALTER TABLE media DROP CONSTRAINT media_client_key",
            "ALTER TABLE media DROP CONSTRAINT media_key",
            "ALTER TABLE media DROP COLUMN client_key",
        ),
        "sqlite": (
            "PRAGMA writable_schema = ON",
            (
                "UPDATE sqlite_schema SET name = 'media_client_key',"
                " sql = 'CREATE UNIQUE INDEX media_client_key ON media (person_id, client_key)'"
                " WHERE type = 'index' AND name = 'sqlite_autoindex_media_1'"
            ),
            (
                "UPDATE sqlite_schema SET name = 'sqlite_autoindex_media_1'"
                " WHERE type = 'index' AND name = 'sqlite_autoindex_media_2'"
            ),
            (
                f"UPDATE sqlite_schema SET sql = replace(replace(sql, '{_UNIQUE}', ''), '{_CHECK}', '')"
                " WHERE type = 'table' AND name = 'media'"
            ),
            # A change of the schema makes every connection read the catalogue again.
            "CREATE TABLE catalogue_has_changed (id INTEGER)",
            "DROP TABLE catalogue_has_changed",
            "PRAGMA writable_schema = RESET",
            "DROP INDEX media_client_key",
            "ALTER TABLE media DROP COLUMN client_key",
        ),
    },
)


class Migration(Base):
    operations = [Ddl(*UPLOADS)]
