"""The type of revisions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

import strawberry

from community.api.communities.visible import load_viewers
from community.api.context import Info
from community.api.declare import argument, batched, field, query, type_over
from community.api.edge.document_measure import LONG_TEXT
from community.api.nodes import Node
from community.api.submissions.carried import carry_tags
from community.kernel.texts import build_excerpt
from community.media import queries as media_queries
from community.media.queries import MediaRow
from community.submissions import checks, queries
from community.submissions.masking import mask_tags
from community.submissions.queries import RevisionRow, SubmissionRow
from community.submissions.rules import MAX_EXCERPT_LENGTH, MAX_MEDIA


def _carry_media(_: Info, first: int) -> Callable[[RevisionRow], list[MediaRow]]:
    count = max(first, 0)
    return lambda row: row.loaded["media"][:count]


@type_over(RevisionRow)
class Revision(Node):
    """版本: one immutable text of a submission. Each edit creates another."""

    number = field(description="Number within the submission. The first is 1.")
    title = field(description="Title, 1 to 60 characters. Empty only in a draft or a returned submission.")
    text = field(
        description="Text, 1 to 5000 characters, with line breaks. Empty only in a draft or a returned submission.",
        metadata=LONG_TEXT,
    )
    product_ref = field(description="Product id of the ordering system, 1 to 64 characters. Null for none.")
    created_at = field(description="Time of writing.")

    @partial(query, cost=5)
    def excerpt(
        row: strawberry.Parent[RevisionRow], length: Annotated[int, argument("Number of characters, 1 to 200.")] = 60
    ) -> str:
        """Beginning of the text on one line, with … if it is cut."""
        return build_excerpt(row.text, max_length=min(max(length, 1), MAX_EXCERPT_LENGTH))

    @partial(batched, carried=carry_tags)
    async def tags(rows: list[RevisionRow]) -> list[list[str]]:
        """Tags in the author's order, at most nine."""
        found = await queries.list_tags([row.id for row in rows])
        return [mask_tags(row, tags) for row, tags in zip(rows, found, strict=True)]

    @partial(batched, carried=_carry_media)
    async def media(
        rows: list[RevisionRow], first: Annotated[int, argument("Number of pictures, 0 to 9.")] = MAX_MEDIA
    ) -> list[list[MediaRow]]:
        """Pictures in the author's order, at most nine."""
        return await load_pictures([row.id for row in rows], count=max(first, 0))


async def load_pictures(revision_ids: list[int], *, count: int = MAX_MEDIA) -> list[list[MediaRow]]:
    """Return the first pictures of each revision, in the author's order."""
    wanted = [media_ids[:count] for media_ids in await queries.list_media_ids(revision_ids)]
    pictures = iter(await media_queries.get_by_ids([media_id for media_ids in wanted for media_id in media_ids]))
    return [[next(pictures) for _ in media_ids] for media_ids in wanted]


async def load_revisions(numbers: list[tuple[int, int | None]]) -> list[RevisionRow | None]:
    """Return the revision of each (submission id, number), in order. None without a number."""
    wanted = [(submission_id, number) for submission_id, number in numbers if number is not None]
    rows = dict(zip(wanted, await queries.get_revisions(wanted), strict=True))
    return [None if number is None else rows[submission_id, number] for submission_id, number in numbers]


async def load_versions(rows: list[SubmissionRow], info: Info) -> list[int]:
    """Return the version of each submission as the viewer sees it."""
    members = await load_viewers(rows, info)
    return [checks.get_visible_version(row, member) for row, member in zip(rows, members, strict=True)]
