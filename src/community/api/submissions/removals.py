"""The type of removals."""

from __future__ import annotations

from community.api.communities.appealing import viewer_can_appeal
from community.api.communities.visible import load_own_and_former_memberships, viewer_can
from community.api.context import Info
from community.api.declare import field, type_over
from community.api.nodes import Node, found_by
from community.communities.rules import can_lead
from community.review import checks
from community.review.appeals.models import AppealedAction
from community.submissions import restoration
from community.submissions.restoration import RemovalRow


@type_over(RemovalRow)
class SubmissionRemoval(Node):
    """移除: the removal of a submission by a leader. The submission's note has the reason."""

    removed_at = field(description="Time of the removal.")
    kept_until = field(description="Time until which it can be restored. Null while an appeal about it is open.")
    restored_at = field(description="Time of the restoration. Null without one.")
    viewer_can_restore = viewer_can(checks.can_restore, "True if the viewer can restore the submission as a leader.")
    viewer_can_appeal = viewer_can_appeal(AppealedAction.REMOVAL, "removalAppeal")


async def is_concerned(community_id: int, author_id: int, info: Info) -> bool:
    """Return True if the viewer is this author or a leader of the community.

    The author may have left.
    """
    (member,) = await load_own_and_former_memberships([community_id], info)
    return member is not None and (member.id == author_id or can_lead(member))


@found_by(RemovalRow)
async def find_removal(number: int, info: Info) -> RemovalRow | None:
    """Return the removal for the author and the leaders, or None."""
    row = await restoration.find(number)
    return row if row is not None and await is_concerned(row.community_id, row.author_id, info) else None
