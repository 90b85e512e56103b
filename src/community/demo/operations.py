"""The operations that the story sends: what a mini-program would, word for word."""

from __future__ import annotations

LOGIN = """mutation Login($input: LoginInput!) {
  login(input: $input) {
    accessToken { token expiresAt }
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

SEND_AGAIN = """mutation SendAgain($input: SubmissionSubmitInput!) {
  submissionSubmit(input: $input) {
    submission { id state version }
    errors { code message path }
  }
}"""

MINE = """query Mine($communityId: ID!) {
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
    standings { rank points member { person { nickname } } }
    mine { rank points }
    neighbours { rank member { person { nickname } } }
  }
}"""

WHOLE_LOOP = """query Loop($communityId: ID!) {
  feed(communityId: $communityId, first: 1) { nodes { id } }
  pointsBalance(communityId: $communityId)
  leaderboard(communityId: $communityId, period: WEEK) { mine { rank points } }
}"""
