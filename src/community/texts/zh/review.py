"""Chinese texts about review cases."""

TEXTS = {
    "refusal.OWN_CASE": "这是您自己提出的审核单。请由其他团长处理。",
    "refusal.CASE_EXCLUDED": "此审核单涉及您作出的决定。请由其他团长处理。",
    "refusal.CASE_CLAIMED": "其他团长正在处理此审核单。请选择其他审核单，或稍后再试。",
    "refusal.OWN_SUBMISSION": "您不能审核自己的投稿。请由其他团长审核。",
    "refusal.AUTHOR_SUSPENDED": "作者已被停用，您不能发布这篇投稿。请退回或拒绝，或稍后再决定。",
    "refusal.AUTHOR_DISAGREES": "作者不再同意公开，因此不能发布。请退回或拒绝。",
    "refusal.NOT_FOUND.review_case": "此社区没有这个审核单。请刷新列表。",
    "refusal.STALE_VERSION.case": "此审核单已有结论，或已有变化。请刷新列表后重试。",
    "refusal.INVALID_INPUT.score": "评分须为 {min} 至 {max} 的整数，不能是 {actual}。请修改。",
    "refusal.INVALID_INPUT.recommended_scores": "每项评分至少为 {min} 才能标记用户推荐。请取消标记。",
    "refusal.TOO_MANY_TODAY.complained": "您今天已投诉 {actual} 次，最多 {max} 次。请明天继续。",
    "refusal.COMPLAINT_OVER": "这项投诉已经解决。请重新打开，或提交新的投诉。",
    "refusal.COMPLAINT_OVER.reopen": "投诉只能在解决后 7 天内重新打开一次。请提交新的投诉。",
    "refusal.NOT_FOUND.complaint": "没有这项投诉，或您无权查看。请刷新您的投诉列表。",
    "refusal.INVALID_INPUT.complaint_media": "一项投诉最多 {max} 张不同的图片。请减少图片。",
    "refusal.INVALID_INPUT.complaint_about": "一项投诉最多针对一个对象。请选择一个。",
    "refusal.INVALID_INPUT.complaint_messages": "这项投诉已有 {actual} 条消息，最多 {max} 条。请等待解决。",
    "notice.complaint_reply": "投诉有新的回复。请打开查看。",
    "notice.complaint_solved": "团长已解决您的投诉。请打开查看结果。",
}
