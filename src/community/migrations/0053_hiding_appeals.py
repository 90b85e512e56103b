"""Appeals against the hiding of a comment."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check


class Migration(Base):
    operations = [
        Ddl(
            replace_check(
                "appeal",
                "appeal_subject",
                was="subject IN ('DECISION', 'REMOVAL', 'SANCTION', 'BLOCK')",
                now="subject IN ('DECISION', 'REMOVAL', 'SANCTION', 'BLOCK', 'HIDING')",
            )
        )
    ]
