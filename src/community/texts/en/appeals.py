"""English texts about removals, appeals and reports."""

TEXTS = {
    "refusal.REMOVAL_FINAL": "This removal is final, because more than 30 days have passed. The author can write again.",
    "notice.submission_ahead": "Your submission passed all checks and is public. A leader will look at it later.",
    "notice.submission_removed": "A leader removed your submission. Open it to read the reason.",
    "notice.submission_restored": "Your submission is back as it was before its removal.",
    "refusal.APPEAL_NOT_POSSIBLE": "You cannot appeal against this. Reload it to see its state.",
    "refusal.APPEAL_NOT_POSSIBLE.again": "You have appealed against this before. Read the answer in your appeals.",
    "refusal.APPEAL_NOT_POSSIBLE.over": "There is nothing left to reverse, so this is not possible. Reload it.",
    "refusal.APPEAL_NOT_POSSIBLE.late": "More than 30 days have passed, so you can no longer appeal. Ask a leader.",
    "refusal.ALREADY_REPORTED": "You have reported this before. Read the answer in your reports.",
    "refusal.TOO_MANY_TODAY.reported": "You reported {actual} times today, and {max} are possible. Continue tomorrow.",
    "notice.appeal_granted": "Your appeal was granted. Open it to read the answer.",
    "notice.appeal_denied": "Your appeal was denied. Open it to read the answer.",
    "notice.appeal_ended": "Your appeal has ended, because there was nothing left to reverse.",
    "notice.report_upheld": "The submission that you reported was removed. Thank you.",
    "notice.report_dismissed": "The leaders looked at what you reported, and found no reason to remove it.",
    "notice.report_answered": "What you reported was looked at. Open your report to read the outcome.",
    "notice.report_ended": "The submission that you reported was edited or withdrawn.",
}
