"""English texts about accounts."""

TEXTS = {
    "refusal.PLATFORM_UNAVAILABLE": "This login is not offered here. Choose another one.",
    "refusal.LOGIN_CODE_INVALID": "The login code is not valid. Ask the platform for a new one.",
    "refusal.LOGIN_BLOCKED": "The platform has blocked this login. Ask the platform for the reason.",
    "refusal.PLATFORM_BUSY": "The platform does not respond. Try again in a moment, with a new code.",
    "refusal.TOO_MANY_ATTEMPTS": "Too many attempts have failed. Try again later.",
    "refusal.TOO_MANY_CALLS": "There were too many logins from your network or account. Try again later.",
    "refusal.BANNED": "This account is suspended. Ask your leader for the reason.",
    "refusal.BANNED.with_reason": "This account is suspended: {reason}",
    "refusal.SESSION_ENDED": "This session has ended. Log in again.",
    "refusal.IDENTITY_TAKEN": "This login already belongs to another account. Use another login.",
    "refusal.LAST_IDENTITY": "This is your only login. Link another one first.",
    "refusal.GUARDIAN_NEEDED": "You are under 14. Ask a guardian to confirm first.",
    "refusal.GUARDIAN_NEEDED.correction": "You have stated that you are under 14. A correction cannot change that. Ask a guardian to confirm.",
    "refusal.NOT_FOUND.session": "There is no such session of yours. Reload the list.",
    "refusal.NOT_FOUND.identity": "This platform is not linked. Reload the list.",
    "refusal.INVALID_INPUT.nickname_reserved": "This nickname belongs to the service. Choose another one.",
    "refusal.INVALID_INPUT.nickname_leader": "Only a leader may be called a leader. Choose another nickname.",
    "refusal.INVALID_INPUT.nickname_imitates": "This nickname looks like that of a leader of your community. Choose another one.",
    "refusal.INVALID_INPUT.born_on": "This is not a date of birth. Enter a day in the past as YYYY-MM-DD.",
}
