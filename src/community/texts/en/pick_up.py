"""English texts about pick-up points and verification."""

TEXTS = {
    "refusal.PICK_UP_POINT_CLOSED": "This pick-up point is closed. Choose another one.",
    "refusal.TOO_MANY_PICK_UP_POINTS": "This community has as many open pick-up points as possible. Close one first.",
    "refusal.TOO_MANY_HELPERS": "This pick-up point has as many helpers as possible. Dismiss one first.",
    "refusal.NOT_FOUND.pick_up_helper": "There is no such helper in this community. Reload the list.",
    "refusal.STALE_VERSION.pick_up_point": "This pick-up point was changed meanwhile. Reload it and try again.",
    "refusal.VERIFICATION_CODE_INVALID": "This code is not valid in this community. Check each character and try again.",
    "refusal.VERIFICATION_CODE_USED": "This code cannot be used now. Reload to see the redemption.",
    "refusal.VERIFICATION_CODE_USED.fulfilled": "Everything for this code was handed over already. Do not hand it over again.",
    "refusal.VERIFICATION_CODE_USED.cancelled": "This redemption was cancelled. Do not hand anything over.",
    "refusal.VERIFICATION_CODE_USED.expired": "The time to collect this has passed. Do not hand anything over.",
    "refusal.VERIFICATION_CODE_USED.reserved": "This redemption is not ready yet. A leader must confirm it first.",
    "refusal.OTHER_PICK_UP_POINT": "This is collected at another pick-up point. Send the member there.",
    "refusal.OTHER_PICK_UP_POINT.needed": "This is collected at a pick-up point. Choose the point where you are.",
    "refusal.VERIFIERS_ONLY": "Only leaders and the helpers of this pick-up point may do this. Ask a leader.",
    "refusal.NOTHING_TO_UNDO": "Nothing of this redemption was handed over, so there is nothing to undo. Reload it.",
    "refusal.NOTHING_TO_UNDO.erased": "This person has deleted their account. Keep the handover as it is.",
    "refusal.NOTHING_TO_UNDO.reviewed": "The member has already reviewed this trial. Keep the handover as it is.",
    "refusal.UNDO_TOO_LATE": "This can be undone for a few minutes only. Ask a leader for a correction of points.",
    "refusal.INVALID_INPUT.handover": "You can hand over {min} to {max} pieces, not {actual}. Change the number.",
}
