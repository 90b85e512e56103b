"""GraphQL operations of the story, as a mini-program would send them."""

from __future__ import annotations

LOGIN = """mutation Login($input: LoginInput!) {
  login(input: $input) {
    accessToken { token expiresAt }
    refreshToken { token expiresAt }
    person { id nickname }
    errors { code message }
  }
}"""

JOIN = """mutation Join($input: CommunityJoinInput!) {
  communityJoin(input: $input) {
    member { id roles community { id name } }
    errors { code message path }
  }
}"""

INVITE = """mutation Invite($input: InvitationCreateInput!) {
  invitationCreate(input: $input) {
    invitation { code role mostUses expiresAt }
    errors { code message path }
  }
}"""

MEMBERSHIP = """query Membership($communityId: ID!) {
  membership(communityId: $communityId) { id roles }
}"""

GIVE_ROLE = """mutation GiveRole($input: RoleGiveInput!) {
  roleGive(input: $input) {
    member { roles }
    errors { code message }
  }
}"""

TAKE_ROLE = """mutation TakeRole($input: RoleTakeInput!) {
  roleTake(input: $input) {
    member { roles }
    errors { code message }
  }
}"""

SUBMIT = """mutation Submit($input: SubmissionCreateInput!) {
  submissionCreate(input: $input) {
    submission { id state version latest { title tags } }
    errors { code message path }
  }
}"""

EDIT = """mutation Edit($input: SubmissionEditInput!) {
  submissionEdit(input: $input) {
    submission { id state version latest { number } }
    errors { code message path }
  }
}"""

SUBMIT_AGAIN = """mutation SubmitAgain($input: SubmissionSubmitInput!) {
  submissionSubmit(input: $input) {
    submission { id state version }
    errors { code message path }
  }
}"""

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

APPROVE = """mutation Approve($input: SubmissionApproveInput!) {
  submissionApprove(input: $input) {
    reviewCase { state decision { verdict recommended scores { authenticity usefulness resonance } } }
    errors { code message path }
  }
}"""

RETURN = """mutation Return($input: SubmissionReturnInput!) {
  submissionReturn(input: $input) {
    reviewCase { state decision { verdict reason } }
    errors { code message path }
  }
}"""

REJECT = """mutation Reject($input: SubmissionRejectInput!) {
  submissionReject(input: $input) {
    reviewCase { state decision { verdict reason } }
    errors { code message path }
  }
}"""

LIKE = """mutation Like($input: SubmissionLikeInput!) {
  submissionLike(input: $input) {
    submission { likeCount likedByMe }
    errors { code message path }
  }
}"""

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

BOARD = """query Leaderboard($communityId: ID!, $period: LeaderboardPeriod!) {
  leaderboard(communityId: $communityId, period: $period) {
    startsAt
    entries { rank points member { person { nickname } } }
    mine { rank points }
    neighbours { rank member { person { nickname } } }
  }
}"""

FEED_POINTS_RANK = """query FeedPointsRank($communityId: ID!) {
  feed(communityId: $communityId, first: 1) { nodes { id } }
  membership(communityId: $communityId) { points { balance } }
  leaderboard(communityId: $communityId, period: WEEK) { mine { rank points } }
}"""

UPLOAD = """mutation Upload($input: MediaUploadInput!) {
  mediaUpload(input: $input) { media { id state pollAfterMs } errors { code message } }
}"""

MY_LATEST_MEDIA = """query MyLatestMedia($communityId: ID!) {
  mySubmissions(communityId: $communityId, first: 1) {
    nodes { id state version note latest { media {
      id state width height placeholder colour small: url(size: SQUARE_200, format: WEBP) large: url(size: WIDE_1080)
    } } }
  }
}"""

SET_AVATAR = """mutation SetAvatar($input: PersonSetAvatarInput!) {
  personSetAvatar(input: $input) { person { nickname avatar { state url(size: SQUARE_200) } } errors { code } }
}"""

SESSIONS = """query Sessions {
  sessions { nodes { id platform device current createdAt } }
}"""

END_SESSION = """mutation EndSession($input: SessionEndInput!) {
  sessionEnd(input: $input) { endedSessionId errors { code message } }
}"""

REFRESH = """mutation Refresh($input: SessionRefreshInput!) {
  sessionRefresh(input: $input) {
    accessToken { token expiresAt }
    refreshToken { token expiresAt }
    errors { code message }
  }
}"""

ACCOUNT = """query Account {
  account { person { id nickname } guardian platforms { platform } phone { masked } }
}"""

LINK = """mutation Link($input: PlatformLinkInput!) {
  platformLink(input: $input) { platform errors { code message } }
}"""

BIND_PHONE = """mutation BindPhone($input: PhoneBindInput!) {
  phoneBind(input: $input) { masked errors { code message } }
}"""

EDIT_COMMUNITY = """mutation EditCommunity($input: CommunityEditInput!) {
  communityEdit(input: $input) { community { announcement version } errors { code message } }
}"""

HISTORY = """query CommunityHistory($communityId: ID!) {
  communityHistory(communityId: $communityId) {
    nodes { version changedBy { person { nickname } } changes { field value } }
  }
}"""

EXPORT = """mutation Export($input: DataExportRequestInput!) {
  dataExportRequest(input: $input) { dataExport { id state } errors { code message } }
}"""

EXPORTS = """query Exports {
  dataExports { state sizeBytes expiresAt downloadPath downloadExpiresAt }
}"""

ERASE = """mutation Erase($input: ErasureRequestInput!) {
  erasureRequest(input: $input) { erasure { content dueAt } errors { code message } }
}"""

AFTER_ERASURE = """query AfterErasure($communityId: ID!) {
  feed(communityId: $communityId) { nodes { author { person { nickname } } published { title } } }
  leaderboard(communityId: $communityId, period: WEEK) { entries { rank points member { person { nickname } } } }
}"""

CREATE_SERVICE = """mutation CreateServiceToken($input: ServiceTokenCreateInput!) {
  serviceTokenCreate(input: $input) {
    serviceToken { id name scopes state }
    secret
    errors { code message path }
  }
}"""

APPROVE_SERVICE = """mutation ApproveServiceToken($input: ServiceTokenApproveInput!) {
  serviceTokenApprove(input: $input) {
    serviceToken { id state }
    errors { code message path }
  }
}"""

OPEN_SEASON = """mutation OpenSeason($input: SeasonOpenInput!) {
  seasonOpen(input: $input) {
    season { id name percent triggers startsAt endsAt }
    errors { code message path }
  }
}"""

CHECK_IN = """mutation CheckIn($input: CheckInInput!) {
  checkIn(input: $input) {
    day streak isNew earning { points notEarnedBecause until }
    errors { code message path }
  }
}"""

REPORT_INTERACTION = """mutation ReportInteraction($input: InteractionReportInput!) {
  interactionReport(input: $input) {
    interaction { reference isNew takenBack earning { points notEarnedBecause until } }
    errors { code message path }
  }
}"""

REPORT_INTERACTIONS = """mutation ReportInteractions($input: InteractionsReportInput!) {
  interactionsReport(input: $input) {
    answers { reference interaction { isNew earning { points } } errors { code message path } }
    errors { code message path }
  }
}"""

SPEND = """mutation Spend($input: PointsSpendInput!) {
  pointsSpend(input: $input) { movement { id amount } balance errors { code message path } }
}"""

REFUND = """mutation Refund($input: PointsRefundInput!) {
  pointsRefund(input: $input) { movement { id amount } balance errors { code message path } }
}"""

FREEZE = """mutation Freeze($input: PointsFreezeInput!) {
  pointsFreeze(input: $input) { hold { id state amount expiresAt } errors { code message path } }
}"""

CAPTURE = """mutation Capture($input: PointsCaptureInput!) {
  pointsCapture(input: $input) { hold { id state amount captured movement { id } } errors { code message path } }
}"""

POINTS_ACCOUNT = """query PointsAccount($communityId: ID!) {
  membership(communityId: $communityId) { points { balance held debt growthValue level nextLevelFrom } }
  pointsEndings(communityId: $communityId) { nodes { endsAt points } }
}"""

NOTICES = """query Notices($communityId: ID!) {
  membership(communityId: $communityId) { unread { kind count } }
  notices(communityId: $communityId) { nodes { id kind figures { name value } createdAt } }
}"""

ADJUST = """mutation Adjust($input: PointsAdjustInput!) {
  pointsAdjust(input: $input) { adjustment { id amount reason state } errors { code message path } }
}"""

APPROVE_ADJUSTMENT = """mutation ApproveAdjustment($input: AdjustmentApproveInput!) {
  adjustmentApprove(input: $input) {
    adjustment { id state decidedBy { person { nickname } } }
    errors { code message path }
  }
}"""

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
