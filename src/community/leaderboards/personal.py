"""Export of a person's places and honours. Erasure keeps them: they have no words, and hidden members are not shown."""

from __future__ import annotations

from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick
from community.leaderboards.models import Honour, PodiumPlace


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Keep places and honours, which the boards no longer show."""
    del subject, content


PART = Part(
    room="leaderboards",
    own=(
        own_rows("places.json", pick(PodiumPlace, "community_id closing_id rank score"), by="membership_id"),
        own_rows("honours.json", pick(Honour, "community_id kind period rank granted_at"), by="membership_id"),
    ),
    erase=erase,
)
