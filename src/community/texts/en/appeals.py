"""English texts about removals, appeals and reports."""

TEXTS = {
    "refusal.REMOVAL_FINAL": "This removal is final, because more than 30 days have passed. The author can write again.",
    "notice.submission_removed": "A leader removed your submission. Open it to read the reason.",
    "notice.submission_restored": "Your submission is back as it was before its removal.",
}
