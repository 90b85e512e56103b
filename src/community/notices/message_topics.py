"""Topics of subscription messages: their kinds of notices, and their names."""

from __future__ import annotations

from community.kernel.enumerations import require_each
from community.message_templates import MessageTopic
from community.notices.models import NoticeKind

KINDS_OF_TOPICS = {
    MessageTopic.REVIEW: (
        NoticeKind.SUBMISSION_APPROVED,
        NoticeKind.SUBMISSION_RECOMMENDED,
        NoticeKind.SUBMISSION_RETURNED,
        NoticeKind.SUBMISSION_REJECTED,
        NoticeKind.SUBMISSION_REMOVED,
        NoticeKind.APPEAL_GRANTED,
        NoticeKind.APPEAL_DENIED,
        NoticeKind.COMPLAINT_REPLY,
        NoticeKind.COMPLAINT_SOLVED,
    ),
    MessageTopic.REDEMPTION: (
        NoticeKind.REDEMPTION_READY,
        NoticeKind.REDEMPTION_EXPIRING,
        NoticeKind.REDEMPTION_CANCELLED,
        NoticeKind.PROJECT_FUNDED,
        NoticeKind.PROJECT_FAILED,
    ),
    MessageTopic.POINTS: (NoticeKind.POINTS_EXPIRING,),
    MessageTopic.EVENT: (
        NoticeKind.EVENT_RESULT,
        NoticeKind.EVENT_PRIZE,
        NoticeKind.EVENT_PLACE,
        NoticeKind.EVENT_CANCELLED,
    ),
    MessageTopic.ENDORSEMENT: (NoticeKind.ENDORSEMENT_RECEIVED, NoticeKind.ENDORSEMENT_REQUESTED),
    MessageTopic.ANNOUNCEMENT: (NoticeKind.ANNOUNCEMENT,),
}
"""The kinds of notices that are also sent as subscription messages. One notice takes one message."""
PHRASES = {
    MessageTopic.REVIEW: "审核结果",
    MessageTopic.REDEMPTION: "兑换进度",
    MessageTopic.POINTS: "积分提醒",
    MessageTopic.EVENT: "活动结果",
    MessageTopic.ENDORSEMENT: "专家背书",
    MessageTopic.ANNOUNCEMENT: "社区公告",
}
"""The topics as a `phrase` of WeChat, which allows five Chinese characters and no other language."""
for _table in (KINDS_OF_TOPICS, PHRASES):
    require_each(MessageTopic, _table)
