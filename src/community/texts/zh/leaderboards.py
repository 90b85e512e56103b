"""Chinese texts of leaderboards."""

TEXTS = {
    "board.points": "获得的积分，不含被收回的积分。",
    "board.published": "首次发布且目前公开的投稿数。",
    "board.likes": "公开投稿收到的赞，不含自己的赞。",
    "board.reviews": "团长对投稿作出的审核结论数。",
    "board.endorsements_given": "专家背书的投稿数，不含已撤回的背书。",
    "board.contests": "已结束活动的奖项：金奖计 3 分，银奖计 2 分，铜奖计 1 分。抽奖所得不计。",
    "board_tie.shared_rank": "分数相同则名次相同，其后的名次空出：1、2、2、4。较早加入的成员排在前面。",
    "board_excludes.leader": "本社区的团长。",
    "board_excludes.erased": "个人数据已被清除的人。",
    "board_excludes.suspended": "被平台停用的人。",
    "board_excludes.former_member": "已退出的成员。",
    "board_excludes.guardian_missing": "监护人尚未确认的儿童。",
    "board_excludes.consent_missing": "未同意上榜的成员。",
    "board_exclusion.leader": "您是本社区的团长，此榜只显示居民。请查看审核榜。",
    "board_exclusion.erased": "您的个人数据已被清除，排行榜不再显示您。",
    "board_exclusion.suspended": "您的账号已被停用，排行榜不显示您。请联系平台。",
    "board_exclusion.former_member": "您已退出本社区，排行榜不再显示您。重新加入后即可上榜。",
    "board_exclusion.guardian_missing": "您的监护人尚未确认，排行榜不显示您。请让监护人确认。",
    "board_exclusion.consent_missing": "您尚未同意上榜，排行榜不显示您。同意后即可上榜。",
}
