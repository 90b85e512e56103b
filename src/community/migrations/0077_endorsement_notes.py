"""The screening of endorsements' notes, and the cases about them."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, add_checks, replace_check

_WHOLE = "(thing IS NULL) = (thing_id IS NULL) AND (thing IS NULL) = (thing_revision IS NULL)"
_KINDS = "kind IN ('REVISION', 'REPORT', 'APPEAL', 'COMPLAINT', 'COMMENT'{})"
_CASE = f"{_WHOLE} AND (thing IS NULL OR (thing IN ({{}}) AND submission_id IS NULL)) AND ({{}} OR thing IS NOT NULL)"
_REPORT = (
    f"{_WHOLE} AND (thing IS NULL OR thing IN ({{}}))"
    " AND (submission_id IS NULL) = (revision_id IS NULL) AND (submission_id IS NULL) = (thing IS NOT NULL)"
)
_THINGS = "'COMMENT', 'ENDORSEMENT'"


class Migration(Base):
    operations = [
        Ddl(
            "ALTER TABLE endorsement ADD COLUMN note_number BIGINT NOT NULL DEFAULT 1",
            "ALTER TABLE endorsement ADD COLUMN note_state TEXT NOT NULL DEFAULT 'SHOWN'",
            "ALTER TABLE endorsement ADD COLUMN note_findings JSONB",
            "ALTER TABLE endorsement ADD COLUMN note_reason TEXT",
            add_checks("endorsement", endorsement_note_state="note_state IN ('WAITING', 'SHOWN', 'REFUSED')"),
            replace_check(
                "review_case", "review_case_kind", was=_KINDS.format(""), now=_KINDS.format(", 'ENDORSEMENT'")
            ),
            replace_check(
                "review_case",
                "review_case_thing",
                was=_CASE.format("'COMMENT'", "kind <> 'COMMENT'"),
                now=_CASE.format(_THINGS, f"kind NOT IN ({_THINGS})"),
            ),
            replace_check("report", "report_thing", was=_REPORT.format("'COMMENT'"), now=_REPORT.format(_THINGS)),
            "CREATE INDEX endorsement_note_waiting ON endorsement (renewed_at, id) WHERE note_state = 'WAITING'",
        )
    ]
