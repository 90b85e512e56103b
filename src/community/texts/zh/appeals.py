"""Chinese texts about removals, appeals and reports."""

TEXTS = {
    "refusal.REMOVAL_FINAL": "移除已超过 30 天，无法恢复。作者可以重新投稿。",
    "notice.submission_removed": "团长移除了您的投稿。打开投稿查看理由。",
    "notice.submission_restored": "您的投稿已恢复原状。",
}
