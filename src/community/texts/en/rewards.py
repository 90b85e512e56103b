"""English texts about rewards and redemptions."""

TEXTS = {
    "refusal.REWARD_NOT_OPEN": "This cannot be redeemed now. Choose another reward.",
    "refusal.SOLD_OUT": "There are not enough pieces left. Choose a smaller number or another reward.",
    "refusal.LEVEL_TOO_LOW": "Your level is too low for this. Earn more points and try again.",
    "refusal.LIMIT_REACHED": "You have redeemed as much of this as one person may. Choose another reward.",
    "refusal.REDEMPTION_STATE_FORBIDS": "The state of this redemption does not allow that. Reload to see it.",
}
