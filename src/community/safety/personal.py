"""Export of word lists by a leader, and of WeChat's checks of a person."""

from __future__ import annotations

from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick
from community.safety.models import WordList
from community.safety.platform.models import PlatformCheck

_LISTS = pick(WordList, "community_id version content word_count exception_count created_at")
_CHECKS = pick(PlatformCheck, "community_id subject kind media_id state verdict reason label asked_at answered_at")


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete the checks by WeChat. Keep the lists, which are rules of their communities."""
    del content
    await db.execute("DELETE FROM platform_check WHERE person_id = $1", subject.person_id)


PART = Part(
    room="safety",
    own=(
        own_rows("word_lists_by_me.json", _LISTS, by="published_by"),
        own_rows("platform_checks.json", _CHECKS, by="person_id"),
    ),
    erase=erase,
)
