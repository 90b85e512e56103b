"""Checks of what a member may do in their community."""

from __future__ import annotations

from community.communities.errors import LeadersOnly
from community.communities.queries import MemberRow


def require_leader(actor: MemberRow) -> None:
    """Raise LeadersOnly unless the member is a leader of their community."""
    if not actor.is_leader:
        raise LeadersOnly
