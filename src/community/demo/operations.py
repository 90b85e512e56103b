"""The operations that the story sends: what a mini-program would, word for word."""

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

RESUBMIT = """mutation SendAgain($input: SubmissionSubmitInput!) {
  submissionSubmit(input: $input) {
    submission { id state version }
    errors { code message path }
  }
}"""

MY_SUBMISSIONS = """query Mine($communityId: ID!) {
  mySubmissions(communityId: $communityId) {
    nodes { id kind state version note latest { number title } decision { verdict recommended } }
  }
}"""

QUEUE = """query Queue($communityId: ID!) {
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

FEED = """query Feed($communityId: ID!, $kind: SubmissionKind, $recommended: Boolean! = false) {
  feed(communityId: $communityId, kind: $kind, recommended: $recommended) {
    nodes { id kind recommended likeCount author { person { nickname } } published { title tags } }
    pageInfo { hasNextPage endCursor }
  }
}"""

POINTS = """query Points($communityId: ID!) {
  pointsBalance(communityId: $communityId)
  pointsStatement(communityId: $communityId) {
    nodes { amount balance explanation { rule version inputs { name value } } createdAt }
  }
}"""

BOARD = """query Board($communityId: ID!, $period: LeaderboardPeriod!) {
  leaderboard(communityId: $communityId, period: $period) {
    startsAt
    entries { rank points member { person { nickname } } }
    mine { rank points }
    neighbours { rank member { person { nickname } } }
  }
}"""

WHOLE_LOOP = """query Loop($communityId: ID!) {
  feed(communityId: $communityId, first: 1) { nodes { id } }
  pointsBalance(communityId: $communityId)
  leaderboard(communityId: $communityId, period: WEEK) { mine { rank points } }
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

HISTORY = """query History($communityId: ID!) {
  communityHistory(communityId: $communityId) {
    nodes { version changedBy { person { nickname } } changes { field value } }
  }
}"""

STEP_DOWN = """mutation StepDown($input: RoleTakeInput!) {
  roleTake(input: $input) { member { roles } errors { code message } }
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

AFTER_ERASURE = """query Afterwards($communityId: ID!) {
  feed(communityId: $communityId) { nodes { author { person { nickname } } published { title } } }
  leaderboard(communityId: $communityId, period: WEEK) { entries { rank points member { person { nickname } } } }
}"""
