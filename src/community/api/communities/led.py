"""Fields for the leaders of a community, and for the member whom they concern."""

from __future__ import annotations

from community.api.communities import (
    submission_kinds,  # noqa: F401 - it declares the enumeration of kinds
    visible,
)
from community.api.context import Info
from community.api.declare import batched
from community.communities import rules
from community.communities.queries import CommunityRow, MemberRow
from community.communities.sanctions.rules import can_read
from community.communities.trust.service import TrustRow, find_in_force
from community.review.agreement.opinions import list_kinds
from community.review.templates import TemplateList, get_lists
from community.review.trust import list_possible
from community.submissions.models import SubmissionKind


async def list_led(rows: list[CommunityRow], info: Info) -> list[bool]:
    """Return True for each community that the viewer leads."""
    own = await visible.load_own_memberships([row.id for row in rows], info)
    return [viewer is not None and rules.can_lead(viewer) for viewer in own]


@batched
async def two_person_kinds(rows: list[CommunityRow], info: Info) -> list[list[SubmissionKind] | None]:
    """Kinds whose approval needs two leaders. Null for everyone but leaders."""
    led = [row.id for row, leads in zip(rows, await list_led(rows, info), strict=True) if leads]
    found = dict(zip(led, await list_kinds(led), strict=True)) if led else {}
    return [found.get(row.id) for row in rows]


@batched
async def reason_templates(rows: list[CommunityRow], info: Info) -> list[TemplateList | None]:
    """Reason templates. Null for everyone but its leaders."""
    led = [row.id for row, leads in zip(rows, await list_led(rows, info), strict=True) if leads]
    found = dict(zip(led, await get_lists(led), strict=True)) if led else {}
    return [found.get(row.id) for row in rows]


@batched
async def trust(rows: list[MemberRow], info: Info) -> list[TrustRow | None]:
    """Trust in the member as an author. Null without one. Only the member and the leaders read it."""
    own = await visible.load_own_memberships([row.community_id for row in rows], info)
    shown = [row.id for row, viewer in zip(rows, own, strict=True) if viewer and can_read(viewer, row)]
    found = dict(zip(shown, await find_in_force(shown), strict=True)) if shown else {}
    return [found.get(row.id) for row in rows]


@batched
async def viewer_can_trust(rows: list[MemberRow], info: Info) -> list[bool]:
    """True if the viewer may call `trustGive`."""
    return await list_possible(rows, await visible.load_own_memberships([row.community_id for row in rows], info))
