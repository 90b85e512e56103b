"""English texts about submissions and their review."""

TEXTS = {
    "refusal.STATE_FORBIDS": "This is not possible in the submission's present state. Reload it to see its state.",
    "refusal.STATE_FORBIDS.draft": "This submission is a draft, so this is not possible. Reload it.",
    "refusal.STATE_FORBIDS.pending_screening": "The pictures of this submission are being checked, so this is not possible. Reload it in a moment.",
    "refusal.STATE_FORBIDS.in_review": "This submission is in review, so this is not possible. Reload it.",
    "refusal.STATE_FORBIDS.published": "This submission is published, so this is not possible. Reload it.",
    "refusal.STATE_FORBIDS.returned": "This submission was returned to its author, so this is not possible. Reload it.",
    "refusal.STATE_FORBIDS.rejected": "This submission was rejected, so this is not possible. Reload it.",
    "refusal.STATE_FORBIDS.withdrawn": "This submission was withdrawn, so this is not possible. Reload it.",
    "refusal.STATE_FORBIDS.removed": "This submission was removed, so this is not possible. Reload it.",
    "refusal.AUTHORS_ONLY": "Only the author may do this. Ask the author.",
    "refusal.OWN_SUBMISSION": "You cannot decide on your own submission. Ask another leader.",
    "refusal.AUTHOR_DISAGREES": "Its author no longer agrees to publication, so you cannot approve it. Return or reject it.",
    "refusal.NOT_FOUND.submission": "There is no such submission in this community. Reload and try again.",
    "refusal.NOT_FOUND.review_case": "There is no such review case in this community. Reload the queue.",
    "refusal.STALE_VERSION.case": "This case was decided, or the submission was edited. Reload the queue and decide again.",
    "refusal.INVALID_INPUT.tag": "A tag is one word of {min} to {max} characters, without spaces. Change it.",
    "refusal.INVALID_INPUT.too_many_tags": "A submission has at most {max} tags, not {actual}. Remove some.",
    "refusal.INVALID_INPUT.score": "A score is a whole number from {min} to {max}, not {actual}. Change it.",
    "refusal.INVALID_INPUT.recommended_scores": "The recommended mark needs at least {min} in each criterion. Leave the mark out.",
    "review.refused_picture": "Picture {number}: {sentence}",
}
