"""English texts about pick-up points."""

TEXTS = {
    "refusal.PICK_UP_POINT_CLOSED": "This pick-up point is closed. Choose another one.",
    "refusal.TOO_MANY_PICK_UP_POINTS": "This community has as many open pick-up points as possible. Close one first.",
    "refusal.TOO_MANY_HELPERS": "This pick-up point has as many helpers as possible. Dismiss one first.",
    "refusal.NOT_FOUND.pick_up_helper": "There is no such helper in this community. Reload the list.",
    "refusal.STALE_VERSION.pick_up_point": "This pick-up point was changed meanwhile. Reload it and try again.",
}
