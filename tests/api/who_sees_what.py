"""The table of fields: who sees the value of each field of each type.

Every type that a root field or `node` leads to has a row, and the row has every field. A new field without an audience
fails the suite. The things belong to an author, and the table says who else sees them. A value without an id belongs to
the thing or root field above it. A row such as `Revision unsent` is about things that fewer people see than others of
their type. Its audience is that of all their fields.

What only a mutation leads to is sent to its caller alone, once. Each of these fields is named too, in `ANSWERS`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """The callers who see a value: in a community that is open to everyone, and in a closed one."""

    public: frozenset[str]
    closed: frozenset[str]


def _audience(public: str, closed: str | None = None) -> Audience:
    return Audience(frozenset(public.split()), frozenset((public if closed is None else closed).split()))


INSIDE = "owner author member leader"
OUTSIDE = "elsewhere former stranger guest service"
EVERYONE = _audience(f"{INSIDE} {OUTSIDE} suspended")
PERSONS = _audience(f"{INSIDE} elsewhere former stranger")
READERS = _audience(f"{INSIDE} {OUTSIDE}", INSIDE)
# A former member finds the community of the own membership and submissions, without its texts.
VISITORS = _audience(f"{INSIDE} {OUTSIDE}", f"{INSIDE} former")
MEMBERS = _audience(INSIDE)
INSIDERS = _audience("owner leader")
LEADERS = _audience("leader")
OWNER = _audience("owner")
RANKED = _audience("owner member")
UNRANKED = _audience("leader former", "leader")

TABLE: dict[str, dict[Audience, str]] = {
    # people
    "Person": {READERS: "id nickname avatar", OWNER: "language memberships"},
    "Account": {OWNER: "person bornOn phone guardian dependants platforms"},
    "Phone": {OWNER: "masked boundAt"},
    "LinkedPlatform": {OWNER: "id platform linkedAt"},
    "Session": {OWNER: "id platform device createdAt refreshedAt expiresAt current"},
    "ConsentDocument": {EVERYONE: "id purpose version title text renews publishedAt"},
    "Consent": {OWNER: "purpose document givenAt withdrawnAt"},
    "DataExport": {OWNER: "id state requestedAt expiresAt sizeBytes downloadPath downloadExpiresAt"},
    "Erasure": {OWNER: "content requestedAt dueAt cancelledAt"},
    # communities
    "Community": {
        VISITORS: "id version createdAt name timeZone visibility joining viewerCanEdit viewerCanInvite"
        " newcomerCommentPauseSeconds trustedAuthorsPublish quietFromHour quietUntilHour",
        READERS: "description announcement rules",
        MEMBERS: "viewerMembership",
        LEADERS: "reasonTemplates twoPersonKinds",
    },
    "CommunityChange": {LEADERS: "version createdAt changes changedBy"},
    "FieldChange": {LEADERS: "field value"},
    "Member": {
        READERS: "id community person roles level publishedSubmissions viewerCanChangeRoles viewerCanAdjustPoints"
        " viewerCanSanction viewerCanBlock viewerHasBlocked honours badges credentials viewerCanTrust",
        MEMBERS: "joinedAt leftAt",
        INSIDERS: "points sanctions trust",
        OWNER: "unread mutedNotices messageQuotas",
        LEADERS: "record",
    },
    "MemberBlock": {OWNER: "member createdAt"},
    "MemberRecord": {LEADERS: "published waiting returned rejected removed refusals sanctions upheldReports"},
    "Member hidden": {MEMBERS: ""},
    "Person hidden": {MEMBERS: ""},
    "MessageQuota": {OWNER: "topic template remaining"},
    "UnreadNotices": {OWNER: "kind count"},
    "Notice": {OWNER: "id kind createdAt readAt text figures"},
    "NoticeFigure": {OWNER: "name value"},
    "Sanction": {
        INSIDERS: "id kind reason startsAt endsAt isInForce liftedAt liftReason member givenBy liftedBy viewerCanLift"
        " viewerCanAppeal"
    },
    "Trust": {INSIDERS: "id reason givenAt endedAt endCause isInForce member givenBy endedBy viewerCanEnd"},
    "Invitation": {LEADERS: "id code role expiresAt mostUses uses createdAt endedAt createdBy"},
    "InvitationSummary": {PERSONS: "communityName communityDescription role expiresAt"},
    "ServiceToken": {
        LEADERS: "id name scopes state madeBy createdAt approvedBy approvedAt expiresAt lastUsedAt revokedAt"
    },
    "AuditEvent": {LEADERS: "id action actor member createdAt endorsementState"},
    # submissions and their review
    "Submission": {
        READERS: "id kind version state author community published publishedAt cover recommended isPublic likeCount"
        " likedByMe createdAt updatedAt viewerCanEdit viewerCanSubmit viewerCanWithdraw viewerCanMakePublic"
        " viewerCanRemove viewerCanLike viewerHasFavourited viewCount viewerCanReport"
        " commentCount comments commentsClosed commentsCloseReason viewerCanComment endorsements",
        INSIDERS: "latest note decision publishedFor removal block",
        OWNER: "favouriteCount shareCount events",
    },
    "SubmissionEvent": {OWNER: "action createdAt by"},
    "Favourite": {OWNER: "submissionId submission createdAt"},
    "SubmissionBlock": {INSIDERS: "id blockedAt findings appeal viewerCanAppeal"},
    "SubmissionBlockFinding": {INSIDERS: "check reason message part words picture"},
    "Event": {
        READERS: "id kind state version title text conditions formula frozenParts opensAt votingAt judgingAt closesAt"
        " createdAt endedAt community viewerCanManage viewerCanEnter entryCount results placesLeft waitingCount"
        " absentCount drawCommitment",
        MEMBERS: "viewerVotesLeft questions jurors",
        LEADERS: "attendanceCode openPrizeCount",
    },
    "EventConditions": {
        READERS: "submissionKinds entriesPerMember minPixels capturedFrom capturedUntil onlyNew entrantSince voterSince"
        " votesPerDay votesInTotal goldPrizes silverPrizes bronzePrizes drawnPrizes drawnValue capacity startsAt"
        " needsSubmission makeUpDays tries paidAnswers juryCriteria juryWeight juryQuorum badgeTiers goldReward"
        " silverReward bronzeReward drawnReward",
    },
    "ContentCalendarDay": {READERS: "occasion kind name day lunarMonth lunarDay templates"},
    "EventPlanned": {READERS: "template kind title text conditions opensAt votingAt judgingAt closesAt"},
    "EventResult": {READERS: "id number document sha256 createdAt"},
    "EventEntry": {
        MEMBERS: "id state votes score place createdAt event member submission prize viewerVoted viewerCanWithdraw",
        OWNER: "viewerPoints",
        INSIDERS: "endedAt reason attendedAt waitingPosition checkIns prizeRedemption",
        LEADERS: "isUndated isEdited pickedTier",
    },
    "EventBadge": {READERS: "tier createdAt", MEMBERS: "event"},
    "CheckInProgress": {INSIDERS: "days streak longestStreak makeUpDaysLeft"},
    "EventQuestion": {MEMBERS: "id number text options answers rightCount viewerTriesLeft viewerIsRight"},
    "EventAnswer": {OWNER: "id number isRight rank createdAt question"},
    "EventEntry ended": {INSIDERS: ""},
    "EventEntry signed": {INSIDERS: ""},
    "EntryCheck": {OWNER: "condition isFlagged refusal"},
    "EventJuror": {MEMBERS: "id createdAt droppedAt member scoredCount viewerCanDrop"},
    "VoteFinding": {LEADERS: "sign entry members"},
    "Topic": {
        READERS: "id tag description version startsAt endsAt hasEnded createdAt community viewerCanManage picture"
        " contributionCount authorCount",
    },
    "Announcement": {
        MEMBERS: "id text sendAt sentAt createdAt community writtenBy viewerCanCancel",
        LEADERS: "cancelledAt",
    },
    "Credential": {
        READERS: "id profession kinds tags issuer state isCurrent version appliedAt decidedAt expiresAt member",
        OWNER: "reason",
    },
    "Credential refused": {OWNER: ""},
    "Endorsement": {
        READERS: "id capacity note noteState state givenAt renewedAt viewerCanWithdraw viewerCanHideNote"
        " viewerCanReportNote expert revision submission",
        INSIDERS: "noteReason withdrawnAt withdrawReason",
    },
    "Endorsement withdrawn": {INSIDERS: ""},
    "PopularTag": {READERS: "tag count"},
    "SubmissionRemoval": {INSIDERS: "id removedAt keptUntil restoredAt viewerCanRestore viewerCanAppeal"},
    "Submission sent": {INSIDERS: ""},
    "Submission unsent": {OWNER: ""},
    "SubmissionStateCount": {OWNER: "state count"},
    "SearchHit": {READERS: "submission comment title excerpt"},
    "TextPart": {READERS: "text isMatch"},
    "Revision": {READERS: "id number title text excerpt tags productRef media createdAt"},
    "Revision sent": {INSIDERS: ""},
    "Revision unsent": {OWNER: ""},
    "Media": {
        READERS: "id state width height placeholder colour altText url createdAt",
        OWNER: "refusal reason pollAfterMs",
    },
    "Media sent": {INSIDERS: ""},
    "Media unsent": {OWNER: ""},
    "WordList": {LEADERS: "id version wordCount exceptionCount words exceptions createdAt"},
    "ListedWord": {LEADERS: "word level category bySound byInitials"},
    "ScreeningPreview": {LEADERS: "text verdict publicText findings"},
    "ScreeningFinding": {LEADERS: "level reason message field start end category"},
    "Screening": {LEADERS: "state verdict startedAt doneAt findings"},
    "ReviewCase": {
        LEADERS: "id state version community submission revision author decision decidedBy openedAt dueAt closedAt"
        " kind urgency reasons solveDueAt answeredAt"
        " viewerCanDecide viewerCanApprove pictureFindings screening complaint"
        " comment endorsement appeal reports claim escalatedAt escalatedBy escalationNote history opinions"
        " awaitsSecondLeader"
    },
    "Comment": {
        READERS: "id state author community submission parent text picture mentions createdAt editedAt likeCount"
        " likedByMe replyCount replies viewerCanEdit viewerCanDelete viewerCanLike viewerCanHide"
        " viewerCanRestore viewerCanReport",
        INSIDERS: "note hiding pendingText revisions",
    },
    "CommentHiding": {INSIDERS: "id reason hiddenAt restoredAt hiddenBy viewerCanAppeal"},
    "CommentRevision": {INSIDERS: "number text createdAt"},
    "Complaint": {
        INSIDERS: "id openedAt solvedAt reopenedAt member redemption reward pickUpPoint messages media dueAt solveDueAt"
        " answeredAt viewerCanReopen"
    },
    "ComplaintMessage": {INSIDERS: "kind text createdAt author"},
    "ReviewLeaderFigures": {
        LEADERS: "leader decided approved returned rejected overturned overturnedActions opinions medianS"
        " medianFromClaimS authenticity usefulness resonance"
    },
    "ReviewCriterionFigures": {LEADERS: "mean spread"},
    "ReviewOpinion": {LEADERS: "scores recommended givenAt givenBy"},
    "ReviewHistoryEntry": {
        LEADERS: "kind happenedAt member to reviewCase revision screening decision appeal removal category text"
    },
    "ReviewCase withdrawn": {LEADERS: ""},
    "ReviewClaim": {LEADERS: "claimedBy claimedUntil"},
    "ReasonTemplates": {LEADERS: "version templates"},
    "ReasonTemplate": {LEADERS: "id kind text uses createdAt deletedAt writtenBy"},
    "ReviewCounts": {
        LEADERS: "total mine unclaimed overdue escalated urgent awaitsSecond revisions reports appeals complaints"
        " comments endorsements reasons"
    },
    "ReviewReasonCount": {LEADERS: "reason count"},
    "ReviewPictureFinding": {LEADERS: "kind isOwn isEarlier isBlocked picture otherPicture otherSubmission"},
    "ReviewDecision": {INSIDERS: "id verdict reason recommended scores decidedAt viewerCanAppeal"},
    "ReviewReportGroup": {LEADERS: "category count texts"},
    "Appeal": {INSIDERS: "id about text state answer createdAt answeredAt"},
    "Report": {OWNER: "id category text state createdAt answeredAt submission comment endorsement"},
    "ReviewScores": {INSIDERS: "authenticity usefulness resonance"},
    # rewards
    "Reward": {
        READERS: "id kind state version title text price opensAt closesAt minLevel maxPerPerson maxPerPeriod period"
        " collectDays cancelHours needsPreparation reviewDays createdAt updatedAt publishedAt community media total"
        " left viewerCanManage pickUpPoints projectState",
        MEMBERS: "viewerRefusal",
        LEADERS: "lowStockAt couponCodes",
    },
    "CouponCodeCounts": {LEADERS: "free taken shown voided"},
    "Reward draft": {LEADERS: ""},
    "MutationError": {MEMBERS: "code message path retryAt min max actual"},
    "Redemption": {
        INSIDERS: "id kind state quantity fulfilledQuantity cancelledQuantity openQuantity price isNamed isPrize"
        " cancellableUntil expiresAt createdAt confirmedAt endedAt reward member events canStillCancel pickUpPoint"
        " promise slot",
        OWNER: "verificationCode",
    },
    "TrialPromise": {INSIDERS: "state dueAt resolvedAt"},
    "ProjectContributor": {MEMBERS: "member"},
    "ProjectReport": {READERS: "id title text createdAt media"},
    "RedemptionEvent": {INSIDERS: "kind quantity reason createdAt actor pickUpPoint"},
    "VerificationCode": {OWNER: "code qrText qrSvg qrPng"},
    "ServiceSlot": {READERS: "id version startsAt endsAt cancelledAt createdAt reward capacity left"},
    "RedemptionCount": {LEADERS: "state count quantity"},
    # points
    "PointsAccount": {INSIDERS: "balance held debt growthValue level nextLevelFrom"},
    "PointsEnding": {INSIDERS: "points endsAt"},
    "PointsHold": {OWNER: "id state amount captured movement createdAt expiresAt resolvedAt"},
    "PointsMovement": {INSIDERS: "id kind amount createdAt"},
    "StatementLine": {
        INSIDERS: "id kind amount balance debt about movement explanation reason cause service sentence createdAt"
    },
    "PointsCause": {INSIDERS: "submission", OWNER: "reference"},
    "Explanation": {INSIDERS: "rule version setBy inputs"},
    "ExplanationInput": {INSIDERS: "name value"},
    "Adjustment": {LEADERS: "id member amount reason state requestedBy decidedBy createdAt decidedAt"},
    # Each member gets the own figures.
    "EarningRule": {
        MEMBERS: "trigger version setBy definition seasonPercent earned room notNowBecause until",
    },
    "EarnedSoFar": {MEMBERS: "day week month lifetime"},
    "EarningRuleEdition": {MEMBERS: "id trigger version setBy definition effectiveFrom endedAt createdAt"},
    "EarningRuleDefinition": {MEMBERS: "amount byKind byScores caps needs streaks enabled"},
    "EarningCaps": {MEMBERS: "day week month lifetime"},
    "EarningNeeds": {MEMBERS: "memberDays approvedSubmissions level"},
    "AmountOfKind": {MEMBERS: "kind amount"},
    "StreakBonus": {MEMBERS: "days bonus"},
    "Season": {MEMBERS: "id name percent triggers setBy startsAt endsAt cancelledAt"},
    # rewards
    "PickUpPoint": {READERS: "id version name address openingHours createdAt updatedAt closedAt", LEADERS: "helpers"},
    "PickUpHelper": {INSIDERS: "id member appointedBy pickUpPoint appointedAt endedAt"},
    "Leaderboard": {
        READERS: "board period startsAt endsAt closedAt asOf entries",
        UNRANKED: "exclusion exclusionText",
        RANKED: "mine neighbours",
    },
    "LeaderboardEntry": {READERS: "rank score member"},
    "LeaderboardDeclaration": {
        EVERYONE: "board countsText tables periods exclusions exclusionTexts tie tieText",
    },
    "Honour": {READERS: "kind rank startsAt endsAt grantedAt"},
}
# Fields without a value in the gallery. Their audience is declared, and no test has seen it.
WITHOUT_VALUE = {
    "Leaderboard.closedAt", "AuditEvent.endorsementState", "Announcement.cancelledAt",
    "Erasure.cancelledAt", "EarningRule.until", "EarningRuleEdition.endedAt", "PickUpHelper.endedAt",
    "PickUpPoint.closedAt", "PointsCause.reference", "ServiceToken.lastUsedAt",
    "MutationError.retryAt", "MutationError.max", "MutationError.path", "ServiceSlot.cancelledAt",
}  # fmt: skip

# Fields that only the caller of a mutation gets. A thing with an id that such a field leads to has its row above.
ANSWERS = {
    # secrets of the caller
    "AccessToken": "token expiresAt",
    "RefreshToken": "token expiresAt",
    "LoginPayload": "accessToken refreshToken person",
    "SessionRefreshPayload": "accessToken refreshToken",
    "GuardianCode": "code expiresAt",
    "GuardianAskPayload": "guardianCode",
    "ServiceTokenCreatePayload": "serviceToken secret",
    # figures and data of the caller
    "CouponImportPayload": "added faultyLines",
    "CouponFaultyLine": "line fault message",
    "CouponShowPayload": "redemption codes",
    "PhoneBindPayload": "masked",
    "PhoneUnbindPayload": "bound",
    "PlatformSessionCheckPayload": "good",
    "PlatformLinkPayload": "platform",
    "PlatformUnlinkPayload": "removedId",
    "SessionEndPayload": "endedSessionId",
    "SessionEndAllPayload": "ended",
    "ConsentGivePayload": "consent",
    "ConsentWithdrawPayload": "purpose",
    "GuardianConfirmPayload": "dependants",
    "GuardianRevokePayload": "dependants",
    "NoticesReadPayload": "unread",
    "CheckInPayload": "day streak isNew earning",
    "ErasureCancelPayload": "erasure",
    "ErasureRequestPayload": "erasure",
    # figures of a member, for the service that reports or charges
    "Earning": "points until notEarnedBecause",
    "Interaction": "takenBack reference isNew earning",
    "InteractionAnswer": "reference interaction errors",
    "InteractionReportPayload": "interaction",
    "InteractionsReportPayload": "answers",
    "CaseDecideAnswer": "reviewCase errors",
    "CaseDecideManyPayload": "answers",
    "PointsSpendPayload": "movement balance",
    "PointsRefundPayload": "movement balance",
}


def list_audiences() -> dict[tuple[str, str], Audience]:
    """Return the audience of each field by type and field."""
    return {(kind, name): who for kind, row in TABLE.items() for who, names in row.items() for name in names.split()}
