"""Chinese texts about pick-up points."""

TEXTS = {
    "refusal.PICK_UP_POINT_CLOSED": "此自提点已关闭。请选择其他自提点。",
    "refusal.TOO_MANY_PICK_UP_POINTS": "本社区的自提点已达上限。请先关闭一个。",
    "refusal.TOO_MANY_HELPERS": "此自提点的核销员已达上限。请先移除一位。",
    "refusal.NOT_FOUND.pick_up_helper": "此社区没有这位核销员。请刷新列表。",
    "refusal.STALE_VERSION.pick_up_point": "此自提点已被修改。请刷新后重试。",
}
