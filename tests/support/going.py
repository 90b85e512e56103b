"""Ways in which a member goes: each takes the community and the member."""

from __future__ import annotations

from community.accounts import people
from community.communities import memberships
from community.communities.queries import MemberRow
from community.communities.sanctions.models import SanctionKind
from community.communities.sanctions.rules import SanctionContent
from community.review import sanctions
from tests.privacy.test_erasing import erase as erase_person
from tests.support.story import SampleCommunity


async def leave(place: SampleCommunity, member: MemberRow) -> None:
    """Let the member leave."""
    await memberships.leave(member)


async def suspend(place: SampleCommunity, member: MemberRow) -> None:
    """Suspend the person."""
    await people.ban(member.person_id, reason="广告")


async def remove(place: SampleCommunity, member: MemberRow) -> None:
    """Remove the member as a leader."""
    await sanctions.give(place.leader, member.id, content=SanctionContent(SanctionKind.REMOVAL, "广告", None))


async def erase(place: SampleCommunity, member: MemberRow) -> None:
    """Erase the person with all content."""
    await erase_person(member.person_id)


WAYS = (leave, suspend, remove, erase)
