"""English texts about review cases."""

TEXTS = {
    "refusal.OWN_CASE": "This case is your own. Ask another leader to answer it.",
    "refusal.CASE_EXCLUDED": "This case is about your own decision. Ask another leader to answer it.",
    "refusal.CASE_CLAIMED": "Another leader is working on this case. Choose another one, or try again later.",
    "refusal.OWN_SUBMISSION": "You cannot decide on your own submission. Ask another leader.",
    "refusal.AUTHOR_SUSPENDED": "Its author is suspended, so you cannot publish it. Return or reject it, or decide later.",
    "refusal.AUTHOR_DISAGREES": "Its author no longer agrees to publication, so you cannot publish it. Return or reject it.",
    "refusal.NOT_FOUND.review_case": "There is no such review case in this community. Reload the queue.",
    "refusal.STALE_VERSION.case": "This case was decided, or it has changed. Reload the queue and try again.",
    "refusal.INVALID_INPUT.score": "A score is a whole number from {min} to {max}, not {actual}. Change it.",
    "refusal.INVALID_INPUT.recommended_scores": "The recommended mark needs at least {min} in each criterion. Leave the mark out.",
    "refusal.TOO_MANY_TODAY.complained": "You complained {actual} times today, and {max} are possible. Continue tomorrow.",
    "refusal.COMPLAINT_OVER": "This complaint is solved. Open it again, or write a new one.",
    "refusal.COMPLAINT_OVER.reopen": "A complaint can be opened again once, within 7 days after its solution. Write a new one.",
    "refusal.NOT_FOUND.complaint": "There is no such complaint, or you may not read it. Reload your complaints.",
    "refusal.INVALID_INPUT.complaint_media": "A complaint has at most {max} different pictures. Remove some.",
    "refusal.INVALID_INPUT.complaint_about": "A complaint is about one thing at most. Choose one.",
    "refusal.INVALID_INPUT.complaint_messages": "This complaint has {actual} messages, and {max} are possible. Wait for the solution.",
    "notice.complaint_reply": "There is a new reply to a complaint. Open it to read the reply.",
    "notice.complaint_solved": "A leader solved your complaint. Open it to read the solution.",
}
