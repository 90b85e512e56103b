"""The type of blocks by the screening. Their authors read them, and the leaders."""

from __future__ import annotations

import strawberry

from community.api.communities.appealing import viewer_can_appeal
from community.api.context import Info
from community.api.declare import batched, field, query, type_over
from community.api.edge.languages import get_language
from community.api.nodes import Node, found_by
from community.api.submissions.removals import is_concerned
from community.review.appeals.models import AppealedAction
from community.review.appeals.queries import AppealRow, find_appeals_about
from community.review.models import CaseReason
from community.review.screening import blocks
from community.review.screening.blocks import BlockFinding, BlockRow
from community.safety.facts import Reason
from community.texts import translate

MAX_SHOWN = 100


@type_over(BlockFinding)
class SubmissionBlockFinding:
    """A reason of a block, with the words that it is about."""

    check: CaseReason = field(description="Kind of the check, as the reason of a review case names it.")
    words = field(description="Words of the revision that it is about. Null if it is about no words.")

    @query
    def reason(row: strawberry.Parent[BlockFinding]) -> Reason:
        """Reason, for programs."""
        return row.finding.reason

    @query
    def message(row: strawberry.Parent[BlockFinding]) -> str:
        """Sentence to show, in the language of the request."""
        return translate(f"screening.{row.finding.reason.value}", get_language(), **row.finding.figures)

    @query
    def part(row: strawberry.Parent[BlockFinding]) -> str | None:
        """Part of the revision: `title`, `text`, or `tags.0` for the first tag. Null if it is about no words."""
        return None if row.finding.place is None else row.finding.place.field

    @query
    def picture(row: strawberry.Parent[BlockFinding]) -> int | None:
        """Number of the picture that it is about, from 1. Null for no picture."""
        number = row.finding.figures.get("number")
        return None if number is None else int(number)


@type_over(BlockRow)
class SubmissionBlock(Node):
    """拦截: the return of a sent revision by the screening. Its author can appeal against it once."""

    blocked_at = field(description="Time of the block.")
    viewer_can_appeal = viewer_can_appeal(AppealedAction.BLOCK, "blockAppeal")

    @batched
    async def findings(rows: list[BlockRow]) -> list[list[BlockFinding]]:
        """Reasons, the first 100."""
        return [found[:MAX_SHOWN] for found in await blocks.list_block_findings(rows)]

    @batched
    async def appeal(rows: list[BlockRow]) -> list[AppealRow | None]:
        """Appeal of the author against it. Null without one."""
        return await find_appeals_about(
            [row.community_id for row in rows], AppealedAction.BLOCK, [row.id for row in rows]
        )


@found_by(BlockRow)
async def find_block(number: int, info: Info) -> BlockRow | None:
    """Return the block for its author and the leaders, or None."""
    row = next(iter(await blocks.find_blocks_by_ids([number])), None)
    return row if row is not None and await is_concerned(row.community_id, row.author_id, info) else None
