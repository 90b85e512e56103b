"""Export and erasure of a person's notices."""

from __future__ import annotations

from community.kernel import db
from community.kernel.personal import DataSubject, ErasureContent, Part, own_rows
from community.kernel.tables import pick
from community.notices.announcements import redact_written
from community.notices.models import Announcement, MessageEntry, MessageQuota, Notice, NoticeMute

_INBOX = pick(Notice, "community_id kind key detail created_at read_at message")


async def erase(subject: DataSubject, content: ErasureContent) -> None:
    """Delete every notice of the person, and what they muted and accept.

    With REMOVE their announcements lose their words.
    """
    if content is ErasureContent.REMOVE:
        await redact_written(subject.membership_ids)
    await db.execute("DELETE FROM notice_mute WHERE membership_id = ANY($1)", subject.membership_ids)
    await db.execute("DELETE FROM message_quota WHERE person_id = $1", subject.person_id)
    await db.execute("DELETE FROM notice WHERE membership_id = ANY($1)", subject.membership_ids)


PART = Part(
    room="notices",
    own=(
        own_rows("inbox.json", _INBOX, by="membership_id"),
        own_rows(
            "announcements.json",
            pick(Announcement, "community_id text send_at sent_at cancelled_at created_at"),
            by="written_by",
        ),
        own_rows("message_quotas.json", pick(MessageQuota, "topic template remaining"), by="person_id"),
        own_rows(
            "message_entries.json",
            pick(MessageEntry, "template amount reason notice_id created_at"),
            by="person_id",
        ),
        own_rows("muted.json", pick(NoticeMute, "community_id kind"), by="membership_id"),
    ),
    erase=erase,
)
