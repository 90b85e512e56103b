"""Texts in Chinese about rewards and redemptions."""

TEXTS = {
    "refusal.REWARD_NOT_OPEN": "现在不能兑换，请选择其他奖品。",
    "refusal.SOLD_OUT": "剩余数量不足，请减少数量或选择其他奖品。",
    "refusal.LEVEL_TOO_LOW": "您的等级不够，请继续积累积分后再试。",
    "refusal.LIMIT_REACHED": "已达到每人可兑换的数量，请选择其他奖品。",
    "refusal.REDEMPTION_STATE_FORBIDS": "这笔兑换当前的状态不允许此操作，请刷新查看。",
}
