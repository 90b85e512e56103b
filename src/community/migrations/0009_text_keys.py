"""Names may have more code points than characters. Tags and references take the form in which they are compared."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement, replace_check
from community.kernel.rewriting import Rewrite, RewrittenColumn
from community.kernel.texts import fold, fold_reference


def _widen(table: str, column: str, was: int, now: int) -> Statement:
    return replace_check(
        table, f"{table}_{column}",
        was=f"length({column}) BETWEEN 1 AND {was}", now=f"length({column}) BETWEEN 1 AND {now}",
    )  # fmt: skip


class Migration(Base):
    operations = [
        Ddl(
            _widen("person", "nickname", 20, 200),
            _widen("community", "name", 40, 240),
            _widen("service_token", "name", 40, 240),
            _widen("season", "name", 40, 240),
        ),
        Rewrite(RewrittenColumn("revision_tag", "tag", unique_with=("community_id", "revision_id")), fold),
        Rewrite(
            RewrittenColumn("interaction", "reference", unique_with=("community_id", "kind"), keeps_equal_rows=True),
            fold_reference,
        ),
        Rewrite(RewrittenColumn("interaction", "purchase"), fold_reference),
    ]
