"""English texts about comments."""

TEXTS = {
    "refusal.NOT_FOUND.comment": "There is no such comment here. Reload and try again.",
    "refusal.COMMENT_BLOCKED": "Your comment has words that are not allowed here. Change them and try again.",
    "refusal.COMMENT_BLOCKED.words": "Your comment has words that are not allowed here: {words}. Change them and try again.",
    "refusal.COMMENT_REPEATED": "You have sent this text here already. Write something else.",
    "refusal.COMMENT_TOO_SOON": "You comment very fast. Wait a moment and try again.",
    "refusal.COMMENT_TOO_SOON.minute": "You comment very fast: {max} comments in a minute are possible. Wait a moment.",
    "refusal.COMMENT_TOO_SOON.newcomer": "New members can comment once a minute. Wait a moment and try again.",
    "refusal.THREAD_CLOSED": "A leader has closed these comments. Comment elsewhere.",
    "refusal.COMMENT_STATE_FORBIDS": "This is not possible in the comment's present state. Reload it.",
    "refusal.COMMENT_STATE_FORBIDS.waiting": "This comment is being checked, so this is not possible. Reload it in a moment.",
    "refusal.COMMENT_STATE_FORBIDS.published": "This comment is published, so this is not possible. Reload it.",
    "refusal.COMMENT_STATE_FORBIDS.hidden": "A leader has hidden this comment, so this is not possible. Reload it.",
    "refusal.COMMENT_STATE_FORBIDS.refused": "This comment was not published, so this is not possible. Write a new one.",
    "refusal.COMMENT_STATE_FORBIDS.deleted": "This comment was deleted, so this is not possible. Reload it.",
    "refusal.EDIT_PERIOD_OVER": "A comment can be edited for ten minutes. Delete it and write a new one.",
    "refusal.INVALID_INPUT.too_many_mentions": "A comment mentions at most {max} members, not {actual}. Remove some.",
    "refusal.INVALID_INPUT.too_many_edits": "A comment can be edited {max} times. Delete it and write a new one.",
    "refusal.INVALID_INPUT.reply_of_reply": "This is a reply. Answer the comment above it.",
    "refusal.TOO_MANY_TODAY.commented": "You commented {actual} times today, and {max} are possible. Continue tomorrow.",
}
