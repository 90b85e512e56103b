"""Fields that offer an appeal or a report to those who may make it."""

from __future__ import annotations

from typing import Any

from community.api.communities.visible import load_own_and_former_memberships, load_own_memberships
from community.api.context import Info
from community.api.declare import batched
from community.review.appeals.appeals import list_possible
from community.review.appeals.models import AppealedAction
from community.review.appeals.reportable import list_reportable
from community.submissions.queries import SubmissionRow


def viewer_can_appeal(subject: AppealedAction, mutation: str) -> Any:
    """Declare the field that is True if the viewer may appeal against this subject."""

    async def load(rows: list[Any], info: Info) -> list[bool]:
        members = await load_own_and_former_memberships([row.community_id for row in rows], info)
        return await list_possible(subject, [row.id for row in rows], members)

    return batched(load, description=f"True if the viewer may call `{mutation}`, also after leaving.")


async def load_reportable(rows: list[SubmissionRow], info: Info) -> list[bool]:
    """Return True for each submission that the viewer can report."""
    members = await load_own_memberships([row.community_id for row in rows], info)
    return await list_reportable(rows, members)
