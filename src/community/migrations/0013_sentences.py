"""The language that a person has chosen for sentences. NULL is that of each request.

Notices of expiring points get the day as a figure. For earlier notices it is the day in UTC.
"""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement

_POSTGRES_DAY = "detail || jsonb_build_object('ends_on', substr(detail->>'ends_at', 1, 10))"
_SQLITE_DAY = "json_set(detail, '$.ends_on', substr(json_extract(detail, '$.ends_at'), 1, 10))"
_WHERE = "WHERE kind = 'POINTS_EXPIRING'"

SENTENCES: tuple[Statement, ...] = (
    "ALTER TABLE person ADD COLUMN language TEXT",
    {
        "postgres": (f"UPDATE notice SET detail = {_POSTGRES_DAY} {_WHERE}",),
        "sqlite": (f"UPDATE notice SET detail = {_SQLITE_DAY} {_WHERE}",),
    },
)


class Migration(Base):
    operations = [Ddl(*SENTENCES)]
