"""Fields that only the leaders of a community read."""

from __future__ import annotations

from community.api.communities import (
    submission_kinds,  # noqa: F401 - it declares the enumeration of kinds
    visible,
)
from community.api.context import Info
from community.communities import rules
from community.communities.queries import CommunityRow
from community.review.agreement.opinions import list_kinds
from community.review.templates import TemplateList, get_lists
from community.submissions.models import SubmissionKind


async def list_led(rows: list[CommunityRow], info: Info) -> list[bool]:
    """Return True for each community that the viewer leads."""
    own = await visible.load_own_memberships([row.id for row in rows], info)
    return [viewer is not None and rules.can_lead(viewer) for viewer in own]


async def load_two_person_kinds(rows: list[CommunityRow], info: Info) -> list[list[SubmissionKind] | None]:
    """Return the kinds that need two leaders in each community, or None."""
    led = [row.id for row, leads in zip(rows, await list_led(rows, info), strict=True) if leads]
    found = dict(zip(led, await list_kinds(led), strict=True)) if led else {}
    return [found.get(row.id) for row in rows]


async def load_reason_templates(rows: list[CommunityRow], info: Info) -> list[TemplateList | None]:
    """Return the reason templates of each community, or None."""
    led = [row.id for row, leads in zip(rows, await list_led(rows, info), strict=True) if leads]
    found = dict(zip(led, await get_lists(led), strict=True)) if led else {}
    return [found.get(row.id) for row in rows]
