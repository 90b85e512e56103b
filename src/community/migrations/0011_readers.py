"""The readers of a publication, and the revision that an author has sent to review."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement

READERS: tuple[Statement, ...] = (
    "ALTER TABLE submission ADD COLUMN sent_revision BIGINT",
    "ALTER TABLE submission ADD COLUMN published_for TEXT",
    "ALTER TABLE media_use ADD COLUMN for_everyone BOOLEAN NOT NULL DEFAULT FALSE",
    # An edit of a returned submission is not sent. The last reviewed revision was.
    """UPDATE submission SET sent_revision = CASE
        WHEN state IN ('PENDING_SCREENING', 'IN_REVIEW', 'PUBLISHED', 'REJECTED') THEN latest_revision
        ELSE (SELECT max(r.number) FROM review_case c JOIN submission_revision r ON r.id = c.revision_id
            WHERE c.community_id = submission.community_id AND c.submission_id = submission.id) END
        WHERE state <> 'DRAFT'""",
    # What a community shows to everyone today stays so.
    """UPDATE submission SET published_for = (SELECT c.visibility FROM community c WHERE c.id = submission.community_id)
        WHERE published_at IS NOT NULL""",
    """UPDATE media_use SET for_everyone = TRUE
        WHERE published AND community_id IN (SELECT id FROM community WHERE visibility = 'PUBLIC')""",
)


class Migration(Base):
    operations = [Ddl(*READERS)]
