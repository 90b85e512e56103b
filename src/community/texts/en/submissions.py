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
    "refusal.TOO_MANY_TODAY": "This is not possible again today. Continue tomorrow.",
    "refusal.TOO_MANY_TODAY.created": "You created {actual} submissions today, and {max} are possible. Continue tomorrow.",
    "refusal.TOO_MANY_TODAY.edited": "You edited {actual} times today, and {max} are possible. Continue tomorrow.",
    "refusal.TOO_MANY_TODAY.sent": "You sent {actual} submissions today, and {max} are possible. Continue tomorrow.",
    "refusal.AUTHORS_ONLY": "Only the author may do this. Ask the author.",
    "refusal.NOT_FOUND.submission": "There is no such submission in this community. Reload and try again.",
    "refusal.INVALID_INPUT.nothing_to_search": "Enter a letter, a digit or an emoji to search for.",
    "refusal.INVALID_INPUT.tag": "A tag is one word of {min} to {max} characters, without spaces. Change it.",
    "refusal.INVALID_INPUT.too_many_tags": "A submission has at most {max} tags, not {actual}. Remove some.",
    "submission.blocked_words": "{quote}: {sentence}",
    "submission.refused_picture": "Picture {number}: {sentence}",
}
