"""GraphQL operations of the story about the search, screening, reports, appeals and comments."""

from __future__ import annotations

from community.demo.operations import write_mutation

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
TOPIC_OPEN = write_mutation("topicOpen", "topic { id tag }")
FAVOURITE = write_mutation("submissionFavourite", "submission { id viewerHasFavourited }")
FAVOURITES_AND_TOPICS = """query FavouritesAndTopics($communityId: ID!) {
  myFavourites(communityId: $communityId) { nodes { submission { published { title } } } }
  topics(communityId: $communityId) { nodes { tag contributionCount authorCount } }
  popularTags(communityId: $communityId) { tag count }
}"""
PUBLISH_WORD_LIST = write_mutation("wordListPublish", "wordList { version wordCount }")
CLAIM = write_mutation("caseClaim", "reviewCase { version claim { claimedBy { person { nickname } } claimedUntil } }")
REPORT = write_mutation("submissionReport", "report { state }")
UPHOLD = write_mutation("reportUphold", "reviewCase { state }")
OUTCOME = """query Outcome($communityId: ID!) {
  mySubmissions(communityId: $communityId, first: 1) { nodes { state note removal { id keptUntil } } }
  pointsStatement(communityId: $communityId, first: 1) { nodes { kind amount } }
  notices(communityId: $communityId) { nodes { kind text } }
}"""
ALLOW_TRUST = write_mutation("communityEdit", "community { trustedAuthorsPublish }")
GIVE_TRUST = write_mutation("trustGive", "trust { id isInForce }")
TRUSTS = """query Trusts($communityId: ID!) {
  trusts(communityId: $communityId) {
    nodes { reason givenAt member { person { nickname } } givenBy { person { nickname } } }
  }
}"""
END_TRUST = write_mutation("trustEnd", "trust { endCause }")
APPEAL = write_mutation("removalAppeal", "appeal { state }")
ANSWER_APPEAL = write_mutation("appealAnswer", "reviewCase { state appeal { state answer } }")
COMMENT = write_mutation("commentCreate", "comment { id }")
COMMENTS = """query Comments($id: ID!) {
  submission(id: $id) {
    commentCount
    comments(first: 5) { nodes { id state text replies(first: 2) { nodes { text } } hiding { id reason } } }
  }
}"""
HIDE = write_mutation("commentHide", "comment { state }")
APPEAL_HIDING = write_mutation("hidingAppeal", "appeal { state }")
