"""Appeals against blocks by the screening. An appeal that ended without an answer does not count as the one appeal."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement, replace_check

_UNIQUE = "CONSTRAINT appeal_once UNIQUE (community_id, subject, subject_id),"

# SQLite cannot drop a constraint. So its catalogue is edited, as in `0005_upload_keys.py`: the index of the constraint
# becomes a plain one, which can be dropped, and the index of `appeal_case` takes its number.
APPEALS: tuple[Statement, ...] = (
    replace_check(
        "appeal",
        "appeal_subject",
        was="subject IN ('DECISION', 'REMOVAL', 'SANCTION')",
        now="subject IN ('DECISION', 'REMOVAL', 'SANCTION', 'BLOCK')",
    ),
    {
        "postgres": ("ALTER TABLE appeal DROP CONSTRAINT appeal_once",),
        "sqlite": (
            "PRAGMA writable_schema = ON",
            (
                "UPDATE sqlite_schema SET name = 'appeal_every',"
                " sql = 'CREATE UNIQUE INDEX appeal_every ON appeal (community_id, subject, subject_id)'"
                " WHERE type = 'index' AND name = 'sqlite_autoindex_appeal_1'"
            ),
            (
                "UPDATE sqlite_schema SET name = 'sqlite_autoindex_appeal_1'"
                " WHERE type = 'index' AND name = 'sqlite_autoindex_appeal_2'"
            ),
            (f"UPDATE sqlite_schema SET sql = replace(sql, '{_UNIQUE}', '') WHERE type = 'table' AND name = 'appeal'"),
            # A change of the schema makes every connection read the catalogue again.
            "CREATE TABLE catalogue_has_changed (id INTEGER)",
            "DROP TABLE catalogue_has_changed",
            "PRAGMA writable_schema = RESET",
            "DROP INDEX appeal_every",
        ),
    },
    "CREATE UNIQUE INDEX appeal_once ON appeal (community_id, subject, subject_id) WHERE state <> 'ENDED'",
)


class Migration(Base):
    operations = [Ddl(*APPEALS)]
