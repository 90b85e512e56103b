"""Chinese texts about comments."""

TEXTS = {
    "refusal.NOT_FOUND.comment": "这里没有这条评论。请刷新后重试。",
    "refusal.COMMENT_BLOCKED": "评论含有此处不允许的词语。请修改后重试。",
    "refusal.COMMENT_BLOCKED.words": "评论含有此处不允许的词语：{words}。请修改后重试。",
    "refusal.COMMENT_REPEATED": "您已在此发过这段文字。请换一段。",
    "refusal.COMMENT_TOO_SOON": "评论太快。请稍等后重试。",
    "refusal.COMMENT_TOO_SOON.minute": "评论太快，每分钟最多 {max} 条。请稍等。",
    "refusal.COMMENT_TOO_SOON.newcomer": "新成员每分钟可评论一次。请稍等后重试。",
    "refusal.THREAD_CLOSED": "团长已关闭此处的评论。请到别处评论。",
    "refusal.COMMENT_STATE_FORBIDS": "评论当前的状态不允许此操作。请刷新。",
    "refusal.COMMENT_STATE_FORBIDS.waiting": "此评论正在检查，无法进行此操作。请稍后刷新。",
    "refusal.COMMENT_STATE_FORBIDS.published": "此评论已发布，无法进行此操作。请刷新。",
    "refusal.COMMENT_STATE_FORBIDS.hidden": "团长已隐藏此评论，无法进行此操作。请刷新。",
    "refusal.COMMENT_STATE_FORBIDS.refused": "此评论未发布，无法进行此操作。请重新写一条。",
    "refusal.COMMENT_STATE_FORBIDS.deleted": "此评论已删除，无法进行此操作。请刷新。",
    "refusal.EDIT_PERIOD_OVER": "评论发出十分钟内可以修改。请删除后重新写。",
    "refusal.INVALID_INPUT.too_many_mentions": "一条评论最多提及 {max} 位成员，现有 {actual} 位。请减少。",
    "refusal.INVALID_INPUT.too_many_edits": "一条评论最多修改 {max} 次。请删除后重新写。",
    "refusal.INVALID_INPUT.reply_of_reply": "这是一条回复。请回复它上面的评论。",
    "refusal.TOO_MANY_TODAY.commented": "您今天已评论 {actual} 次，每天最多 {max} 次。请明天继续。",
}
