"""Chinese texts about communities."""

TEXTS = {
    "refusal.NOT_A_MEMBER": "您不是此社区的成员。请先加入。",
    "refusal.LEADERS_ONLY": "只有此社区的团长可以进行此操作。请联系团长。",
    "refusal.LEADERS_ONLY.playbook": "只有团长可以写团长案例。请选择其他类型。",
    "refusal.LEADERS_ONLY.account": "只有团长可以查看其他成员的账户。请查看您自己的账户。",
    "refusal.INVITATION_INVALID": "邀请码无效。请向团长索取新的邀请码。",
    "refusal.INVITATION_INVALID.needed": "加入此社区需要邀请码。请向团长索取。",
    "refusal.OUT_OF_SCOPE": "此服务令牌没有这项权限。请向团长申请其他令牌。",
    "refusal.SERVICES_ONLY": "只有持令牌的服务可以进行此操作。请使用服务令牌。",
    "refusal.LAST_LEADER": "社区将没有团长。请先将另一位成员设为团长。",
    "refusal.NOT_FOUND.community": "没有此社区，或只有成员可以查看。",
    "refusal.NOT_FOUND.member": "此社区没有这位成员。请刷新后重试。",
    "refusal.NOT_FOUND.service_token": "此社区没有这个令牌。请刷新列表。",
    "refusal.INVALID_INPUT.time_zone": "这不是有效的时区。请填写如 Asia/Shanghai 的名称。",
    "refusal.INVALID_INPUT.invitation_uses": "一个邀请码可供 {min} 至 {max} 人使用，不能是 {actual} 人。请修改人数。",
    "refusal.INVALID_INPUT.invitation_role_uses": "带角色的邀请码只能供 {max} 人使用，不能是 {actual} 人。请为每个人单独创建。",
    "refusal.INVALID_INPUT.invitation_days": "邀请码的有效期为 {min} 至 {max} 天，不能是 {actual} 天。请修改天数。",
    "refusal.INVALID_INPUT.scopes": "令牌至少需要一项权限。请选择权限。",
    "refusal.INVALID_INPUT.code_or_community": "请只填写邀请码，或只填写开放社区的编号。",
}
