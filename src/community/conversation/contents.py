"""The check of a comment's content: its parent, mentions, words and picture."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass

from community.communities import blocks
from community.communities import queries as communities
from community.communities.queries import MemberRow
from community.conversation import queries, screening
from community.conversation.models import CommentState
from community.conversation.queries import CommentRow
from community.conversation.rules import CommentContent
from community.kernel.errors import InvalidInput, NotFound, Refusal
from community.media import queries as media
from community.media.errors import MediaRefused
from community.media.models import MediaState
from community.safety import call_checks
from community.safety.checks import Screening


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about comments to answer, members to mention, and blocks of the authors."""

    parents: Mapping[int, CommentRow]
    mentioned: Set[int]
    hidden: Mapping[int, Set[int]]


async def load_known(
    community_id: int, author_ids: Collection[int], contents: Sequence[CommentContent], parent_ids: Collection[int] = ()
) -> Known:
    """Read what these contents name, for all of them together."""
    mention_ids = {number for content in contents for number in content.mention_ids}
    mentioned = await communities.find_members(sorted(mention_ids)) if mention_ids else []
    return Known(
        await queries.find_by_ids(sorted(parent_ids)) if parent_ids else {},
        {each.id for each in mentioned if each.community_id == community_id and each.left_at is None},
        await blocks.list_all_blocked(sorted(author_ids)),
    )


def find_reply_refusal(parent_id: int | None, submission_id: int, member: MemberRow, known: Known) -> Refusal | None:
    """Return the refusal of a reply, or None. Only comments of the same thread, and no replies, are answered."""
    if parent_id is None:
        return None
    parent = known.parents.get(parent_id)
    if parent is None or parent.submission_id != submission_id or parent.state is not CommentState.PUBLISHED:
        return NotFound("comment", path=("parentId",))
    if parent.author_id in known.hidden[member.id]:
        return NotFound("comment", path=("parentId",))
    return None if parent.parent_id is None else InvalidInput("reply_of_reply", path=("parentId",))


def find_content_refusal(content: CommentContent, member: MemberRow, known: Known, found: Screening) -> Refusal | None:
    """Return the refusal of unknown members to mention, or of blocked words. None if there is none."""
    if any(number not in known.mentioned or number in known.hidden[member.id] for number in content.mention_ids):
        return NotFound("member", path=("mentionIds",))
    return call_checks.find_refusal({screening.TEXT: content.text}, found)


async def find_picture_refusal(content: CommentContent, member: MemberRow) -> Refusal | None:
    """Return the refusal of a picture of another person, or of an unusable one. None without one."""
    if content.media_id is None:
        return None
    (row,) = await media.find_own(member.person_id, [content.media_id])
    if row is None or row.state is MediaState.REMOVED:
        return NotFound("picture", path=("mediaId",))
    return MediaRefused(path=("mediaId",)) if row.state is MediaState.REFUSED else None
