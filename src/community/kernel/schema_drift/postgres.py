"""PostgreSQL's catalogue of the schema, and of the declared tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NoReturn

from community.kernel import db
from community.kernel.ddl import RECORD_REDACTION, REFUSE_CHANGE
from community.kernel.schema_drift.declared import DeclaredTable
from community.kernel.schema_drift.schema_objects import SchemaObject, SchemaObjects, group_by_table

_TRIGGER_FUNCTION = re.compile(r"\b(refuse_change|record_redaction)\(\)")

# Objects of an extension (a view of statistics) are not the service's. Dependency 'e' excludes them.
SCHEMA_OBJECTS = db.Select(
    """
WITH relation AS (
    SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity
    FROM pg_class c
    WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT relname::text AS table, 'storage' AS name,
       concat_ws(' ', 'kind', relkind, CASE WHEN relpersistence = 'u' THEN 'unlogged' END,
                 CASE WHEN relrowsecurity THEN 'with row security' END) AS definition
FROM relation
UNION ALL
SELECT r.relname::text, 'column ' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attcollation <> t.typcollation THEN 'COLLATE ' || a.attcollation::regcollation END,
                 CASE WHEN a.attnotnull THEN 'NOT NULL' END,
                 CASE a.attidentity WHEN 'd' THEN 'IDENTITY' WHEN 'a' THEN 'IDENTITY ALWAYS' END,
                 CASE WHEN a.attgenerated <> '' THEN 'GENERATED' END)
FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT r.relname::text,
       CASE k.contype WHEN 'p' THEN 'primary key'
                      WHEN 'f' THEN 'foreign key of ' || (SELECT string_agg(a.attname, ', ' ORDER BY c.place)
                           FROM unnest(k.conkey) WITH ORDINALITY AS c (attnum, place)
                           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.attnum)
                      ELSE 'constraint ' || k.conname END,
       pg_get_constraintdef(k.oid)
FROM relation r JOIN pg_constraint k ON k.conrelid = r.oid
WHERE k.contype <> 'n'
UNION ALL
SELECT r.relname::text, 'index ' || i.indexrelid::regclass,
       pg_get_indexdef(i.indexrelid, 0, TRUE) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
FROM relation r JOIN pg_index i ON i.indrelid = r.oid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT r.relname::text, 'trigger ' || t.tgname,
       concat_ws(' ', replace(pg_get_triggerdef(t.oid, TRUE), 'pg_temp.', ''),
                 CASE WHEN t.tgenabled <> 'O' THEN 'NOT ENABLED' END,
                 l.lanname, btrim(regexp_replace(p.prosrc, '[[:space:]]+', ' ', 'g')))
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_language l ON l.oid = p.prolang
WHERE NOT t.tgisinternal
UNION ALL
SELECT r.relname::text, 'rule ' || w.rulename, pg_get_ruledef(w.oid, TRUE)
FROM relation r JOIN pg_rewrite w ON w.ev_class = r.oid
WHERE w.rulename <> '_RETURN'
""",
    SchemaObject,
)


class _RollBackTemporary(Exception):  # noqa: N818 - not an error: it rolls back the temporary tables after reading
    def __init__(self, declared: SchemaObjects) -> None:
        self.declared = declared


@db.transactional
async def read(tables: Sequence[DeclaredTable]) -> tuple[SchemaObjects, SchemaObjects]:
    """Return the declared and the real objects, in the server's form."""
    # The real tables are read first. Temporary tables hide them, and the server would then qualify their names.
    real = group_by_table(await SCHEMA_OBJECTS.all(await db.scalar("SELECT current_schema()::text")))
    try:
        async with db.savepoint():
            await _read_temporary_tables(tables)
    except _RollBackTemporary as rolled_back:
        return rolled_back.declared, real


async def _read_temporary_tables(tables: Sequence[DeclaredTable]) -> NoReturn:
    for statement in _build_temporary_statements(tables):
        await db.execute(statement)
    raise _RollBackTemporary(
        group_by_table(await SCHEMA_OBJECTS.all(await db.scalar("SELECT pg_my_temp_schema()::regnamespace::text")))
    )


def _build_temporary_statements(tables: Sequence[DeclaredTable]) -> Iterator[str]:
    for statement in (*REFUSE_CHANGE["postgres"], *RECORD_REDACTION["postgres"]):
        yield _make_temporary(statement)
    for table in tables:
        yield table.build_unlinked_create_statement().replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1)
        yield from table.indexes
        yield from map(_make_temporary, table.build_trigger_statements("postgres"))
    # Foreign keys come last, when every table exists. Temporary tables refer to temporary tables only.
    for table in tables:
        for column, target in table.references.items():
            yield f"ALTER TABLE {table.name} ADD FOREIGN KEY ({column}) REFERENCES {target}"


def _make_temporary(statement: str) -> str:
    return _TRIGGER_FUNCTION.sub(r"pg_temp.\g<0>", statement)
