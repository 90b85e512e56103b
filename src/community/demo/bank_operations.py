"""The operations of the points bank that the story sends, word for word."""

from __future__ import annotations

MEMBER = """query Member($communityId: ID!) { membership(communityId: $communityId) { id roles } }"""

CREATE_SERVICE = """mutation LetIn($input: ServiceTokenCreateInput!) {
  serviceTokenCreate(input: $input) {
    serviceToken { id name scopes }
    secret
    errors { code message path }
  }
}"""

OPEN_SEASON = """mutation Season($input: SeasonOpenInput!) {
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

REPORT_INTERACTION = """mutation Report($input: InteractionReportInput!) {
  interactionReport(input: $input) {
    interaction { reference isNew takenBack earning { points notEarnedBecause until } }
    errors { code message path }
  }
}"""

REPORT_INTERACTIONS = """mutation ReportMany($input: InteractionsReportInput!) {
  interactionsReport(input: $input) {
    answers { reference interaction { isNew earning { points } } errors { code message path } }
    errors { code message path }
  }
}"""

SPEND = """mutation Spend($input: PointsSpendInput!) {
  pointsSpend(input: $input) { movement { id amount balance } errors { code message path } }
}"""

REFUND = """mutation Refund($input: PointsRefundInput!) {
  pointsRefund(input: $input) { movement { id amount balance } errors { code message path } }
}"""

FREEZE = """mutation Freeze($input: PointsFreezeInput!) {
  pointsFreeze(input: $input) { hold { id state amount expiresAt } errors { code message path } }
}"""

CAPTURE = """mutation Capture($input: PointsCaptureInput!) {
  pointsCapture(input: $input) { hold { id state amount captured movementId } errors { code message path } }
}"""

ACCOUNT = """query Account($communityId: ID!) {
  pointsAccount(communityId: $communityId) { balance held debt growthValue level nextLevelFrom }
  pointsEndings(communityId: $communityId) { nodes { endsAt points } }
}"""

NOTICES = """query Notices($communityId: ID!) {
  unreadNotices(communityId: $communityId)
  notices(communityId: $communityId) { nodes { id kind figures { name value } createdAt } }
}"""

ADJUST = """mutation Adjust($input: PointsAdjustInput!) {
  pointsAdjust(input: $input) { adjustment { id amount reason state } errors { code message path } }
}"""

APPROVE_ADJUSTMENT = """mutation Agree($input: AdjustmentApproveInput!) {
  adjustmentApprove(input: $input) {
    adjustment { id state decidedBy { person { nickname } } }
    errors { code message path }
  }
}"""

STATEMENT = """query Statement($communityId: ID!) {
  pointsStatement(communityId: $communityId) {
    nodes { kind amount balance reason explanation { rule version setBy inputs { name value } } createdAt }
  }
}"""

RULES = """query Rules($communityId: ID!) {
  earningRules(communityId: $communityId) {
    trigger version setBy seasonPercent room notNowBecause until earned { day } definition { amount caps { day month } }
  }
}"""
