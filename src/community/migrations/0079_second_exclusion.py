"""A complaint can concern two leaders: the one whom it names, and the one of its pick-up point."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, add_checks


class Migration(Base):
    operations = [
        Ddl(
            "ALTER TABLE review_case ADD COLUMN also_excluded_id BIGINT REFERENCES membership (id)",
            add_checks("review_case", review_case_excluded_twice="also_excluded_id <> excluded_id"),
            "CREATE INDEX review_case_also_excluded ON review_case (also_excluded_id, id)"
            " WHERE also_excluded_id IS NOT NULL",
        )
    ]
