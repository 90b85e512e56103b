"""Indexes for the filters of the feed, for the deletion of old rows in bounded steps, and for the files of exports."""

from tortoise.migrations.migration import Migration as Base

from community.kernel.ddl import CreateIndexes, Ddl

_PUBLISHED = "WHERE published_revision IS NOT NULL"

# The columns after the id are read in the index by a filter, which then needs no row of the table.
_BY_LIKES = "community_id, liked_week, week_likes, id, published_for, kind, author_id, recommended"
_OF_KIND = "community_id, kind, recommended, published_at, id, published_for"
_BY_AUTHOR = "author_id, published_at, id, published_for, kind, recommended"

INDEXES = (
    f"submission_feed_of_kind_by_mark ON submission ({_OF_KIND}) {_PUBLISHED}",
    f"submission_feed_by_likes ON submission ({_BY_LIKES}) {_PUBLISHED}",
    f"submission_feed_by_author ON submission ({_BY_AUTHOR}) {_PUBLISHED}",
    "data_export_expired ON data_export (requested_at) WHERE state = 'EXPIRED'",
    "data_export_archive ON data_export (archive) WHERE archive IS NOT NULL",
    "erasure_done ON erasure (done_at) WHERE done_at IS NOT NULL",
    "erasure_cancelled ON erasure (cancelled_at) WHERE cancelled_at IS NOT NULL",
    "guardianship_code_age ON guardianship (code_expires_at) WHERE confirmed_at IS NULL",
)


class Migration(Base):
    operations = [
        CreateIndexes(*INDEXES),
        Ddl("DROP INDEX submission_feed_likes", "DROP INDEX submission_feed_of_author"),
    ]
