"""GraphQL operations of the story about the search, screening, reports and appeals."""

from __future__ import annotations

CASES = """query Cases($communityId: ID!, $kinds: [ReviewCaseKind!]!) {
  reviewQueue(communityId: $communityId, kinds: $kinds) {
    nodes {
      id version kind reasons
      submission { published { title } latest { title } }
      reports { category count texts }
      appeal { text }
      pictureFindings {
        kind isEarlier isOwn otherSubmission { published { title } } otherPicture { url(size: SQUARE_200) }
      }
    }
  }
}"""

SEARCH = """query Search($communityId: ID!, $text: String!) {
  search(communityId: $communityId, text: $text) {
    nodes { submission { id } title { text isMatch } excerpt { text isMatch } }
  }
}"""

PUBLISH_WORD_LIST = """mutation PublishWordList($input: WordListPublishInput!) {
  wordListPublish(input: $input) { wordList { version wordCount } errors { code message path } }
}"""

CLAIM = """mutation Claim($input: CaseClaimInput!) {
  caseClaim(input: $input) {
    reviewCase { version claim { claimedBy { person { nickname } } claimedUntil } }
    errors { code message path }
  }
}"""

REPORT = """mutation Report($input: SubmissionReportInput!) {
  submissionReport(input: $input) { report { state } errors { code message path } }
}"""

UPHOLD = """mutation Uphold($input: ReportUpholdInput!) {
  reportUphold(input: $input) { reviewCase { state } errors { code message path } }
}"""

OUTCOME = """query Outcome($communityId: ID!) {
  mySubmissions(communityId: $communityId, first: 1) { nodes { state note removal { id keptUntil } } }
  pointsStatement(communityId: $communityId, first: 1) { nodes { kind amount } }
  notices(communityId: $communityId) { nodes { kind text } }
}"""

APPEAL = """mutation Appeal($input: RemovalAppealInput!) {
  removalAppeal(input: $input) { appeal { state } errors { code message path } }
}"""

ANSWER_APPEAL = """mutation AnswerAppeal($input: AppealAnswerInput!) {
  appealAnswer(input: $input) { reviewCase { state appeal { state answer } } errors { code message path } }
}"""
