"""Chinese texts about removals, appeals and reports."""

TEXTS = {
    "refusal.REMOVAL_FINAL": "移除已超过 30 天，无法恢复。作者可以重新投稿。",
    "notice.submission_ahead": "您的投稿已通过全部检查并公开。团长稍后会审核。",
    "notice.submission_removed": "团长移除了您的投稿。打开投稿查看理由。",
    "notice.submission_restored": "您的投稿已恢复原状。",
    "refusal.APPEAL_NOT_POSSIBLE": "无法对此提出申诉。请刷新查看状态。",
    "refusal.APPEAL_NOT_POSSIBLE.again": "您已对此提出过申诉。请在申诉中查看答复。",
    "refusal.APPEAL_NOT_POSSIBLE.over": "已没有可以撤销的内容，无法进行此操作。请刷新。",
    "refusal.APPEAL_NOT_POSSIBLE.late": "已超过 30 天，无法申诉。请联系团长。",
    "refusal.ALREADY_REPORTED": "您已举报过此内容。请在举报中查看结果。",
    "refusal.TOO_MANY_TODAY.reported": "您今天已举报 {actual} 次，每天最多 {max} 次。请明天继续。",
    "notice.appeal_granted": "您的申诉已通过。打开申诉查看答复。",
    "notice.appeal_denied": "您的申诉未通过。打开申诉查看答复。",
    "notice.appeal_ended": "已没有可以撤销的内容，您的申诉已结束。",
    "notice.report_upheld": "您举报的投稿已被移除。谢谢。",
    "notice.report_dismissed": "团长查看了您举报的内容，认为没有理由移除。",
    "notice.report_answered": "您的举报已有结果，请打开举报查看。",
    "notice.report_ended": "您举报的投稿已修改或撤回。",
}
