"""GraphQL operations of the story about rewards."""

from __future__ import annotations

from community.demo.operations import write_mutation

CREATE_POINT = write_mutation("pickUpPointCreate", "pickUpPoint { id name openingHours }")
APPOINT_HELPER = write_mutation(
    "pickUpHelperAppoint",
    "pickUpHelper { member { person { nickname } } pickUpPoint { name } }",
)
CREATE_REWARD = write_mutation("rewardCreate", "reward { id state version }")
PUBLISH_REWARD = write_mutation("rewardPublish", "reward { state total left }")
REWARDS = """query Rewards($communityId: ID!) {
  rewards(communityId: $communityId) {
    nodes { title price total left viewerRefusal { code message min max actual } }
  }
}"""
RESERVE = write_mutation("redemptionReserve", "redemption { id state price verificationCode { code qrText } }")
REDEMPTION_BY_CODE = """query RedemptionByCode($communityId: ID!, $code: String!) {
  redemptionByCode(communityId: $communityId, code: $code) {
    reward { title } member { person { nickname } } openQuantity
  }
}"""
VERIFY = write_mutation("redemptionVerify", "redemption { id state fulfilledQuantity }")
CANCEL = write_mutation("redemptionCancel", "redemption { state cancelledQuantity }")
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
CREATE_SLOT = write_mutation("slotCreate", "slot { id startsAt capacity left }")
MY_APPOINTMENTS = """query MyAppointments($communityId: ID!) {
  myRedemptions(communityId: $communityId, first: 1) { nodes { state canStillCancel slot { startsAt left } } }
}"""
NAME_REVIEW = write_mutation("trialReviewName", "redemption { promise { state } }")
PROJECT = """query Project($id: ID!, $communityId: ID!) {
  reward(id: $id) { projectState total left }
  projectContributors(rewardId: $id) { nodes { member { person { nickname } } } }
  projectReports(rewardId: $id) { nodes { title } }
  pointsStatement(communityId: $communityId, first: 1) { nodes { kind sentence } }
}"""
REPORT = write_mutation("projectReport", "projectReport { title text }")
