"""Words of open review cases in the index. `community search rebuild` adds them after an upgrade."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check


class Migration(Base):
    operations = [
        Ddl(
            replace_check(
                "search_document",
                "search_document_kind",
                was="kind IN ('SUBMISSION')",
                now="kind IN ('SUBMISSION', 'CASE')",
            )
        )
    ]
