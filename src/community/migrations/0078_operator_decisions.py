"""Decisions of the operator name no leader."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, drop_not_null


class Migration(Base):
    operations = [
        Ddl(
            drop_not_null("review_decision", "decided_by"),
            drop_not_null("submission_removal", "removed_by"),
            drop_not_null("comment_hiding", "hidden_by"),
            drop_not_null("complaint_message", "author_id"),
        )
    ]
