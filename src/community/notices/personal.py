"""Export and erasure of a person's notices."""

from __future__ import annotations

from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick
from community.notices.models import Notice, NoticeMute

_INBOX = pick(Notice, "community_id kind key detail created_at read_at")


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete every notice of the person, and what they muted."""
    del content
    await db.execute("DELETE FROM notice_mute WHERE membership_id = ANY($1)", subject.membership_ids)
    await db.execute("DELETE FROM notice WHERE membership_id = ANY($1)", subject.membership_ids)


PART = Part(
    room="notices",
    own=(
        own_rows("inbox.json", _INBOX, by="membership_id"),
        own_rows("muted.json", pick(NoticeMute, "community_id kind"), by="membership_id"),
    ),
    erase=erase,
)
