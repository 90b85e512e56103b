"""Table of what can be found."""

from __future__ import annotations

from enum import StrEnum

from community.communities.models import Community
from community.kernel.tables import Check, Table, Unique, fields, one_of


class SearchKind(StrEnum):
    """The kind of a thing that can be found. Leaders alone find a review case, while it is open."""

    SUBMISSION = "SUBMISSION"
    CASE = "CASE"
    COMMENT = "COMMENT"


class SearchDocument(Table):
    """The words of a public thing or of an open review case. A thing that ends loses its row.

    `title` and `content` are normalised for comparisons, `content` has the title too. `tokens` are those of the content
    and of its attributes, with spaces between them. `number` is that of the revision. Newer rows have higher ids.
    """

    has_token_index = True

    community = Community.foreign_key()
    kind = fields.TextField()
    subject_id = fields.BigIntField()
    number = fields.BigIntField()
    title = fields.TextField()
    content = fields.TextField()
    tokens = fields.TextField()

    constraints = (
        Unique(("kind", "subject_id"), "search_document_once"),
        Check(one_of("kind", SearchKind), "search_document_kind"),
    )
