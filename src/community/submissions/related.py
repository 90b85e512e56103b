"""The rows that a list of submissions can read in its own statement.

The functions of `api/` take them from the rows, and send statements of their own for rows that do not carry them.
"""

from __future__ import annotations

from community.accounts.queries import PersonRow
from community.communities.queries import MEMBER_COLUMNS, MemberRow
from community.kernel import db
from community.media.queries import COLUMNS as MEDIA_COLUMNS
from community.media.queries import MediaRow
from community.submissions.queries import RevisionRow

_PERSON = db.Related(
    "person",
    PersonRow,
    "FROM person WHERE id = {parent}.person_id",
    below=(
        db.Related(
            "avatar",
            MediaRow,
            "FROM media_use a JOIN media m ON m.id = a.media_id"
            " WHERE a.subject = 'AVATAR' AND a.subject_id = {parent}.id",
            select=MEDIA_COLUMNS,
        ),
    ),
)
AUTHOR = db.Related(
    "author",
    MemberRow,
    "FROM membership m WHERE m.id = {parent}.author_id",
    select=MEMBER_COLUMNS,
    below=(_PERSON,),
)
REVISION_ROWS = (
    db.Related(
        "tags",
        str,
        "FROM revision_tag WHERE revision_id = {parent}.id ORDER BY position",
        select="tag AS value",
        many=True,
    ),
    db.Related(
        "media",
        MediaRow,
        "FROM revision_media x JOIN media m ON m.id = x.media_id WHERE x.revision_id = {parent}.id ORDER BY x.position",
        select=MEDIA_COLUMNS,
        many=True,
    ),
)


def _build_revision(name: str, number: str) -> db.Related:
    source = "FROM submission_revision WHERE submission_id = {parent}.id AND number = {parent}." + number
    return db.Related(name, RevisionRow, source, below=REVISION_ROWS)


def _build_cover(number: str) -> db.Related:
    source = (
        "FROM submission_revision r JOIN revision_media x ON x.revision_id = r.id JOIN media m ON m.id = x.media_id"
        " WHERE r.submission_id = {parent}.id AND r.number = " + number + " ORDER BY x.position LIMIT 1"
    )
    return db.Related("cover", MediaRow, source, select=MEDIA_COLUMNS)


_LIKED_BY_ME = db.Related(
    "liked_by_me",
    bool,
    select="EXISTS (SELECT 1 FROM submission_like l WHERE l.community_id = {parent}.community_id"
    " AND l.submission_id = {parent}.id AND l.membership_id = (SELECT m.id FROM membership m"
    " WHERE m.community_id = {parent}.community_id AND m.person_id = {0})) AS value",
)
VIEWER = db.Related(
    "viewer",
    MemberRow,
    "FROM membership m WHERE m.community_id = {parent}.community_id AND m.person_id = {0}",
    select=MEMBER_COLUMNS,
)
"""The membership of the viewing person, ended or not."""
_PUBLISHED = _build_revision("published", "published_revision")

PUBLISHED_ROWS = (AUTHOR, _PUBLISHED, _build_cover("{parent}.published_revision"), _LIKED_BY_ME)
"""Rows of submissions that are published. The further parameter is the id of the viewing person."""
OWN_ROWS = (
    AUTHOR,
    _PUBLISHED,
    _build_revision("latest", "latest_revision"),
    _build_cover("COALESCE({parent}.published_revision, {parent}.latest_revision)"),
    _LIKED_BY_ME,
)
"""Rows of submissions of the viewing person."""
