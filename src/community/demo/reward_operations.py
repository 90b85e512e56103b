"""GraphQL operations of the story about rewards."""

from __future__ import annotations

CREATE_POINT = """mutation CreatePickUpPoint($input: PickUpPointCreateInput!) {
  pickUpPointCreate(input: $input) { pickUpPoint { id name openingHours } errors { code message path } }
}"""

APPOINT_HELPER = """mutation AppointHelper($input: PickUpHelperAppointInput!) {
  pickUpHelperAppoint(input: $input) {
    pickUpHelper { member { person { nickname } } pickUpPoint { name } }
    errors { code message path }
  }
}"""

CREATE_REWARD = """mutation CreateReward($input: RewardCreateInput!) {
  rewardCreate(input: $input) { reward { id state version } errors { code message path } }
}"""

PUBLISH_REWARD = """mutation PublishReward($input: RewardPublishInput!) {
  rewardPublish(input: $input) { reward { state total left } errors { code message path } }
}"""

REWARDS = """query Rewards($communityId: ID!) {
  rewards(communityId: $communityId) {
    nodes { title price total left viewerRefusal { code message min max actual } }
  }
}"""

RESERVE = """mutation Reserve($input: RedemptionReserveInput!) {
  redemptionReserve(input: $input) {
    redemption { id state price verificationCode { code qrText } }
    errors { code message min max actual }
  }
}"""

REDEMPTION_BY_CODE = """query RedemptionByCode($communityId: ID!, $code: String!) {
  redemptionByCode(communityId: $communityId, code: $code) {
    reward { title } member { person { nickname } } openQuantity
  }
}"""

VERIFY = """mutation Verify($input: RedemptionVerifyInput!) {
  redemptionVerify(input: $input) {
    redemption { id state fulfilledQuantity }
    errors { code message }
  }
}"""

CANCEL = """mutation CancelRedemption($input: RedemptionCancelInput!) {
  redemptionCancel(input: $input) { redemption { state cancelledQuantity } errors { code message } }
}"""

MY_REDEMPTIONS = """query MyRedemptions($communityId: ID!) {
  myRedemptions(communityId: $communityId) {
    nodes { state events { kind actor { person { nickname } } pickUpPoint { name } } }
  }
}"""

POINTS_AFTER_REFUND = """query PointsAfterRefund($communityId: ID!) {
  membership(communityId: $communityId) { points { balance } }
  pointsEndings(communityId: $communityId) { nodes { endsAt points } }
  pointsStatement(communityId: $communityId, first: 2) { nodes { kind amount balance sentence } }
}"""

CREATE_SLOT = """mutation CreateSlot($input: SlotCreateInput!) {
  slotCreate(input: $input) { slot { id startsAt capacity left } errors { code message path } }
}"""

MY_APPOINTMENTS = """query MyAppointments($communityId: ID!) {
  myRedemptions(communityId: $communityId, first: 1) { nodes { state canStillCancel slot { startsAt left } } }
}"""

NAME_REVIEW = """mutation NameReview($input: TrialReviewNameInput!) {
  trialReviewName(input: $input) { redemption { promise { state } } errors { code message path } }
}"""

PROJECT = """query Project($id: ID!, $communityId: ID!) {
  reward(id: $id) { projectState total left }
  projectContributors(rewardId: $id) { nodes { member { person { nickname } } } }
  projectReports(rewardId: $id) { nodes { title } }
  pointsStatement(communityId: $communityId, first: 1) { nodes { kind sentence } }
}"""

REPORT = """mutation Report($input: ProjectReportInput!) {
  projectReport(input: $input) { projectReport { title text } errors { code message path } }
}"""
