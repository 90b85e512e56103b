"""Chinese texts about pick-up points and verification."""

TEXTS = {
    "refusal.PICK_UP_POINT_CLOSED": "此自提点已关闭。请选择其他自提点。",
    "refusal.TOO_MANY_PICK_UP_POINTS": "本社区的自提点已达上限。请先关闭一个。",
    "refusal.TOO_MANY_HELPERS": "此自提点的核销员已达上限。请先移除一位。",
    "refusal.NOT_FOUND.pick_up_helper": "此社区没有这位核销员。请刷新列表。",
    "refusal.STALE_VERSION.pick_up_point": "此自提点已被修改。请刷新后重试。",
    "refusal.VERIFICATION_CODE_INVALID": "此核销码在本社区无效。请核对每个字符后重试。",
    "refusal.VERIFICATION_CODE_USED": "此核销码现在不能使用。请刷新查看兑换。",
    "refusal.VERIFICATION_CODE_USED.fulfilled": "此核销码对应的奖品已全部领取。请勿重复发放。",
    "refusal.VERIFICATION_CODE_USED.cancelled": "此兑换已取消。请勿发放。",
    "refusal.VERIFICATION_CODE_USED.expired": "领取时间已过。请勿发放。",
    "refusal.VERIFICATION_CODE_USED.reserved": "此兑换尚未备好。请先由团长确认。",
    "refusal.OTHER_PICK_UP_POINT": "此奖品须在其他自提点领取。请告知成员前往。",
    "refusal.OTHER_PICK_UP_POINT.needed": "此奖品须在自提点领取。请选择您所在的自提点。",
    "refusal.VERIFIERS_ONLY": "只有团长和此自提点的核销员可以进行此操作。请联系团长。",
    "refusal.NOTHING_TO_UNDO": "此兑换尚未发放任何奖品，无需撤销。请刷新。",
    "refusal.NOTHING_TO_UNDO.erased": "此人已注销账号，请保留发放记录。",
    "refusal.NOTHING_TO_UNDO.reviewed": "用户已为这次试用发布评价，请保留核销记录。",
    "refusal.UNDO_TOO_LATE": "核销只能在几分钟内撤销。请联系团长调整积分。",
    "refusal.INVALID_INPUT.handover": "可发放 {min} 至 {max} 份，不能是 {actual} 份。请修改数量。",
}
