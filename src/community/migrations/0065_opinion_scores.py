"""The condition of the scores of opinions, in a form that PostgreSQL keeps when a backup is restored."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, replace_check


class Migration(Base):
    operations = [
        Ddl(
            replace_check(
                "review_opinion",
                "review_opinion_scores",
                # With the line break of the earlier migration.
                was="authenticity BETWEEN 1 AND 5 AND usefulness BETWEEN 1 AND 5\n"
                "                    AND resonance BETWEEN 1 AND 5",
                now="authenticity >= 1 AND authenticity <= 5 AND usefulness >= 1 AND usefulness <= 5"
                " AND resonance >= 1 AND resonance <= 5",
            )
        )
    ]
