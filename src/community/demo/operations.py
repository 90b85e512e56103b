"""GraphQL operations of the story, as a mini-program would send them."""

from __future__ import annotations


def write_mutation(field: str, selection: str) -> str:
    """Return the document of a mutation with these fields of its payload."""
    name = field[0].upper() + field[1:]
    return (
        f"mutation {name}($input: {name}Input!)"
        f" {{ {field}(input: $input) {{ {selection} errors {{ code message path min max actual }} }} }}"
    )


LOGIN = write_mutation(
    "login",
    "accessToken { token expiresAt } refreshToken { token expiresAt } person { id nickname }",
)
JOIN = write_mutation("communityJoin", "member { id roles community { id name } }")
INVITE = write_mutation("invitationCreate", "invitation { code role mostUses expiresAt }")
MEMBERSHIP = "query Membership($communityId: ID!) { membership(communityId: $communityId) { id roles } }"
GIVE_ROLE = write_mutation("roleGive", "member { roles }")
TAKE_ROLE = write_mutation("roleTake", "member { roles }")
SUBMIT = write_mutation("submissionCreate", "submission { id state version latest { title tags } }")
EDIT = write_mutation("submissionEdit", "submission { id state version latest { number } }")
SUBMIT_AGAIN = write_mutation("submissionSubmit", "submission { id state version }")
MY_SUBMISSIONS = """query MySubmissions($communityId: ID!) {
  mySubmissions(communityId: $communityId) {
    nodes { id kind state version note latest { number title } decision { verdict recommended } }
  }
}"""
QUEUE = """query ReviewQueue($communityId: ID!) {
  reviewQueue(communityId: $communityId) {
    nodes { id version dueAt author { person { nickname } } revision { number title text tags } }
  }
}"""
APPROVE = write_mutation(
    "submissionApprove",
    "reviewCase { state decision { verdict recommended scores { authenticity usefulness resonance } } }",
)
RETURN = write_mutation("submissionReturn", "reviewCase { state decision { verdict reason } }")
REJECT = write_mutation("submissionReject", "reviewCase { state decision { verdict reason } }")
LIKE = write_mutation("submissionLike", "submission { likeCount likedByMe }")
FEED = """query Feed($communityId: ID!, $kinds: [SubmissionKind!], $recommended: Boolean! = false) {
  feed(communityId: $communityId, kinds: $kinds, recommended: $recommended) {
    totalCount { value }
    nodes { id kind recommended likeCount author { person { nickname } } published { title tags } }
    pageInfo { hasNextPage endCursor }
  }
}"""
POINTS = """query Points($communityId: ID!) {
  membership(communityId: $communityId) { points { balance } }
  pointsStatement(communityId: $communityId) {
    nodes { amount balance explanation { rule version inputs { name value } } createdAt }
  }
}"""
BOARD = """query Leaderboard(
  $communityId: ID!, $period: LeaderboardPeriod!, $board: LeaderboardKind! = POINTS
) {
  leaderboard(communityId: $communityId, board: $board, period: $period) {
    startsAt
    exclusion
    entries { nodes { rank score member { person { nickname } } } }
    mine { rank score }
    neighbours { rank member { person { nickname } } }
  }
}"""
PODIUM = """query Podium($communityId: ID!) {
  leaderboard(communityId: $communityId, period: WEEK) {
    endsAt
    closedAt
    entries(first: 3) { nodes { rank score member { person { nickname } } } }
  }
}"""
FEED_POINTS_RANK = """query FeedPointsRank($communityId: ID!) {
  feed(communityId: $communityId, first: 1) { nodes { id } }
  membership(communityId: $communityId) { points { balance } }
  leaderboard(communityId: $communityId, period: WEEK) { mine { rank score } }
}"""
UPLOAD = write_mutation("mediaUpload", "media { id state pollAfterMs }")
MY_LATEST_MEDIA = """query MyLatestMedia($communityId: ID!) {
  mySubmissions(communityId: $communityId, first: 1) {
    nodes { id state version note latest { media {
      id state width height placeholder colour small: url(size: SQUARE_200, format: WEBP) large: url(size: WIDE_1080)
    } } }
  }
}"""
SET_AVATAR = write_mutation("personSetAvatar", "person { nickname avatar { state url(size: SQUARE_200) } }")
SESSIONS = "query Sessions { sessions { nodes { id platform device current createdAt } } }"
END_SESSION = write_mutation("sessionEnd", "endedSessionId")
REFRESH = write_mutation("sessionRefresh", "accessToken { token expiresAt } refreshToken { token expiresAt }")
ACCOUNT = "query Account { account { person { id nickname } guardian platforms { platform } phone { masked } } }"
LINK = write_mutation("platformLink", "platform")
BIND_PHONE = write_mutation("phoneBind", "masked")
EDIT_COMMUNITY = write_mutation("communityEdit", "community { announcement version }")
HISTORY = """query CommunityHistory($communityId: ID!) {
  communityHistory(communityId: $communityId) {
    nodes { version changedBy { person { nickname } } changes { field value } }
  }
}"""
EXPORT = write_mutation("dataExportRequest", "dataExport { id state }")
EXPORTS = "query Exports { dataExports { state sizeBytes expiresAt downloadPath downloadExpiresAt } }"
ERASE = write_mutation("erasureRequest", "erasure { content dueAt }")
AFTER_ERASURE = """query AfterErasure($communityId: ID!) {
  feed(communityId: $communityId) { nodes { author { person { nickname } } published { title } } }
  leaderboard(communityId: $communityId, period: WEEK) {
    entries { nodes { rank score member { person { nickname } } } }
  }
}"""
CREATE_SERVICE = write_mutation("serviceTokenCreate", "serviceToken { id name scopes state } secret")
APPROVE_SERVICE = write_mutation("serviceTokenApprove", "serviceToken { id state }")
OPEN_SEASON = write_mutation("seasonOpen", "season { id name percent triggers startsAt endsAt }")
CHECK_IN = write_mutation("checkIn", "day streak isNew earning { points notEarnedBecause until }")
REPORT_INTERACTION = write_mutation(
    "interactionReport",
    "interaction { reference isNew takenBack earning { points notEarnedBecause until } }",
)
REPORT_INTERACTIONS = write_mutation(
    "interactionsReport",
    "answers { reference interaction { isNew earning { points } } errors { code message path } }",
)
SPEND = write_mutation("pointsSpend", "movement { id amount } balance")
REFUND = write_mutation("pointsRefund", "movement { id amount } balance")
FREEZE = write_mutation("pointsFreeze", "hold { id state amount expiresAt }")
CAPTURE = write_mutation("pointsCapture", "hold { id state amount captured movement { id } }")
POINTS_ACCOUNT = """query PointsAccount($communityId: ID!) {
  membership(communityId: $communityId) { points { balance held debt growthValue level nextLevelFrom } }
  pointsEndings(communityId: $communityId) { nodes { endsAt points } }
}"""
NOTICES = """query Notices($communityId: ID!) {
  membership(communityId: $communityId) { unread { kind count } }
  notices(communityId: $communityId) { nodes { id kind figures { name value } createdAt } }
}"""
ADJUST = write_mutation("pointsAdjust", "adjustment { id amount reason state }")
APPROVE_ADJUSTMENT = write_mutation("adjustmentApprove", "adjustment { id state decidedBy { person { nickname } } }")
POINTS_STATEMENT = """query PointsStatement($communityId: ID!) {
  pointsStatement(communityId: $communityId) {
    nodes { kind amount balance reason explanation { rule version setBy inputs { name value } } createdAt }
  }
}"""
EARNING_RULES = """query EarningRules($communityId: ID!) {
  earningRules(communityId: $communityId) {
    trigger version setBy seasonPercent room notNowBecause until earned { day } definition { amount caps { day month } }
  }
}"""
