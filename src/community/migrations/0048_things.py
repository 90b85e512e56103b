"""Cases and reports about things that are no submissions. A comment is the first."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement, add_checks, drop_not_null, replace_check

_WHOLE = "(thing IS NULL) = (thing_id IS NULL) AND (thing IS NULL) = (thing_revision IS NULL)"

THINGS: tuple[Statement, ...] = (
    *(
        f"ALTER TABLE {table} ADD COLUMN {column}"
        for table in ("review_case", "report")
        for column in ("thing TEXT", "thing_id BIGINT", "thing_revision BIGINT")
    ),
    replace_check(
        "review_case",
        "review_case_kind",
        was="kind IN ('REVISION', 'REPORT', 'APPEAL', 'COMPLAINT')",
        now="kind IN ('REVISION', 'REPORT', 'APPEAL', 'COMPLAINT', 'COMMENT')",
    ),
    add_checks(
        "review_case",
        review_case_thing=f"{_WHOLE} AND (thing IS NULL OR (thing IN ('COMMENT') AND submission_id IS NULL))"
        " AND (kind <> 'COMMENT' OR thing IS NOT NULL)",
    ),
    (
        "CREATE UNIQUE INDEX review_case_thing_open ON review_case (community_id, thing, thing_id, kind)"
        " WHERE state = 'OPEN' AND thing IS NOT NULL"
    ),
    "CREATE INDEX review_case_of_thing ON review_case (thing, thing_id, id) WHERE thing IS NOT NULL",
    drop_not_null("report", "submission_id", "revision_id"),
    add_checks(
        "report",
        report_thing=f"{_WHOLE} AND (thing IS NULL OR thing IN ('COMMENT'))"
        " AND (submission_id IS NULL) = (revision_id IS NULL) AND (submission_id IS NULL) = (thing IS NOT NULL)",
    ),
    (
        "CREATE UNIQUE INDEX report_of_thing_once ON report"
        " (community_id, reporter_id, thing, thing_id, thing_revision) WHERE thing IS NOT NULL"
    ),
    "CREATE INDEX report_of_thing ON report (thing, thing_id, thing_revision, category) WHERE thing IS NOT NULL",
)


class Migration(Base):
    operations = [Ddl(*THINGS)]
