"""Chinese texts about accounts."""

TEXTS = {
    "refusal.PLATFORM_UNAVAILABLE": "这里不提供此登录方式。请选择其他登录方式。",
    "refusal.LOGIN_CODE_INVALID": "登录码无效。请重新获取。",
    "refusal.LOGIN_BLOCKED": "平台已限制此登录。请向平台询问原因。",
    "refusal.PLATFORM_BUSY": "平台没有响应。请稍后用新的登录码重试。",
    "refusal.TOO_MANY_ATTEMPTS": "失败次数过多。请稍后重试。",
    "refusal.TOO_MANY_CALLS": "您的网络或账号登录过于频繁。请稍后重试。",
    "refusal.BANNED": "此账号已停用。请向团长询问原因。",
    "refusal.BANNED.with_reason": "此账号已停用：{reason}",
    "refusal.SESSION_ENDED": "会话已结束。请重新登录。",
    "refusal.IDENTITY_TAKEN": "此登录方式已属于另一个账号。请使用其他登录方式。",
    "refusal.LAST_IDENTITY": "这是您唯一的登录方式。请先绑定另一种。",
    "refusal.GUARDIAN_NEEDED": "您未满 14 周岁。请先由监护人确认。",
    "refusal.GUARDIAN_NEEDED.correction": "您已申报未满 14 周岁，不能通过更正修改。请由监护人确认。",
    "refusal.NOT_FOUND.session": "您没有此会话。请刷新列表。",
    "refusal.NOT_FOUND.identity": "尚未绑定此平台。请刷新列表。",
    "refusal.INVALID_INPUT.nickname_reserved": "此昵称为平台保留。请换一个昵称。",
    "refusal.INVALID_INPUT.nickname_leader": "只有团长可以在昵称中使用“团长”。请换一个昵称。",
    "refusal.INVALID_INPUT.nickname_imitates": "此昵称与社区团长的昵称相似。请换一个昵称。",
    "refusal.INVALID_INPUT.born_on": "这不是有效的出生日期。请按 YYYY-MM-DD 填写一个过去的日期。",
}
