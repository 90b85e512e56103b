"""Table of word lists."""

from __future__ import annotations

from community.communities.models import Membership
from community.kernel.tables import Check, Table, Unique, fields

ALL_COMMUNITIES = 0
"""Community id of the operator's list, which counts in all communities."""


class WordList(Table):
    """词表: one edition of a community's list, or of the operator's. A correction is a new edition.

    `content` has the words and exceptions. `published_by` is None for the operator.
    """

    append_only = True

    community_id = fields.BigIntField()
    version = fields.BigIntField()
    content: fields.Field[dict[str, object]] = fields.JSONField()
    word_count = fields.BigIntField()
    exception_count = fields.BigIntField()
    published_by = Membership.foreign_key(null=True)
    created_at = fields.DatetimeField()

    # Versions count from 1 per community.
    constraints = (
        Unique(("community_id", "version"), "word_list_version"),
        Check("version > 0 AND word_count >= 0 AND exception_count >= 0", "word_list_positive"),
    )
