// Written by generate.mjs. Do not edit it.
import type { Operation } from './client'

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
export type CheckInInput = {
  communityId: string;
};

export type CommentCreateInput = {
  idempotencyKey: string;
  mediaId?: string | null | undefined;
  mentionIds?: Array<string>;
  parentId?: string | null | undefined;
  submissionId: string;
  text: string;
};

export type CommentDeleteInput = {
  commentId: string;
  idempotencyKey: string;
};

export type CommentEditInput = {
  commentId: string;
  idempotencyKey: string;
  mediaId?: string | null | undefined;
  mentionIds?: Array<string>;
  text: string;
};

export type CommentLikeInput = {
  commentId: string;
};

export type CommentOrder =
  | 'MOST_LIKED'
  | 'NEWEST'
  | 'OLDEST';

export type CommentReportInput = {
  category: ReportCategory;
  commentId: string;
  idempotencyKey: string;
  text?: string | null | undefined;
};

export type CommentState =
  | 'DELETED'
  | 'HIDDEN'
  | 'PUBLISHED'
  | 'REFUSED'
  | 'WAITING';

export type CommunityJoinInput = {
  communityId?: string | null | undefined;
  invitationCode?: string | null | undefined;
};

export type ConsentGiveInput = {
  documentId: string;
};

export type ConsentPurpose =
  | 'LEADERBOARDS'
  | 'NOTICES'
  | 'PUBLICATION'
  | 'SERVICE';

export type EarningTrigger =
  | 'CHECK_IN'
  | 'COMMENT'
  | 'ENDORSEMENT_GIVEN'
  | 'ENDORSEMENT_RECEIVED'
  | 'EVENT_PARTICIPATION'
  | 'EVENT_PRIZE'
  | 'INTERACTION'
  | 'INVITATION'
  | 'PICK_UP'
  | 'PURCHASE'
  | 'REVIEW_DONE'
  | 'SUBMISSION_APPROVED'
  | 'SUBMISSION_RECOMMENDED';

export type EndorsementNoteReportInput = {
  category: ReportCategory;
  endorsementId: string;
  idempotencyKey: string;
  text?: string | null | undefined;
};

export type EntryAttendInput = {
  code: string;
  entryId: string;
  idempotencyKey: string;
};

export type EntryCondition =
  | 'CAPTURED'
  | 'KIND'
  | 'MEMBERSHIP'
  | 'NEW'
  | 'NUMBER'
  | 'PUBLISHED'
  | 'SIZE';

export type EntryCreateInput = {
  eventId: string;
  idempotencyKey: string;
  submissionId?: string | null | undefined;
};

export type EntryState =
  | 'DISQUALIFIED'
  | 'ENTERED'
  | 'WAITING'
  | 'WITHDRAWN';

export type EntryVoteInput = {
  entryId: string;
};

export type EntryWithdrawInput = {
  entryId: string;
  idempotencyKey: string;
};

export type ErrorCode =
  | 'ADJUSTMENT_DECIDED'
  | 'ALREADY_ENDORSED'
  | 'ALREADY_REPORTED'
  | 'APPEAL_NOT_POSSIBLE'
  | 'ATTENDANCE_CODE_INVALID'
  | 'AUTHORS_ONLY'
  | 'AUTHOR_DISAGREES'
  | 'AUTHOR_SUSPENDED'
  | 'BANNED'
  | 'CANNOT_DECIDE'
  | 'CASE_CLAIMED'
  | 'CASE_ESCALATED'
  | 'CASE_EXCLUDED'
  | 'COMMENT_REPEATED'
  | 'COMMENT_STATE_FORBIDS'
  | 'COMMENT_TOO_SOON'
  | 'COMPLAINT_OVER'
  | 'CONSENT_MISSING'
  | 'CREDENTIAL_NOT_CURRENT'
  | 'EDIT_PERIOD_OVER'
  | 'ENTRY_STATE_FORBIDS'
  | 'ENTRY_UNFIT'
  | 'ERASURE_STANDING'
  | 'EVENT_FROZEN'
  | 'EVENT_STATE_FORBIDS'
  | 'FORBIDDEN'
  | 'GUARDIAN_CODE_INVALID'
  | 'GUARDIAN_NEEDED'
  | 'GUARDIAN_UNSUITABLE'
  | 'HOLD_RESOLVED'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDENTITY_TAKEN'
  | 'INSUFFICIENT_POINTS'
  | 'INVALID_CURSOR'
  | 'INVALID_INPUT'
  | 'INVITATION_INVALID'
  | 'IN_DEBT'
  | 'LAST_IDENTITY'
  | 'LAST_LEADER'
  | 'LEADERS_ONLY'
  | 'LEADER_CAN_DECIDE'
  | 'LEADER_NOT_BLOCKED'
  | 'LEADER_PROTECTED'
  | 'LEVEL_TOO_LOW'
  | 'LIMIT_REACHED'
  | 'LOGIN_BLOCKED'
  | 'LOGIN_CODE_INVALID'
  | 'MEDIA_REFUSED'
  | 'MEMBER_SANCTIONED'
  | 'MUTED'
  | 'NOTHING_TO_UNDO'
  | 'NOT_A_MEMBER'
  | 'NOT_ELIGIBLE'
  | 'NOT_FOUND'
  | 'NO_ERASURE_STANDING'
  | 'NO_JURY'
  | 'NO_VOTES_LEFT'
  | 'OTHER_PICK_UP_POINT'
  | 'OUTSIDE_CREDENTIAL'
  | 'OUT_OF_SCOPE'
  | 'OWN_ACCOUNT'
  | 'OWN_CASE'
  | 'OWN_CONTENT'
  | 'OWN_ENTRY'
  | 'OWN_OPINION'
  | 'OWN_QUESTION'
  | 'OWN_REDEMPTION'
  | 'OWN_SUBMISSION'
  | 'OWN_THING'
  | 'OWN_TOKEN'
  | 'PICK_UP_POINT_CLOSED'
  | 'PLATFORM_BUSY'
  | 'PLATFORM_LINKED'
  | 'PLATFORM_UNAVAILABLE'
  | 'PROJECT_FUNDED'
  | 'PROOF_INVALID'
  | 'REDEMPTION_STATE_FORBIDS'
  | 'REFUND_TOO_LARGE'
  | 'REFUSED'
  | 'REMOVAL_FINAL'
  | 'REMOVED'
  | 'REWARD_NOT_OPEN'
  | 'REWARD_STATE_FORBIDS'
  | 'SANCTION_OVER'
  | 'SEASONS_USED_UP'
  | 'SECOND_LEADER_MISSING'
  | 'SERVICES_ONLY'
  | 'SESSION_ENDED'
  | 'SLOT_CLOSED'
  | 'SLOT_OVERLAPS'
  | 'SOLD_OUT'
  | 'SOURCE_REUSED'
  | 'STALE_VERSION'
  | 'STATE_FORBIDS'
  | 'STORAGE_FULL'
  | 'TEXT_BLOCKED'
  | 'THREAD_CLOSED'
  | 'TOO_LATE_TO_CANCEL'
  | 'TOO_MANY_ATTEMPTS'
  | 'TOO_MANY_AT_ONCE'
  | 'TOO_MANY_CALLS'
  | 'TOO_MANY_HELPERS'
  | 'TOO_MANY_PICK_UP_POINTS'
  | 'TOO_MANY_SLOTS'
  | 'TOO_MANY_TODAY'
  | 'TOO_MANY_UPLOADS'
  | 'TOPIC_EXISTS'
  | 'TRIAL_PROMISE_BROKEN'
  | 'TRIAL_PROMISE_OPEN'
  | 'TRUST_NOT_POSSIBLE'
  | 'TRUST_OVER'
  | 'TRY_AGAIN'
  | 'UNAUTHENTICATED'
  | 'UNDO_TOO_LATE'
  | 'UPLOAD_EMPTY'
  | 'UPLOAD_TOO_LARGE'
  | 'VERIFICATION_CODE_INVALID'
  | 'VERIFICATION_CODE_USED'
  | 'VERIFIERS_ONLY';

export type EventCheckInInput = {
  day?: string | null | undefined;
  eventId: string;
  idempotencyKey: string;
  submissionId?: string | null | undefined;
};

export type EventFormula =
  | 'ATTENDED'
  | 'DAYS'
  | 'PICKED'
  | 'RIGHT'
  | 'VOTES'
  | 'VOTES_AND_JURY';

export type EventKind =
  | 'ACTIVITY'
  | 'CHECK_IN_CHALLENGE'
  | 'PHOTO_CONTEST'
  | 'RIDDLES'
  | 'STORY_CALL';

export type EventState =
  | 'ANNOUNCED'
  | 'CANCELLED'
  | 'CLOSED'
  | 'DRAFT'
  | 'JUDGING'
  | 'OPEN'
  | 'VOTING';

export type FeedOrder =
  | 'MOST_LIKED_THIS_WEEK'
  | 'NEWEST'
  | 'RECOMMENDED_FIRST';

export type GuardianState =
  | 'CONFIRMED'
  | 'NEEDED'
  | 'NOT_NEEDED';

export type Joining =
  | 'INVITATION'
  | 'OPEN';

export type JournalEntryKind =
  | 'ADJUSTMENT'
  | 'AWARD'
  | 'CAPTURE'
  | 'CLAW_BACK'
  | 'EXPIRY'
  | 'HOLD'
  | 'REFUND'
  | 'RELEASE'
  | 'REPAYMENT'
  | 'RESTORATION'
  | 'SPEND';

export type Language =
  | 'EN'
  | 'ZH';

export type LeaderboardExclusion =
  | 'CONSENT_MISSING'
  | 'ERASED'
  | 'FORMER_MEMBER'
  | 'GUARDIAN_MISSING'
  | 'LEADER'
  | 'SUSPENDED';

export type LeaderboardKind =
  | 'CONTESTS'
  | 'ENDORSEMENTS_GIVEN'
  | 'LIKES'
  | 'POINTS'
  | 'PUBLISHED'
  | 'REVIEWS';

export type LeaderboardPeriod =
  | 'DAY'
  | 'EVER'
  | 'MONTH'
  | 'WEEK'
  | 'YEAR';

export type LoginInput = {
  code: string;
  device?: string | null | undefined;
  nickname?: string | null | undefined;
  platform: Platform;
};

export type MediaState =
  | 'PROCESSING'
  | 'READY'
  | 'RECEIVING'
  | 'REFUSED'
  | 'REMOVED';

export type NotEarnedBecause =
  | 'CAP_REACHED'
  | 'NOTHING_TO_PAY'
  | 'NOT_INVITED'
  | 'NOT_YET_ELIGIBLE'
  | 'PAID_LATER'
  | 'RETURNED'
  | 'RULE_OFF';

export type NoticeKind =
  | 'ACCOUNT_LOGIN'
  | 'ANNOUNCEMENT'
  | 'APPEAL_DENIED'
  | 'APPEAL_ENDED'
  | 'APPEAL_GRANTED'
  | 'CASE_AWAITS_SECOND'
  | 'CASE_ESCALATED'
  | 'CASE_HANDED_OVER'
  | 'CASE_UNANSWERED'
  | 'CASE_UNSOLVED'
  | 'COMMENTED'
  | 'COMMENT_HIDDEN'
  | 'COMMENT_MENTION'
  | 'COMMENT_PUBLISHED'
  | 'COMMENT_REFUSED'
  | 'COMMENT_RESTORED'
  | 'COMPLAINT_REPLY'
  | 'COMPLAINT_SOLVED'
  | 'CREDENTIAL_EXPIRED'
  | 'CREDENTIAL_EXPIRING'
  | 'CREDENTIAL_REFUSED'
  | 'CREDENTIAL_SUSPENDED'
  | 'CREDENTIAL_VERIFIED'
  | 'CREDENTIAL_WITHDRAWN'
  | 'ENDORSEMENT_LAPSED'
  | 'ENDORSEMENT_NOTE_REFUSED'
  | 'ENDORSEMENT_NOTE_SHOWN'
  | 'ENDORSEMENT_RECEIVED'
  | 'ENDORSEMENT_REQUESTED'
  | 'ENTRY_DISQUALIFIED'
  | 'ENTRY_REINSTATED'
  | 'ERASURE_REQUESTED'
  | 'EVENT_CANCELLED'
  | 'EVENT_CLOSING'
  | 'EVENT_OPEN'
  | 'EVENT_PLACE'
  | 'EVENT_PRIZE'
  | 'EVENT_RESULT'
  | 'EXPORT_REQUESTED'
  | 'HONOUR_GRANTED'
  | 'LIKED'
  | 'LOGIN_LINKED'
  | 'LOGIN_UNLINKED'
  | 'NICKNAME_IMITATED'
  | 'NICKNAME_OF_LEADER'
  | 'NICKNAME_REPLACED'
  | 'PHONE_CHANGED'
  | 'POINTS_ADJUSTED'
  | 'POINTS_CLAWED_BACK'
  | 'POINTS_EXPIRED'
  | 'POINTS_EXPIRING'
  | 'POINTS_RESTORED'
  | 'PRIZE_KEPT'
  | 'PRIZE_OPEN'
  | 'PROJECT_FAILED'
  | 'PROJECT_FUNDED'
  | 'PROJECT_REPORTED'
  | 'REDEMPTION_CANCELLED'
  | 'REDEMPTION_EXPIRED'
  | 'REDEMPTION_EXPIRING'
  | 'REDEMPTION_MISSED'
  | 'REDEMPTION_READY'
  | 'REDEMPTION_REFUNDED'
  | 'REDEMPTION_RESERVED'
  | 'REPORT_ANSWERED'
  | 'REPORT_DISMISSED'
  | 'REPORT_ENDED'
  | 'REPORT_UPHELD'
  | 'REWARD_LOW_STOCK'
  | 'SANCTION_ENDED'
  | 'SANCTION_LIFTED'
  | 'SANCTION_MUTE'
  | 'SANCTION_REMOVAL'
  | 'SANCTION_WARNING'
  | 'SESSION_REUSED'
  | 'SUBMISSION_AHEAD'
  | 'SUBMISSION_APPROVED'
  | 'SUBMISSION_BLOCKED'
  | 'SUBMISSION_RECOMMENDED'
  | 'SUBMISSION_REJECTED'
  | 'SUBMISSION_REMOVED'
  | 'SUBMISSION_RESTORED'
  | 'SUBMISSION_RETURNED'
  | 'TRIAL_BROKEN'
  | 'TRIAL_DUE'
  | 'TRIAL_PROMISED'
  | 'TRUST_ENDED'
  | 'TRUST_GIVEN';

export type NoticesReadInput = {
  communityId: string;
  upTo: string;
};

export type PersonEditInput = {
  bornOn?: string | null | undefined;
  language?: Language | null | undefined;
  nickname?: string | null | undefined;
};

export type PersonSetAvatarInput = {
  mediaId?: string | null | undefined;
};

export type Platform =
  | 'ALIPAY'
  | 'DEVELOPMENT'
  | 'DOUYIN'
  | 'WECHAT';

export type PointsFigureName =
  | 'AUTHENTICITY'
  | 'AWARDED'
  | 'BASE'
  | 'BECAUSE'
  | 'BECOMES_DEBT'
  | 'BEFORE_CAP'
  | 'CAPTURED'
  | 'DEBT_LEFT'
  | 'ENDED_AT'
  | 'ENDED_BEFORE'
  | 'FROZEN'
  | 'KIND'
  | 'REFERENCE'
  | 'RESONANCE'
  | 'SEASON_PERCENT'
  | 'STREAK'
  | 'STREAK_BONUS'
  | 'USEFULNESS';

export type PrizeTier =
  | 'BRONZE'
  | 'DRAWN'
  | 'GOLD'
  | 'SILVER';

export type QuestionAnswerInput = {
  idempotencyKey: string;
  questionId: string;
  text: string;
};

export type ReportCategory =
  | 'ADVERTISEMENT'
  | 'COPYRIGHT'
  | 'FALSE'
  | 'ILLEGAL'
  | 'OFFENSIVE'
  | 'OTHER'
  | 'PRIVATE_DATA';

export type ReviewCaseState =
  | 'DECIDED'
  | 'OPEN'
  | 'SUPERSEDED';

export type ReviewScoresInput = {
  authenticity: number;
  resonance: number;
  usefulness: number;
};

export type ReviewVerdict =
  | 'APPROVED'
  | 'REJECTED'
  | 'RETURNED';

export type Role =
  | 'EXPERT'
  | 'LEADER';

export type SearchOrder =
  | 'NEWEST'
  | 'TITLE_FIRST';

export type SessionRefreshInput = {
  refreshToken: string;
};

export type ShareChannel =
  | 'CHAT'
  | 'LINK'
  | 'OTHER'
  | 'TIMELINE';

export type SubmissionApproveInput = {
  idempotencyKey: string;
  note?: string | null | undefined;
  recommended?: boolean | null | undefined;
  reviewCaseId: string;
  scores: ReviewScoresInput;
  version: number;
};

export type SubmissionCreateInput = {
  communityId: string;
  content?: SubmissionTextInput | null | undefined;
  draft?: boolean;
  idempotencyKey: string;
  kind: SubmissionKind;
};

export type SubmissionEditInput = {
  content: SubmissionTextInput;
  idempotencyKey: string;
  submissionId: string;
  version: number;
};

export type SubmissionFavouriteInput = {
  submissionId: string;
};

export type SubmissionKind =
  | 'LEADER_PLAYBOOK'
  | 'NEIGHBOURHOOD_STORY'
  | 'PHOTOGRAPH'
  | 'PRODUCT_REVIEW'
  | 'RECIPE'
  | 'USAGE_TIP';

export type SubmissionLikeInput = {
  submissionId: string;
};

export type SubmissionRejectInput = {
  idempotencyKey: string;
  reason: string;
  reviewCaseId: string;
  templateId?: string | null | undefined;
  version: number;
};

export type SubmissionReturnInput = {
  idempotencyKey: string;
  reviewCaseId: string;
  templateId?: string | null | undefined;
  version: number;
  whatToChange: string;
};

export type SubmissionShareInput = {
  channel: ShareChannel;
  submissionId: string;
};

export type SubmissionState =
  | 'DRAFT'
  | 'IN_REVIEW'
  | 'PENDING_SCREENING'
  | 'PUBLISHED'
  | 'REJECTED'
  | 'REMOVED'
  | 'RETURNED'
  | 'WITHDRAWN';

export type SubmissionSubmitInput = {
  idempotencyKey: string;
  submissionId: string;
  version: number;
};

export type SubmissionTextInput = {
  mediaIds?: Array<string>;
  productRef?: string | null | undefined;
  tags?: Array<string>;
  text?: string;
  title?: string;
};

export type SubmissionWithdrawInput = {
  idempotencyKey: string;
  submissionId: string;
  version: number;
};

export type TrustEnd =
  | 'GIVER'
  | 'LEADER'
  | 'MEMBERSHIP'
  | 'REJECTION'
  | 'REMOVAL'
  | 'REPORT'
  | 'SANCTION';

export type TrustEndInput = {
  idempotencyKey: string;
  trustId: string;
};

export type TrustGiveInput = {
  idempotencyKey: string;
  memberId: string;
  reason: string;
};

export type CommentsQueryVariables = Exact<{
  id: string;
  order?: CommentOrder;
  after?: string | null | undefined;
}>;


export type CommentsQuery = { submission: { id: string, commentCount: number, commentsClosed: boolean, commentsCloseReason: string | null, viewerCanComment: boolean, comments: { nodes: Array<{ replyCount: number, id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, replies: { nodes: Array<{ id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } }, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } } | null };

export type RepliesQueryVariables = Exact<{
  commentId: string;
  after?: string | null | undefined;
}>;


export type RepliesQuery = { node:
    | { id: string, replies: { nodes: Array<{ id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } }
    | Record<PropertyKey, never>
   | null };

export type FindMembersQueryVariables = Exact<{
  communityId: string;
  text: string;
}>;


export type FindMembersQuery = { suggestedMembers: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> | null };

export type SendCommentMutationVariables = Exact<{
  input: CommentCreateInput;
}>;


export type SendCommentMutation = { commentCreate: { comment: { id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type EditCommentMutationVariables = Exact<{
  input: CommentEditInput;
}>;


export type EditCommentMutation = { commentEdit: { comment: { id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type DeleteCommentMutationVariables = Exact<{
  input: CommentDeleteInput;
}>;


export type DeleteCommentMutation = { commentDelete: { comment: { id: string, state: CommentState } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type LikeCommentMutationVariables = Exact<{
  input: CommentLikeInput;
}>;


export type LikeCommentMutation = { commentLike: { comment: { id: string, likeCount: number, likedByMe: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type UnlikeCommentMutationVariables = Exact<{
  input: CommentLikeInput;
}>;


export type UnlikeCommentMutation = { commentUnlike: { comment: { id: string, likeCount: number, likedByMe: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type ReportCommentMutationVariables = Exact<{
  input: CommentReportInput;
}>;


export type ReportCommentMutation = { commentReport: { report: { id: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type CommentEntryFragment = { id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> };

export type EditorQueryVariables = Exact<{
  id: string;
}>;


export type EditorQuery = { submission: { id: string, version: number, state: SubmissionState, kind: SubmissionKind, note: string | null, viewerCanEdit: boolean, viewerCanSubmit: boolean, latest: { title: string, text: string, tags: Array<string>, productRef: string | null, media: Array<{ id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null }> } | null } | null };

export type PicturesQueryVariables = Exact<{
  ids: Array<string> | string;
}>;


export type PicturesQuery = { myMedia: Array<{ id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null } | null> | null };

export type CreateSubmissionMutationVariables = Exact<{
  input: SubmissionCreateInput;
}>;


export type CreateSubmissionMutation = { submissionCreate: { submission: { id: string, version: number, state: SubmissionState, kind: SubmissionKind, note: string | null, viewerCanEdit: boolean, viewerCanSubmit: boolean, latest: { title: string, text: string, tags: Array<string>, productRef: string | null, media: Array<{ id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null }> } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type EditSubmissionMutationVariables = Exact<{
  input: SubmissionEditInput;
}>;


export type EditSubmissionMutation = { submissionEdit: { submission: { id: string, version: number, state: SubmissionState, kind: SubmissionKind, note: string | null, viewerCanEdit: boolean, viewerCanSubmit: boolean, latest: { title: string, text: string, tags: Array<string>, productRef: string | null, media: Array<{ id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null }> } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type SendSubmissionMutationVariables = Exact<{
  input: SubmissionSubmitInput;
}>;


export type SendSubmissionMutation = { submissionSubmit: { submission: { id: string, version: number, state: SubmissionState, kind: SubmissionKind, note: string | null, viewerCanEdit: boolean, viewerCanSubmit: boolean, latest: { title: string, text: string, tags: Array<string>, productRef: string | null, media: Array<{ id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null }> } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type EditedSubmissionFragment = { id: string, version: number, state: SubmissionState, kind: SubmissionKind, note: string | null, viewerCanEdit: boolean, viewerCanSubmit: boolean, latest: { title: string, text: string, tags: Array<string>, productRef: string | null, media: Array<{ id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null }> } | null };

export type UploadedPictureFragment = { id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null };

export type EventsQueryVariables = Exact<{
  communityId: string;
  after?: string | null | undefined;
}>;


export type EventsQuery = { events: { nodes: Array<{ id: string, kind: EventKind, state: EventState, title: string, opensAt: string, votingAt: string | null, judgingAt: string | null, closesAt: string, entryCount: number }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null, myEntries: { nodes: Array<{ id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean, event: { id: string, kind: EventKind, state: EventState, title: string, opensAt: string, votingAt: string | null, judgingAt: string | null, closesAt: string, entryCount: number } }> } | null };

export type EventDetailQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type EventDetailQuery = { event: { text: string, placesLeft: number | null, waitingCount: number, viewerCanEnter: boolean, viewerVotesLeft: number | null, id: string, kind: EventKind, state: EventState, title: string, opensAt: string, votingAt: string | null, judgingAt: string | null, closesAt: string, entryCount: number, conditions: { entriesPerMember: number, votesPerDay: number, votesInTotal: number, startsAt: string | null, capacity: number | null, tries: number, goldPrizes: number, silverPrizes: number, bronzePrizes: number, badgeTiers: Array<PrizeTier>, goldReward: { id: string, title: string } | null, silverReward: { id: string, title: string } | null, bronzeReward: { id: string, title: string } | null, drawnReward: { id: string, title: string } | null }, questions: Array<{ id: string, number: number, text: string, options: Array<string>, viewerTriesLeft: number, viewerIsRight: boolean }> } | null, eventEntries: { nodes: Array<{ viewerVoted: boolean, id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }, submission: { id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type EventChecksQueryVariables = Exact<{
  eventId: string;
  submissionId: string;
}>;


export type EventChecksQuery = { entryChecks: Array<{ condition: EntryCondition, isFlagged: boolean, refusal: { code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null } | null }> | null };

export type EventResultQueryVariables = Exact<{
  id: string;
  after?: string | null | undefined;
}>;


export type EventResultQuery = { event: { formula: EventFormula, drawCommitment: string | null, id: string, kind: EventKind, state: EventState, title: string, opensAt: string, votingAt: string | null, judgingAt: string | null, closesAt: string, entryCount: number, conditions: { drawnPrizes: number, drawnValue: number | null, goldPrizes: number, silverPrizes: number, bronzePrizes: number, badgeTiers: Array<PrizeTier>, goldReward: { id: string, title: string } | null, silverReward: { id: string, title: string } | null, bronzeReward: { id: string, title: string } | null, drawnReward: { id: string, title: string } | null }, results: Array<{ number: number, sha256: string, createdAt: string }> } | null, eventEntries: { nodes: Array<{ place: number | null, prize: PrizeTier | null, votes: number | null, id: string, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }, submission: { id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type EnterMutationVariables = Exact<{
  input: EntryCreateInput;
}>;


export type EnterMutation = { entryCreate: { entry: { id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type LeaveMutationVariables = Exact<{
  input: EntryWithdrawInput;
}>;


export type LeaveMutation = { entryWithdraw: { entry: { id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type VoteMutationVariables = Exact<{
  input: EntryVoteInput;
}>;


export type VoteMutation = { entryVote: { entry: { id: string, viewerVoted: boolean, event: { id: string, viewerVotesLeft: number | null } } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type AttendMutationVariables = Exact<{
  input: EntryAttendInput;
}>;


export type AttendMutation = { entryAttend: { entry: { id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type CheckInChallengeMutationVariables = Exact<{
  input: EventCheckInInput;
}>;


export type CheckInChallengeMutation = { eventCheckIn: { entry: { id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean, checkIns: { days: Array<string>, streak: number, longestStreak: number, makeUpDaysLeft: number } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type AnswerRiddleMutationVariables = Exact<{
  input: QuestionAnswerInput;
}>;


export type AnswerRiddleMutation = { questionAnswer: { answer: { number: number, isRight: boolean, rank: number | null, question: { id: string, viewerTriesLeft: number, viewerIsRight: boolean } } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type EventCardFragment = { id: string, kind: EventKind, state: EventState, title: string, opensAt: string, votingAt: string | null, judgingAt: string | null, closesAt: string, entryCount: number };

export type PrizesFragment = { goldPrizes: number, silverPrizes: number, bronzePrizes: number, badgeTiers: Array<PrizeTier>, goldReward: { id: string, title: string } | null, silverReward: { id: string, title: string } | null, bronzeReward: { id: string, title: string } | null, drawnReward: { id: string, title: string } | null };

export type OwnEntryFragment = { id: string, state: EntryState, waitingPosition: number | null, attendedAt: string | null, prize: PrizeTier | null, place: number | null, viewerCanWithdraw: boolean };

export type ExhibitFragment = { id: string, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }, submission: { id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null } | null };

export type FavouritesQueryVariables = Exact<{
  communityId: string;
  after?: string | null | undefined;
}>;


export type FavouritesQuery = { myFavourites: { nodes: Array<{ submissionId: string, createdAt: string, submission: { id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type FavouriteMutationVariables = Exact<{
  input: SubmissionFavouriteInput;
}>;


export type FavouriteMutation = { submissionFavourite: { submission: { id: string, viewerHasFavourited: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type UnfavouriteMutationVariables = Exact<{
  input: SubmissionFavouriteInput;
}>;


export type UnfavouriteMutation = { submissionUnfavourite: { submission: { id: string, viewerHasFavourited: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type ShareMutationVariables = Exact<{
  input: SubmissionShareInput;
}>;


export type ShareMutation = { submissionShare: { submission: { id: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type HomeQueryVariables = Exact<{
  communityId: string;
  order?: FeedOrder;
  after?: string | null | undefined;
}>;


export type HomeQuery = { community: { id: string, name: string, announcement: string | null, joining: Joining, viewerMembership: { id: string, roles: Array<Role>, points: { balance: number, level: number } | null, unread: Array<{ kind: NoticeKind, count: number }> | null } | null } | null, feed: { nodes: Array<{ id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type CheckInMutationVariables = Exact<{
  input: CheckInInput;
}>;


export type CheckInMutation = { checkIn: { day: string | null, isNew: boolean | null, streak: number | null, earning: { points: number, notEarnedBecause: NotEarnedBecause | null, until: string | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type SubmissionCardFragment = { id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null };

export type NeighbourFragment = { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } };

export type ThumbnailFragment = { id: string, altText: string | null, colour: string | null, url: string | null };

export type LeaderboardQueryVariables = Exact<{
  communityId: string;
  board?: LeaderboardKind;
  period?: LeaderboardPeriod;
}>;


export type LeaderboardQuery = { leaderboard: { board: LeaderboardKind, period: LeaderboardPeriod, startsAt: string | null, endsAt: string | null, asOf: string | null, exclusion: LeaderboardExclusion | null, exclusionText: string | null, entries: { nodes: Array<{ rank: number, score: number, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } }, mine: { rank: number, score: number, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null } | null, neighbours: Array<{ rank: number, score: number, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null }> } | null };

export type PlaceFragment = { rank: number, score: number, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null };

export type MeQueryVariables = Exact<{
  communityId: string;
  after?: string | null | undefined;
}>;


export type MeQuery = { me: { id: string, nickname: string, language: Language | null, avatar: { id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null } | null, memberships: { nodes: Array<{ id: string, roles: Array<Role>, community: { id: string, name: string }, unread: Array<{ kind: NoticeKind, count: number }> | null }> } | null } | null, account: { bornOn: string | null, guardian: GuardianState, phone: { masked: string } | null, platforms: Array<{ platform: Platform, linkedAt: string }> } | null, notices: { nodes: Array<{ id: string, kind: NoticeKind, text: string, readAt: string | null, createdAt: string }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type EditProfileMutationVariables = Exact<{
  input: PersonEditInput;
}>;


export type EditProfileMutation = { personEdit: { person: { id: string, nickname: string, language: Language | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type SetAvatarMutationVariables = Exact<{
  input: PersonSetAvatarInput;
}>;


export type SetAvatarMutation = { personSetAvatar: { person: { id: string, avatar: { id: string, state: MediaState, reason: string | null, pollAfterMs: number | null, url: string | null } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type ReadNoticesMutationVariables = Exact<{
  input: NoticesReadInput;
}>;


export type ReadNoticesMutation = { noticesRead: { unread: number | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type MySubmissionsQueryVariables = Exact<{
  communityId: string;
  states?: Array<SubmissionState> | SubmissionState | null | undefined;
  after?: string | null | undefined;
}>;


export type MySubmissionsQuery = { mySubmissionCounts: Array<{ state: SubmissionState, count: number }> | null, mySubmissions: { totalCount: { value: number, isAtLeast: boolean }, nodes: Array<{ id: string, version: number, state: SubmissionState, kind: SubmissionKind, updatedAt: string, note: string | null, viewerCanEdit: boolean, viewerCanSubmit: boolean, viewerCanWithdraw: boolean, latest: { title: string, media: Array<{ id: string, altText: string | null, colour: string | null, url: string | null }> } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type WithdrawMutationVariables = Exact<{
  input: SubmissionWithdrawInput;
}>;


export type WithdrawMutation = { submissionWithdraw: { submission: { id: string, state: SubmissionState, version: number } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type PointsQueryVariables = Exact<{
  communityId: string;
  kinds?: Array<JournalEntryKind> | JournalEntryKind | null | undefined;
  after?: string | null | undefined;
}>;


export type PointsQuery = { membership: { points: { balance: number, held: number, debt: number, growthValue: number, level: number, nextLevelFrom: number | null } | null } | null, pointsEndings: { nodes: Array<{ points: number, endsAt: string }> } | null, earningRules: Array<{ trigger: EarningTrigger, seasonPercent: number, room: number | null, notNowBecause: NotEarnedBecause | null, until: string | null, definition: { amount: number, byKind: Array<{ kind: string, amount: number }> } }> | null, pointsStatement: { nodes: Array<{ id: string, kind: JournalEntryKind, amount: number, balance: number, createdAt: string, reason: string | null, service: string | null, cause: { reference: string | null, submission: { id: string, published: { title: string } | null } | null } | null, explanation: { rule: EarningTrigger | null, inputs: Array<{ name: PointsFigureName, value: string }> } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type ReviewQueueQueryVariables = Exact<{
  communityId: string;
  after?: string | null | undefined;
}>;


export type ReviewQueueQuery = { reviewQueue: { totalCount: { value: number, isAtLeast: boolean }, nodes: Array<{ id: string, dueAt: string, viewerCanDecide: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }, revision: { title: string, media: Array<{ id: string, altText: string | null, colour: string | null, url: string | null }> } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type ReviewCaseQueryVariables = Exact<{
  id: string;
}>;


export type ReviewCaseQuery = { reviewCase: { id: string, state: ReviewCaseState, version: number, openedAt: string, dueAt: string, viewerCanDecide: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }, submission: { id: string, kind: SubmissionKind } | null, revision: { number: number, title: string, text: string, tags: Array<string>, productRef: string | null, media: Array<{ id: string, altText: string | null, placeholder: string | null, width: number | null, height: number | null, large: string | null }> } | null, decision: { verdict: ReviewVerdict, reason: string | null, recommended: boolean, decidedAt: string, scores: { authenticity: number, usefulness: number, resonance: number } | null } | null } | null };

export type ApproveMutationVariables = Exact<{
  input: SubmissionApproveInput;
}>;


export type ApproveMutation = { submissionApprove: { reviewCase: { id: string, state: ReviewCaseState, version: number, decision: { verdict: ReviewVerdict, reason: string | null, recommended: boolean, decidedAt: string, scores: { authenticity: number, usefulness: number, resonance: number } | null } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type SendBackMutationVariables = Exact<{
  input: SubmissionReturnInput;
}>;


export type SendBackMutation = { submissionReturn: { reviewCase: { id: string, state: ReviewCaseState, version: number, decision: { verdict: ReviewVerdict, reason: string | null, recommended: boolean, decidedAt: string, scores: { authenticity: number, usefulness: number, resonance: number } | null } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type RejectMutationVariables = Exact<{
  input: SubmissionRejectInput;
}>;


export type RejectMutation = { submissionReject: { reviewCase: { id: string, state: ReviewCaseState, version: number, decision: { verdict: ReviewVerdict, reason: string | null, recommended: boolean, decidedAt: string, scores: { authenticity: number, usefulness: number, resonance: number } | null } | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type DecisionFragment = { verdict: ReviewVerdict, reason: string | null, recommended: boolean, decidedAt: string, scores: { authenticity: number, usefulness: number, resonance: number } | null };

export type DiscoverQueryVariables = Exact<{
  communityId: string;
}>;


export type DiscoverQuery = { popularTags: Array<{ tag: string, count: number }> | null, topics: { nodes: Array<{ id: string, tag: string, description: string, endsAt: string, contributionCount: number, authorCount: number, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null }> } | null };

export type SearchQueryVariables = Exact<{
  communityId: string;
  text: string;
  order?: SearchOrder;
  after?: string | null | undefined;
}>;


export type SearchQuery = { search: { nodes: Array<{ title: Array<{ text: string, isMatch: boolean }>, excerpt: Array<{ text: string, isMatch: boolean }>, submission: { id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null }, comment: { id: string, state: CommentState, text: string | null, createdAt: string, editedAt: string | null, likeCount: number, likedByMe: boolean, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanDelete: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, picture: { id: string, altText: string | null, colour: string | null, url: string | null } | null, mentions: Array<{ id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }> } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type SuggestedTagsQueryVariables = Exact<{
  communityId: string;
  text: string;
}>;


export type SuggestedTagsQuery = { suggestedTags: Array<string> | null };

export type TopicFeedQueryVariables = Exact<{
  communityId: string;
  topicId: string;
  after?: string | null | undefined;
}>;


export type TopicFeedQuery = { feed: { nodes: Array<{ id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null, published: { title: string, excerpt: string } | null }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type LoginMutationVariables = Exact<{
  input: LoginInput;
}>;


export type LoginMutation = { login: { accessToken: { token: string, expiresAt: string } | null, refreshToken: { token: string, expiresAt: string } | null, person: { id: string, nickname: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type RefreshMutationVariables = Exact<{
  input: SessionRefreshInput;
}>;


export type RefreshMutation = { sessionRefresh: { accessToken: { token: string, expiresAt: string } | null, refreshToken: { token: string, expiresAt: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type JoinMutationVariables = Exact<{
  input: CommunityJoinInput;
}>;


export type JoinMutation = { communityJoin: { member: { id: string, community: { id: string, name: string } } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type ConsentDocumentsQueryVariables = Exact<{ [key: string]: never; }>;


export type ConsentDocumentsQuery = { consentDocuments: Array<{ id: string, purpose: ConsentPurpose, title: string, text: string, version: number }> | null };

export type GiveConsentMutationVariables = Exact<{
  input: ConsentGiveInput;
}>;


export type GiveConsentMutation = { consentGive: { consent: { purpose: ConsentPurpose, givenAt: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type RefusalFragment = { code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null };

export type SubmissionDetailQueryVariables = Exact<{
  id: string;
}>;


export type SubmissionDetailQuery = { submission: { version: number, viewerCanLike: boolean, viewerCanEdit: boolean, viewerCanWithdraw: boolean, viewerCanRemove: boolean, id: string, kind: SubmissionKind, recommended: boolean, publishedAt: string | null, likeCount: number, likedByMe: boolean, published: { text: string, tags: Array<string>, productRef: string | null, title: string, excerpt: string, media: Array<{ id: string, altText: string | null, placeholder: string | null, width: number | null, height: number | null, large: string | null }> } | null, endorsements: Array<{ id: string, capacity: string, note: string | null, viewerCanReportNote: boolean }>, author: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } } | null, cover: { id: string, altText: string | null, colour: string | null, url: string | null } | null } | null };

export type LikeMutationVariables = Exact<{
  input: SubmissionLikeInput;
}>;


export type LikeMutation = { submissionLike: { submission: { id: string, likeCount: number, likedByMe: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type UnlikeMutationVariables = Exact<{
  input: SubmissionLikeInput;
}>;


export type UnlikeMutation = { submissionUnlike: { submission: { id: string, likeCount: number, likedByMe: boolean } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type ReportNoteMutationVariables = Exact<{
  input: EndorsementNoteReportInput;
}>;


export type ReportNoteMutation = { endorsementNoteReport: { report: { id: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type PictureFragment = { id: string, altText: string | null, placeholder: string | null, width: number | null, height: number | null, large: string | null };

export type TrustedMembersQueryVariables = Exact<{
  communityId: string;
  after?: string | null | undefined;
}>;


export type TrustedMembersQuery = { trusts: { totalCount: { value: number, isAtLeast: boolean }, nodes: Array<{ id: string, reason: string, givenAt: string, viewerCanEnd: boolean, member: { id: string, person: { nickname: string, avatar: { id: string, altText: string | null, colour: string | null, url: string | null } | null } }, givenBy: { person: { nickname: string } } }>, pageInfo: { endCursor: string | null, hasNextPage: boolean } } | null };

export type TrustMemberMutationVariables = Exact<{
  input: TrustGiveInput;
}>;


export type TrustMemberMutation = { trustGive: { trust: { id: string, reason: string, givenAt: string } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export type EndTrustMutationVariables = Exact<{
  input: TrustEndInput;
}>;


export type EndTrustMutation = { trustEnd: { trust: { id: string, endedAt: string | null, endCause: TrustEnd | null } | null, errors: Array<{ code: ErrorCode, message: string, path: Array<string>, min: number | null, max: number | null, actual: number | null, retryAt: string | null }> } };

export const Comments: Operation<CommentsQuery, CommentsQueryVariables> = {
  hash: 'e66a42b2f5cfc21ef6e52ad3e7a6cf41c40c983a72e28c4afd67797cfed4824c',
  text: 'query Comments($id:ID!$order:CommentOrder!=NEWEST$after:String){submission(id:$id){id commentCount commentsClosed commentsCloseReason viewerCanComment comments(order:$order first:10 after:$after){nodes{...CommentEntry replyCount replies(first:2){nodes{...CommentEntry}pageInfo{endCursor hasNextPage}}}pageInfo{endCursor hasNextPage}}}}fragment CommentEntry on Comment{id state text author{...Neighbour}picture{...Thumbnail}mentions{...Neighbour}createdAt editedAt likeCount likedByMe viewerCanLike viewerCanEdit viewerCanDelete}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const Replies: Operation<RepliesQuery, RepliesQueryVariables> = {
  hash: 'ba0863d89a7d05e3d9ed06be314dfdd33107bc11d16ae27d814fb4f99272a75f',
  text: 'query Replies($commentId:ID!$after:String){node(id:$commentId){...on Comment{id replies(first:20 after:$after){nodes{...CommentEntry}pageInfo{endCursor hasNextPage}}}}}fragment CommentEntry on Comment{id state text author{...Neighbour}picture{...Thumbnail}mentions{...Neighbour}createdAt editedAt likeCount likedByMe viewerCanLike viewerCanEdit viewerCanDelete}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const FindMembers: Operation<FindMembersQuery, FindMembersQueryVariables> = {
  hash: '74d47169ba5aca7b468f374621dc661f9f6c4590b45ff4c3e3d06677a374e14d',
  text: 'query FindMembers($communityId:ID!$text:String!){suggestedMembers(communityId:$communityId text:$text){...Neighbour}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const SendComment: Operation<SendCommentMutation, SendCommentMutationVariables> = {
  hash: '9b1d772e8148c268144c9c2de3913743e23673ea34e4b2d89dcd5c1bc458929c',
  text: 'mutation SendComment($input:CommentCreateInput!){commentCreate(input:$input){comment{...CommentEntry}errors{...Refusal}}}fragment CommentEntry on Comment{id state text author{...Neighbour}picture{...Thumbnail}mentions{...Neighbour}createdAt editedAt likeCount likedByMe viewerCanLike viewerCanEdit viewerCanDelete}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const EditComment: Operation<EditCommentMutation, EditCommentMutationVariables> = {
  hash: 'b97b1f16735cf9c75e7d013dcf3eeeb7d6650ce35717be3b917a4877aef224c5',
  text: 'mutation EditComment($input:CommentEditInput!){commentEdit(input:$input){comment{...CommentEntry}errors{...Refusal}}}fragment CommentEntry on Comment{id state text author{...Neighbour}picture{...Thumbnail}mentions{...Neighbour}createdAt editedAt likeCount likedByMe viewerCanLike viewerCanEdit viewerCanDelete}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const DeleteComment: Operation<DeleteCommentMutation, DeleteCommentMutationVariables> = {
  hash: 'b492de8b69970128e0917aa66116393345801ab296cf05ac923f82def3d5ac81',
  text: 'mutation DeleteComment($input:CommentDeleteInput!){commentDelete(input:$input){comment{id state}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const LikeComment: Operation<LikeCommentMutation, LikeCommentMutationVariables> = {
  hash: '9cdf917362453b3819e7fde7530420df2340a6622260386c402583be43eadfa3',
  text: 'mutation LikeComment($input:CommentLikeInput!){commentLike(input:$input){comment{id likeCount likedByMe}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const UnlikeComment: Operation<UnlikeCommentMutation, UnlikeCommentMutationVariables> = {
  hash: '38f91a462dc51f3228d165b3dab2b458843fa899cd99183a29242bc2c2c18cfb',
  text: 'mutation UnlikeComment($input:CommentLikeInput!){commentUnlike(input:$input){comment{id likeCount likedByMe}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const ReportComment: Operation<ReportCommentMutation, ReportCommentMutationVariables> = {
  hash: '0edfb6d07988c895d9a004a5112bcee19ea0f81628b6d4131d08c7a56aedf3f9',
  text: 'mutation ReportComment($input:CommentReportInput!){commentReport(input:$input){report{id}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Editor: Operation<EditorQuery, EditorQueryVariables> = {
  hash: 'e94f6a8c2e265d5f7d6d6783a543edf8d09b6c8531fd02627da8ee82593ce689',
  text: 'query Editor($id:ID!){submission(id:$id){...EditedSubmission}}fragment EditedSubmission on Submission{id version state kind note latest{title text tags productRef media{...UploadedPicture}}viewerCanEdit viewerCanSubmit}fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}',
}
export const Pictures: Operation<PicturesQuery, PicturesQueryVariables> = {
  hash: 'e9fae87dfc2fa7dffb5fff9a3db6e95664854bdbe85f44e7d3f751d6d78d61cf',
  text: 'query Pictures($ids:[ID!]!){myMedia(ids:$ids){...UploadedPicture}}fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}',
}
export const CreateSubmission: Operation<CreateSubmissionMutation, CreateSubmissionMutationVariables> = {
  hash: '77f1778f4e8d722dce67e6d95c106fb3e245c2862aa49cab1dc3d990519aa8ae',
  text: 'mutation CreateSubmission($input:SubmissionCreateInput!){submissionCreate(input:$input){submission{...EditedSubmission}errors{...Refusal}}}fragment EditedSubmission on Submission{id version state kind note latest{title text tags productRef media{...UploadedPicture}}viewerCanEdit viewerCanSubmit}fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const EditSubmission: Operation<EditSubmissionMutation, EditSubmissionMutationVariables> = {
  hash: '965952720553480dfb5a3ae77c6d13ebe7909416dc5aa774a8c93182c4c146d2',
  text: 'mutation EditSubmission($input:SubmissionEditInput!){submissionEdit(input:$input){submission{...EditedSubmission}errors{...Refusal}}}fragment EditedSubmission on Submission{id version state kind note latest{title text tags productRef media{...UploadedPicture}}viewerCanEdit viewerCanSubmit}fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const SendSubmission: Operation<SendSubmissionMutation, SendSubmissionMutationVariables> = {
  hash: 'ffc9b0933a2b867adb8bb8a696e91539c129553cfafc6397a0e021beecbf90c5',
  text: 'mutation SendSubmission($input:SubmissionSubmitInput!){submissionSubmit(input:$input){submission{...EditedSubmission}errors{...Refusal}}}fragment EditedSubmission on Submission{id version state kind note latest{title text tags productRef media{...UploadedPicture}}viewerCanEdit viewerCanSubmit}fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Events: Operation<EventsQuery, EventsQueryVariables> = {
  hash: '32195c805f427150fbf4d56fe7405344ac8a07b01a7d82fc7c6018914c4f5d63',
  text: 'query Events($communityId:ID!$after:String){events(communityId:$communityId states:[ANNOUNCED OPEN VOTING JUDGING CLOSED]first:10 after:$after){nodes{...EventCard}pageInfo{endCursor hasNextPage}}myEntries(communityId:$communityId first:10){nodes{...OwnEntry event{...EventCard}}}}fragment EventCard on Event{id kind state title opensAt votingAt judgingAt closesAt entryCount}fragment OwnEntry on EventEntry{id state waitingPosition attendedAt prize place viewerCanWithdraw}',
}
export const EventDetail: Operation<EventDetailQuery, EventDetailQueryVariables> = {
  hash: 'd3e49487cd34ea9e0d2bd5a3cb79a1e6cfb2878ea28d0a719b1364d09adc20ce',
  text: 'query EventDetail($id:ID!$after:String){event(id:$id){...EventCard text placesLeft waitingCount viewerCanEnter viewerVotesLeft conditions{entriesPerMember votesPerDay votesInTotal startsAt capacity tries ...Prizes}questions{id number text options viewerTriesLeft viewerIsRight}}eventEntries(eventId:$id first:20 after:$after){nodes{...OwnEntry ...Exhibit viewerVoted}pageInfo{endCursor hasNextPage}}}fragment EventCard on Event{id kind state title opensAt votingAt judgingAt closesAt entryCount}fragment Prizes on EventConditions{goldPrizes silverPrizes bronzePrizes badgeTiers goldReward{id title}silverReward{id title}bronzeReward{id title}drawnReward{id title}}fragment OwnEntry on EventEntry{id state waitingPosition attendedAt prize place viewerCanWithdraw}fragment Exhibit on EventEntry{id member{...Neighbour}submission{...SubmissionCard}}fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const EventChecks: Operation<EventChecksQuery, EventChecksQueryVariables> = {
  hash: '58f79e3ee24d8b41a1bfbd3a8d5865756ce425ae510838548f1f3c3a5fd19bd6',
  text: 'query EventChecks($eventId:ID!$submissionId:ID!){entryChecks(eventId:$eventId submissionId:$submissionId){condition isFlagged refusal{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const EventResult: Operation<EventResultQuery, EventResultQueryVariables> = {
  hash: '779eec51f18a4df9785b32b54cbbbf5b2937a98486182c4a4f245799f562b5a8',
  text: 'query EventResult($id:ID!$after:String){event(id:$id){...EventCard formula drawCommitment conditions{drawnPrizes drawnValue ...Prizes}results{number sha256 createdAt}}eventEntries(eventId:$id first:20 after:$after){nodes{...Exhibit place prize votes}pageInfo{endCursor hasNextPage}}}fragment EventCard on Event{id kind state title opensAt votingAt judgingAt closesAt entryCount}fragment Prizes on EventConditions{goldPrizes silverPrizes bronzePrizes badgeTiers goldReward{id title}silverReward{id title}bronzeReward{id title}drawnReward{id title}}fragment Exhibit on EventEntry{id member{...Neighbour}submission{...SubmissionCard}}fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const Enter: Operation<EnterMutation, EnterMutationVariables> = {
  hash: '6e85e9afff31805bd66b956244c44b44ad24aa91f9446089bbb52df458c0df3b',
  text: 'mutation Enter($input:EntryCreateInput!){entryCreate(input:$input){entry{...OwnEntry}errors{...Refusal}}}fragment OwnEntry on EventEntry{id state waitingPosition attendedAt prize place viewerCanWithdraw}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Leave: Operation<LeaveMutation, LeaveMutationVariables> = {
  hash: '4ab66530ba3033329cf6ef7483bd83f1d0ae5d074da17f1241c83f3c5db62e34',
  text: 'mutation Leave($input:EntryWithdrawInput!){entryWithdraw(input:$input){entry{...OwnEntry}errors{...Refusal}}}fragment OwnEntry on EventEntry{id state waitingPosition attendedAt prize place viewerCanWithdraw}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Vote: Operation<VoteMutation, VoteMutationVariables> = {
  hash: 'a0abf77ca1a3eca9b24b410bb09e50c32cb350ad0d3e5d0d236b9ce427ae5ae3',
  text: 'mutation Vote($input:EntryVoteInput!){entryVote(input:$input){entry{id viewerVoted event{id viewerVotesLeft}}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Attend: Operation<AttendMutation, AttendMutationVariables> = {
  hash: 'b4096c8d170591c171b12130285ffcd5f335472548b0ce9cf57ec8a94be40393',
  text: 'mutation Attend($input:EntryAttendInput!){entryAttend(input:$input){entry{...OwnEntry}errors{...Refusal}}}fragment OwnEntry on EventEntry{id state waitingPosition attendedAt prize place viewerCanWithdraw}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const CheckInChallenge: Operation<CheckInChallengeMutation, CheckInChallengeMutationVariables> = {
  hash: 'dd5e9b32ed98b0b25fb9c3a63bd778db5622c85c33a5308e286a271d37c110cd',
  text: 'mutation CheckInChallenge($input:EventCheckInInput!){eventCheckIn(input:$input){entry{...OwnEntry checkIns{days streak longestStreak makeUpDaysLeft}}errors{...Refusal}}}fragment OwnEntry on EventEntry{id state waitingPosition attendedAt prize place viewerCanWithdraw}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const AnswerRiddle: Operation<AnswerRiddleMutation, AnswerRiddleMutationVariables> = {
  hash: '7eafbfd9442850039445395d4f5e5cca300521ad6b732ee238974278557676fb',
  text: 'mutation AnswerRiddle($input:QuestionAnswerInput!){questionAnswer(input:$input){answer{number isRight rank question{id viewerTriesLeft viewerIsRight}}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Favourites: Operation<FavouritesQuery, FavouritesQueryVariables> = {
  hash: 'db507064c49f3064db21d0c34818f912ae61bfa1d96538ccf8b8c939087b89e0',
  text: 'query Favourites($communityId:ID!$after:String){myFavourites(communityId:$communityId first:10 after:$after){nodes{submissionId createdAt submission{...SubmissionCard}}pageInfo{endCursor hasNextPage}}}fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const Favourite: Operation<FavouriteMutation, FavouriteMutationVariables> = {
  hash: '936252b3103f2cbca5e49aada2febf26621d60fc6d9c6f5ae04d86cd1be0939c',
  text: 'mutation Favourite($input:SubmissionFavouriteInput!){submissionFavourite(input:$input){submission{id viewerHasFavourited}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Unfavourite: Operation<UnfavouriteMutation, UnfavouriteMutationVariables> = {
  hash: '9cc2936e7c16cb97dcf13bbac328d1a3cb126e6b996679e7f867f7c6e521d6ba',
  text: 'mutation Unfavourite($input:SubmissionFavouriteInput!){submissionUnfavourite(input:$input){submission{id viewerHasFavourited}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Share: Operation<ShareMutation, ShareMutationVariables> = {
  hash: 'f519bc3382b6c356f3702d19dba4b057cfff6f0a9bc1d9e9de4967103700008b',
  text: 'mutation Share($input:SubmissionShareInput!){submissionShare(input:$input){submission{id}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Home: Operation<HomeQuery, HomeQueryVariables> = {
  hash: '33f2150a8227c42016d514b4616649fb5dde86c57286c103d99efd97816e6cb3',
  text: 'query Home($communityId:ID!$order:FeedOrder!=NEWEST$after:String){community(id:$communityId){id name announcement joining viewerMembership{id roles points{balance level}unread{kind count}}}feed(communityId:$communityId order:$order first:10 after:$after){nodes{...SubmissionCard}pageInfo{endCursor hasNextPage}}}fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}',
}
export const CheckIn: Operation<CheckInMutation, CheckInMutationVariables> = {
  hash: '871f079ca07d2a008f0ca469ecdf5a49b576e3d181dfcc42e82de54e8513064d',
  text: 'mutation CheckIn($input:CheckInInput!){checkIn(input:$input){day isNew streak earning{points notEarnedBecause until}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Leaderboard: Operation<LeaderboardQuery, LeaderboardQueryVariables> = {
  hash: 'b73b94d2dd43399084eef7a2ee2b6705bcebe2b5d4ccb94b0a0c95264c7b4a2a',
  text: 'fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query Leaderboard($communityId:ID!$board:LeaderboardKind!=POINTS$period:LeaderboardPeriod!=WEEK){leaderboard(communityId:$communityId board:$board period:$period){board period startsAt endsAt asOf exclusion exclusionText entries(first:20){nodes{...Place}pageInfo{hasNextPage endCursor}}mine{...Place}neighbours{...Place}}}fragment Place on LeaderboardEntry{rank score member{...Neighbour}}',
}
export const Me: Operation<MeQuery, MeQueryVariables> = {
  hash: '25797efd38f4a68c5942c3323eb7d8a98ae23a34bcbeee2981e6dc269f81157d',
  text: 'fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}query Me($communityId:ID!$after:String){me{id nickname language avatar{...UploadedPicture}memberships{nodes{id roles community{id name}unread{kind count}}}}account{bornOn guardian phone{masked}platforms{platform linkedAt}}notices(communityId:$communityId first:20 after:$after){nodes{id kind text readAt createdAt}pageInfo{endCursor hasNextPage}}}',
}
export const EditProfile: Operation<EditProfileMutation, EditProfileMutationVariables> = {
  hash: '84bcc91936e2b889951ef35b007cb3f5d3c670091769f4bd942940f4eb94a964',
  text: 'mutation EditProfile($input:PersonEditInput!){personEdit(input:$input){person{id nickname language}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const SetAvatar: Operation<SetAvatarMutation, SetAvatarMutationVariables> = {
  hash: 'c9a70a8e0f3e38573dba1869657c5fd4f109bf1ff6752ff36fe5a9b5f5c3a785',
  text: 'fragment UploadedPicture on Media{id state reason pollAfterMs url(size:SQUARE_200)}mutation SetAvatar($input:PersonSetAvatarInput!){personSetAvatar(input:$input){person{id avatar{...UploadedPicture}}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const ReadNotices: Operation<ReadNoticesMutation, ReadNoticesMutationVariables> = {
  hash: 'aeedb3622fa13dbf6a7a776624b2a0fbe9c2b3f483a6cd928dc3e68f1da15b9c',
  text: 'mutation ReadNotices($input:NoticesReadInput!){noticesRead(input:$input){unread errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const MySubmissions: Operation<MySubmissionsQuery, MySubmissionsQueryVariables> = {
  hash: '85b87a17156c8ac9c971dd14bfda15ef6eca396e10794086a3218aa9494d2742',
  text: 'fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query MySubmissions($communityId:ID!$states:[SubmissionState!]$after:String){mySubmissionCounts(communityId:$communityId){state count}mySubmissions(communityId:$communityId states:$states first:20 after:$after){totalCount{value isAtLeast}nodes{id version state kind updatedAt note latest{title media{...Thumbnail}}viewerCanEdit viewerCanSubmit viewerCanWithdraw}pageInfo{endCursor hasNextPage}}}',
}
export const Withdraw: Operation<WithdrawMutation, WithdrawMutationVariables> = {
  hash: '982903475310cb26b7b652c83d43e68531a110e463f2ca830345f24e10ee238f',
  text: 'mutation Withdraw($input:SubmissionWithdrawInput!){submissionWithdraw(input:$input){submission{id state version}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Points: Operation<PointsQuery, PointsQueryVariables> = {
  hash: 'f88fefa53d670b359a724a0f565e55e1fb420bdd6d4ae0b17389e1a94fc83131',
  text: 'query Points($communityId:ID!$kinds:[JournalEntryKind!]$after:String){membership(communityId:$communityId){points{balance held debt growthValue level nextLevelFrom}}pointsEndings(communityId:$communityId first:3){nodes{points endsAt}}earningRules(communityId:$communityId){trigger seasonPercent room notNowBecause until definition{amount byKind{kind amount}}}pointsStatement(communityId:$communityId kinds:$kinds first:20 after:$after){nodes{id kind amount balance createdAt reason service cause{reference submission{id published{title}}}explanation{rule inputs{name value}}}pageInfo{endCursor hasNextPage}}}',
}
export const ReviewQueue: Operation<ReviewQueueQuery, ReviewQueueQueryVariables> = {
  hash: '82289e4e304bd28c3ad5cbd7795a2b108a5d6de5fe6b38e8644212c650c38295',
  text: 'fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query ReviewQueue($communityId:ID!$after:String){reviewQueue(communityId:$communityId first:20 after:$after){totalCount{value isAtLeast}nodes{id dueAt viewerCanDecide author{...Neighbour}revision{title media{...Thumbnail}}}pageInfo{endCursor hasNextPage}}}',
}
export const ReviewCase: Operation<ReviewCaseQuery, ReviewCaseQueryVariables> = {
  hash: '41aa4a37c46dfe64d19f93c24e75724956c5e5ec774d6f48f731d975ccb7b9d1',
  text: 'fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query ReviewCase($id:ID!){reviewCase(id:$id){id state version openedAt dueAt viewerCanDecide author{...Neighbour}submission{id kind}revision{number title text tags productRef media{...Picture}}decision{...Decision}}}fragment Decision on ReviewDecision{verdict reason recommended decidedAt scores{authenticity usefulness resonance}}fragment Picture on Media{id altText placeholder width height large:url(size:WIDE_1080)}',
}
export const Approve: Operation<ApproveMutation, ApproveMutationVariables> = {
  hash: '5f65c8c94e463a06b32bd69aa923ec40e7ef6f18184bdc93f35636dbfba630b5',
  text: 'mutation Approve($input:SubmissionApproveInput!){submissionApprove(input:$input){reviewCase{id state version decision{...Decision}}errors{...Refusal}}}fragment Decision on ReviewDecision{verdict reason recommended decidedAt scores{authenticity usefulness resonance}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const SendBack: Operation<SendBackMutation, SendBackMutationVariables> = {
  hash: 'edd6cde302fa14143f643a40fedfb6664ffce3d8ce586742757c3c35218dcff3',
  text: 'mutation SendBack($input:SubmissionReturnInput!){submissionReturn(input:$input){reviewCase{id state version decision{...Decision}}errors{...Refusal}}}fragment Decision on ReviewDecision{verdict reason recommended decidedAt scores{authenticity usefulness resonance}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Reject: Operation<RejectMutation, RejectMutationVariables> = {
  hash: '02f9582f2a51e3bceebff5c518383dd7acf14d3b24a5b8b5f8d31551bdb357fa',
  text: 'mutation Reject($input:SubmissionRejectInput!){submissionReject(input:$input){reviewCase{id state version decision{...Decision}}errors{...Refusal}}}fragment Decision on ReviewDecision{verdict reason recommended decidedAt scores{authenticity usefulness resonance}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Discover: Operation<DiscoverQuery, DiscoverQueryVariables> = {
  hash: '92df5d67634ffa2c872815228dac77161f7dadb41826149d97934b0ff525b83d',
  text: 'fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query Discover($communityId:ID!){popularTags(communityId:$communityId){tag count}topics(communityId:$communityId first:5){nodes{id tag description endsAt contributionCount authorCount picture{...Thumbnail}}}}',
}
export const Search: Operation<SearchQuery, SearchQueryVariables> = {
  hash: '9615e38a734bcb84f516396b59165336c1d1904c28187ad4dd9f1dcead529884',
  text: 'fragment CommentEntry on Comment{id state text author{...Neighbour}picture{...Thumbnail}mentions{...Neighbour}createdAt editedAt likeCount likedByMe viewerCanLike viewerCanEdit viewerCanDelete}fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query Search($communityId:ID!$text:String!$order:SearchOrder!=NEWEST$after:String){search(communityId:$communityId text:$text order:$order first:10 after:$after){nodes{title{text isMatch}excerpt{text isMatch}submission{...SubmissionCard}comment{...CommentEntry}}pageInfo{endCursor hasNextPage}}}',
}
export const SuggestedTags: Operation<SuggestedTagsQuery, SuggestedTagsQueryVariables> = {
  hash: 'd0328dfce415e028146760e5f1f0e67955ea7e46c9165750c97c059f46f84fc9',
  text: 'query SuggestedTags($communityId:ID!$text:String!){suggestedTags(communityId:$communityId text:$text)}',
}
export const TopicFeed: Operation<TopicFeedQuery, TopicFeedQueryVariables> = {
  hash: '0624a76bca289071ba7b6c980888ae676cdfdacf0c61e954cbccd58f342f6656',
  text: 'fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query TopicFeed($communityId:ID!$topicId:ID!$after:String){feed(communityId:$communityId topicId:$topicId first:10 after:$after){nodes{...SubmissionCard}pageInfo{endCursor hasNextPage}}}',
}
export const Login: Operation<LoginMutation, LoginMutationVariables> = {
  hash: '3d59b1b747c005be9a0708f9c931b5d122ecf9994d90c7b17bf78c758fea87cd',
  text: 'mutation Login($input:LoginInput!){login(input:$input){accessToken{token expiresAt}refreshToken{token expiresAt}person{id nickname}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Refresh: Operation<RefreshMutation, RefreshMutationVariables> = {
  hash: '7830835130a08cd911a4dc3cfb93cb54ecb472f735ae7ab80552665a79a6ee67',
  text: 'mutation Refresh($input:SessionRefreshInput!){sessionRefresh(input:$input){accessToken{token expiresAt}refreshToken{token expiresAt}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const Join: Operation<JoinMutation, JoinMutationVariables> = {
  hash: '69bebde51350094bc2e71f3417cb82bf4fec562134d21a31be07df1bdba0797c',
  text: 'mutation Join($input:CommunityJoinInput!){communityJoin(input:$input){member{id community{id name}}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const ConsentDocuments: Operation<ConsentDocumentsQuery, ConsentDocumentsQueryVariables> = {
  hash: '973d65d4230f434d44e46f5a4a52cd28291b4edf508bfc2ba74d142ee81c76b4',
  text: 'query ConsentDocuments{consentDocuments{id purpose title text version}}',
}
export const GiveConsent: Operation<GiveConsentMutation, GiveConsentMutationVariables> = {
  hash: 'e046cafc473878b26c93004661209781158ebe9d127d909dd74226b4ba70100e',
  text: 'mutation GiveConsent($input:ConsentGiveInput!){consentGive(input:$input){consent{purpose givenAt}errors{...Refusal}}}fragment Refusal on MutationError{code message path min max actual retryAt}',
}
export const SubmissionDetail: Operation<SubmissionDetailQuery, SubmissionDetailQueryVariables> = {
  hash: '722e4b03edb31e6e7c236f388b0f0939739491f74a4454b3edc8f9e51f71d7f1',
  text: 'fragment SubmissionCard on Submission{id kind recommended publishedAt likeCount likedByMe author{...Neighbour}cover{...Thumbnail}published{title excerpt}}fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query SubmissionDetail($id:ID!){submission(id:$id){...SubmissionCard version published{text tags productRef media{...Picture}}viewerCanLike viewerCanEdit viewerCanWithdraw viewerCanRemove endorsements{id capacity note viewerCanReportNote}}}fragment Picture on Media{id altText placeholder width height large:url(size:WIDE_1080)}',
}
export const Like: Operation<LikeMutation, LikeMutationVariables> = {
  hash: '4df66d782ce08174a7b1ede2eb9886cbdf22e77bbb4ada2fc36771f3d38a091c',
  text: 'fragment Refusal on MutationError{code message path min max actual retryAt}mutation Like($input:SubmissionLikeInput!){submissionLike(input:$input){submission{id likeCount likedByMe}errors{...Refusal}}}',
}
export const Unlike: Operation<UnlikeMutation, UnlikeMutationVariables> = {
  hash: 'd5dacfd83cdca13baef3694216ec2acd8e5ff6b232058419d1b8d8dfda20ba37',
  text: 'fragment Refusal on MutationError{code message path min max actual retryAt}mutation Unlike($input:SubmissionLikeInput!){submissionUnlike(input:$input){submission{id likeCount likedByMe}errors{...Refusal}}}',
}
export const ReportNote: Operation<ReportNoteMutation, ReportNoteMutationVariables> = {
  hash: 'd90e6892999463639dfd7ab740024e3fe1b8d3e8366b7382ccdbfa7f0a7a6aa2',
  text: 'fragment Refusal on MutationError{code message path min max actual retryAt}mutation ReportNote($input:EndorsementNoteReportInput!){endorsementNoteReport(input:$input){report{id}errors{...Refusal}}}',
}
export const TrustedMembers: Operation<TrustedMembersQuery, TrustedMembersQueryVariables> = {
  hash: '2113e223b74069cd3a12e9555fc7918fd76d0d9cb871251119d71e10768e1dc1',
  text: 'fragment Neighbour on Member{id person{nickname avatar{...Thumbnail}}}fragment Thumbnail on Media{id altText colour url(size:SQUARE_200)}query TrustedMembers($communityId:ID!$after:String){trusts(communityId:$communityId first:20 after:$after){totalCount{value isAtLeast}nodes{id reason givenAt viewerCanEnd member{...Neighbour}givenBy{person{nickname}}}pageInfo{endCursor hasNextPage}}}',
}
export const TrustMember: Operation<TrustMemberMutation, TrustMemberMutationVariables> = {
  hash: 'a075eb290e14dc894f0671faee8c99ae4fd1fb1fd9d76299b835970551799f08',
  text: 'fragment Refusal on MutationError{code message path min max actual retryAt}mutation TrustMember($input:TrustGiveInput!){trustGive(input:$input){trust{id reason givenAt}errors{...Refusal}}}',
}
export const EndTrust: Operation<EndTrustMutation, EndTrustMutationVariables> = {
  hash: 'c51747930092e62208fc3a027034fa20f7f34db1c2667d2684bb73b7cd627d97',
  text: 'fragment Refusal on MutationError{code message path min max actual retryAt}mutation EndTrust($input:TrustEndInput!){trustEnd(input:$input){trust{id endedAt endCause}errors{...Refusal}}}',
}
