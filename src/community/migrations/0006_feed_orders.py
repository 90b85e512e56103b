"""Indexes for the orders of the feed and for review cases by state. Likes of the week are counted from now on."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import Ddl, Statement

FEED: tuple[Statement, ...] = (
    "ALTER TABLE submission ADD COLUMN liked_week TIMESTAMPTZ",
    "ALTER TABLE submission ADD COLUMN week_likes BIGINT NOT NULL DEFAULT 0",
    "DROP INDEX submission_feed_recommended",
    """CREATE INDEX submission_feed_mark ON submission (community_id, recommended, published_at, id)
        WHERE published_revision IS NOT NULL""",
    """CREATE INDEX submission_feed_likes ON submission (community_id, liked_week, week_likes, id)
        WHERE published_revision IS NOT NULL""",
    """CREATE INDEX submission_feed_author ON submission (community_id, author_id, published_at, id)
        WHERE published_revision IS NOT NULL""",
    "DROP INDEX review_case_queue",
    "CREATE INDEX review_case_state_opened ON review_case (community_id, state, opened_at, id)",
)


class Migration(Base):
    operations = [Ddl(*FEED)]
