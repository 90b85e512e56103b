"""Chinese texts about submissions and their review."""

TEXTS = {
    "refusal.STATE_FORBIDS": "投稿当前的状态不允许此操作。请刷新查看状态。",
    "refusal.STATE_FORBIDS.draft": "此投稿是草稿，无法进行此操作。请刷新。",
    "refusal.STATE_FORBIDS.pending_screening": "此投稿正在检查图片，无法进行此操作。请稍后刷新。",
    "refusal.STATE_FORBIDS.in_review": "此投稿正在审核，无法进行此操作。请刷新。",
    "refusal.STATE_FORBIDS.published": "此投稿已发布，无法进行此操作。请刷新。",
    "refusal.STATE_FORBIDS.returned": "此投稿已退回作者修改，无法进行此操作。请刷新。",
    "refusal.STATE_FORBIDS.rejected": "此投稿未通过审核，无法进行此操作。请刷新。",
    "refusal.STATE_FORBIDS.withdrawn": "此投稿已撤回，无法进行此操作。请刷新。",
    "refusal.STATE_FORBIDS.removed": "此投稿已移除，无法进行此操作。请刷新。",
    "refusal.TOO_MANY_TODAY": "今天不能再这样做。请明天继续。",
    "refusal.TOO_MANY_TODAY.created": "您今天已新建 {actual} 篇投稿，每天最多 {max} 篇。请明天继续。",
    "refusal.TOO_MANY_TODAY.edited": "您今天已修改 {actual} 次，每天最多 {max} 次。请明天继续。",
    "refusal.TOO_MANY_TODAY.sent": "您今天已提交 {actual} 篇投稿，每天最多 {max} 篇。请明天继续。",
    "refusal.AUTHORS_ONLY": "只有作者可以进行此操作。请联系作者。",
    "refusal.NOT_FOUND.submission": "此社区没有这篇投稿。请刷新后重试。",
    "refusal.INVALID_INPUT.nothing_to_search": "请输入要搜索的文字、数字或表情。",
    "refusal.INVALID_INPUT.tag": "标签须为 {min} 至 {max} 个字的一个词，不含空格。请修改。",
    "refusal.INVALID_INPUT.too_many_tags": "一篇投稿最多 {max} 个标签，现有 {actual} 个。请减少标签。",
    "submission.blocked_words": "“{quote}”：{sentence}",
    "submission.refused_picture": "第 {number} 张图片：{sentence}",
}
