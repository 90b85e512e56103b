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
}
