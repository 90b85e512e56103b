"""Signs of arranged votes, for leaders."""

from __future__ import annotations

from community.api.communities.visible import load_visible_members
from community.api.context import Info
from community.api.declare import batched, declare_enum, field, type_over
from community.communities.queries import MemberRow
from community.events import queries
from community.events.rows import EntryRow
from community.events.vote_findings import VoteFindingRow, VoteSign

declare_enum(
    VoteSign,
    values={
        "BURST": "An entry got 5 votes or more within an hour from members who had joined in the 7 days before.",
        "RING": "Three members or more, each of whom exchanged votes with two others of them.",
    },
)


@type_over(VoteFindingRow)
class VoteFinding:
    """Votes that look arranged. They count until a leader disqualifies an entry."""

    sign = field(description="Sign.")

    @batched
    async def entry(rows: list[VoteFindingRow], info: Info) -> list[EntryRow | None]:
        """Entry of a burst. Null for a ring, and while members vote."""
        del info
        numbers = [row.entry_id for row in rows if row.entry_id is not None]
        found = dict(zip(numbers, await queries.get_entries(numbers), strict=True))
        return [None if row.entry_id is None else found[row.entry_id] for row in rows]

    @batched
    async def members(rows: list[VoteFindingRow], info: Info) -> list[list[MemberRow]]:
        """Members who voted. Empty while members vote."""
        numbers = sorted({number for row in rows for number in row.membership_ids})
        found = dict(zip(numbers, await load_visible_members(numbers, info), strict=True))
        members = [[found[number] for number in row.membership_ids] for row in rows]
        return [[member for member in each if member is not None] for each in members]
