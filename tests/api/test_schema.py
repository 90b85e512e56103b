"""Properties that every part of the schema has."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_specified_scalar_type,
)

import community
from community.api.earning.inputs import MAX_REPORTS
from community.api.mutation_errors import CODES
from community.api.nodes import FINDERS
from community.api.schema import build_schema, print_schema, read_released_schema
from community.conversation.rules import MAX_MENTIONS
from community.events.kinds import JuryCriterion
from community.events.tasks.rules import MAX_ANSWERS, MAX_OPTIONS, MAX_QUESTIONS
from community.kernel.errors import Refusal
from community.message_templates import MessageTopic
from community.points.earning.definitions import MAX_KINDS, MAX_STREAKS
from community.review.bulk import MAX_ITEMS
from community.review.complaints.rules import MAX_MEDIA as MAX_COMPLAINT_MEDIA
from community.review.templates import MAX_TEMPLATES
from community.rewards.rules import MAX_POINTS_OF_REWARD
from community.safety.entries import MAX_LEADER_ENTRIES
from community.submissions.rules import MAX_MEDIA, MAX_TAGS
from tests.support.vocabulary import BANNED

SCHEMA = build_schema()._schema
TYPES = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(kind)
}
MAX_SENTENCE_WORDS = 20
FIELDED = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)
MUTATIONS = SCHEMA.mutation_type.fields
# Lists without a page. Another rule limits their length.
BOUNDED_LISTS = {
    "Comment.mentions", "Comment.revisions",
    "PickUpPoint.helpers", "Query.myAppointments",
    "EarningRuleDefinition.byKind", "EarningRuleDefinition.streaks", "Explanation.inputs", "InteractionAnswer.errors",
    "Leaderboard.neighbours", "LeaderboardDeclaration.exclusionTexts", "LeaderboardDeclaration.exclusions",
    "LeaderboardDeclaration.periods", "LeaderboardDeclaration.tables", "Query.leaderboardDeclarations",
    "Member.honours", "Member.roles", "MutationError.path", "Notice.figures",
    "Member.sanctions", "Complaint.media", "Complaint.messages",
    "Query.earningRules", "Query.myMedia", "Revision.media", "Revision.tags", "Season.triggers", "ServiceToken.scopes",
    "Account.platforms", "Account.dependants", "CommunityChange.changes", "Query.consentDocuments", "Query.consents",
    "Query.popularTags", "Credential.kinds", "Credential.tags", "Member.credentials", "Member.mutedNotices",
    "Member.messageQuotas",
    "Submission.endorsements", "Submission.events",
    "Query.contentCalendar", "ContentCalendarDay.templates",
    "Event.frozenParts", "Event.results", "EventConditions.submissionKinds", "Query.entryChecks",
    "CheckInProgress.days", "Event.questions", "EventQuestion.answers", "EventQuestion.options",
    "Query.voteFindings", "VoteFinding.members", "EventConditions.juryCriteria", "Event.jurors",
    "EventEntry.viewerPoints", "EventConditions.badgeTiers", "Member.badges",
    "Query.suggestedMembers", "Query.mySubmissionCounts",
    "WordList.words", "WordList.exceptions", "ScreeningPreview.findings",
    "Query.dataExports", "Member.unread", "ReviewCase.pictureFindings", "Screening.findings",
    "SubmissionBlock.findings", "ReviewCase.reasons",
    "CaseDecideAnswer.errors", "ReasonTemplates.templates", "ReviewCase.opinions", "Community.twoPersonKinds",
    "Query.reviewFigures",
    "ReviewCounts.reasons", "ReviewCase.reports", "ReviewReportGroup.texts",
    "Query.suggestedTags", "SearchHit.title", "SearchHit.excerpt",
    "Query.redemptionCounts", "ProjectReport.media", "Reward.media", "Reward.pickUpPoints", "Redemption.events",
}  # fmt: skip


def described():
    for name, kind in TYPES.items():
        yield name, kind
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", given) for value, given in kind.values.items())
        elif isinstance(kind, FIELDED):
            for field_name, field in kind.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in getattr(field, "args", {}).items():
                    yield f"{name}.{field_name}({argument_name})", argument


def test_schema_everything_has_a_description():
    assert [name for name, thing in described() if not (thing.description or "").strip()] == []


def test_released_schema_is_current():
    assert print_schema() == read_released_schema()


@pytest.mark.parametrize("name", SCHEMA.query_type.fields)
def test_root_field_is_nullable(name):
    assert not isinstance(SCHEMA.query_type.fields[name].type, GraphQLNonNull)


CONNECTIONS = [kind for kind in TYPES.values() if kind.name.endswith("Connection")]


@pytest.mark.parametrize("kind", CONNECTIONS, ids=str)
def test_connection_counts_its_items(kind):
    assert str(kind.fields["totalCount"].type) == "TotalCount!"


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_has_an_input_and_its_own_payload(name):
    field = MUTATIONS[name]
    assert list(field.args) == ["input"]
    assert field.args["input"].type.of_type.name.endswith("Input")
    payload = field.type.of_type
    assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
    assert [interface.name for interface in payload.interfaces] == ["MutationPayload"]


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_types_are_described_by_its_name(name):
    field = MUTATIONS[name]
    assert field.type.of_type.description == f"Result of `{name}`. Codes: {', '.join(sorted(CODES[name]))}."
    given = get_named_type(field.args["input"].type).description
    assert given.startswith("Input for `")
    assert f"`{name}`" in given


def prose():
    """Yield (name, description without code)."""
    yield from ((name, re.sub(r"`[^`]*`", "`", thing.description)) for name, thing in described())


def test_descriptions_speak_of_the_viewer():
    first_person = re.compile(r"\b(I|[Mm]y|[Mm]e|[Mm]ine|[Mm]yself)\b")
    assert [name for name, text in prose() if first_person.search(text)] == []


def test_descriptions_have_no_banned_words():
    banned = re.compile(r"\b(" + "|".join(BANNED) + r")\b", re.IGNORECASE)
    assert [f"{name}: {text}" for name, text in prose() if banned.search(text)] == []


def test_descriptions_have_short_sentences():
    sentences = [(name, sentence) for name, text in prose() for sentence in re.split(r"(?<=[.:!?])\s", text)]
    assert [found for found in sentences if len(found[1].split()) > MAX_SENTENCE_WORDS] == []


# Counts, days, ranks, percents, versions and sizes. Points are never an Int, which is too small.
INTS = {
    "Community.newcomerCommentPauseSeconds", "CommunityEditInput.newcomerCommentPauseSeconds",
    "MessageQuota.remaining", "MessageAcceptanceInput.count",
    "Community.quietFromHour", "CommunityEditInput.quietFromHour",
    "Community.quietUntilHour", "CommunityEditInput.quietUntilHour",
    "ReviewReportGroup.count",
    "CouponCodeCounts.free", "CouponCodeCounts.shown", "CouponCodeCounts.taken", "CouponCodeCounts.voided",
    "CouponFaultyLine.line", "CouponImportPayload.added", "CouponVoidInput.quantity", "ServiceSlot.capacity",
    "ServiceSlot.left", "SlotCapacitySetInput.capacity", "SlotCreateInput.capacity",
    "CheckInPayload.streak", "DataExport.sizeBytes", "EarningNeeds.approvedSubmissions", "EarningNeeds.level",
    "EarningNeeds.memberDays", "EarningNeedsInput.approvedSubmissions", "EarningNeedsInput.level",
    "EarningNeedsInput.memberDays", "EarningRule.seasonPercent", "Invitation.mostUses", "Invitation.uses",
    "InvitationCreateInput.days", "InvitationCreateInput.uses", "Media.height", "Media.pollAfterMs", "Media.width",
    "NoticesReadPayload.unread", "PointsAccount.level", "PointsFreezeInput.seconds", "UnreadNotices.count",
    "ReviewCase.urgency", "ReviewCounts.appeals", "ReviewCounts.comments", "ReviewCounts.complaints",
    "ReviewCounts.escalated", "ReviewCounts.mine", "ReviewCounts.overdue", "ReviewCounts.reports",
    "ReviewCounts.revisions", "ReviewCounts.total", "ReviewCounts.unclaimed", "ReviewCounts.urgent",
    "ReviewCriterionFigures.mean", "ReviewCriterionFigures.spread", "ReviewLeaderFigures.approved",
    "ReviewLeaderFigures.decided", "ReviewLeaderFigures.medianFromClaimS", "ReviewLeaderFigures.medianS",
    "ReviewLeaderFigures.opinions", "ReviewLeaderFigures.overturned", "ReviewLeaderFigures.overturnedActions",
    "ReviewLeaderFigures.rejected",
    "ReviewLeaderFigures.returned",
    "ReasonTemplate.uses", "ReviewCounts.awaitsSecond",
    "ReviewReasonCount.count", "ReviewScores.authenticity", "ReviewScores.resonance", "ReviewScores.usefulness",
    "ReviewScoresInput.authenticity", "ReviewScoresInput.resonance", "ReviewScoresInput.usefulness",
    "SubmissionBlockFinding.picture",
    "Revision.number", "Season.percent", "SeasonOpenInput.percent", "SessionEndAllPayload.ended",
    "MemberRecord.published", "MemberRecord.refusals", "MemberRecord.rejected", "MemberRecord.removed",
    "MemberRecord.returned", "MemberRecord.sanctions", "MemberRecord.upheldReports", "MemberRecord.waiting",
    "SanctionGiveInput.days", "ServiceTokenCreateInput.days",
    "Honour.rank", "LeaderboardEntry.rank", "Member.level", "SubmissionStateCount.count", "TotalCount.value",
    "Comment.likeCount", "Comment.replyCount", "CommentRevision.number", "Submission.commentCount",
    "StreakBonus.days", "StreakBonusInput.days", "Submission.likeCount",
    "Submission.favouriteCount", "PopularTag.count",
    "EventConditions.entriesPerMember", "EventRulesInput.entriesPerMember", "EventConditions.minPixels",
    "EventRulesInput.minPixels", "EventConditions.votesPerDay", "EventRulesInput.votesPerDay",
    "EventConditions.votesInTotal", "EventRulesInput.votesInTotal", "EventConditions.goldPrizes",
    "EventRulesInput.goldPrizes", "EventConditions.silverPrizes", "EventRulesInput.silverPrizes",
    "EventConditions.bronzePrizes", "EventRulesInput.bronzePrizes", "Event.entryCount", "Event.viewerVotesLeft",
    "EventEntry.votes", "EventEntry.place", "EventResult.number",
    "ContentCalendarDay.lunarMonth", "ContentCalendarDay.lunarDay",
    "EventCreateByTemplateInput.year", "EventCreateByTemplateInput.percent",
    "EventConditions.drawnPrizes", "EventRulesInput.drawnPrizes", "EventConditions.drawnValue",
    "EventRulesInput.drawnValue",
    "EventConditions.capacity", "EventRulesInput.capacity", "Event.placesLeft", "Event.waitingCount",
    "Event.absentCount", "Event.openPrizeCount",
    "CheckInProgress.streak", "CheckInProgress.longestStreak", "CheckInProgress.makeUpDaysLeft",
    "EventAnswer.number", "EventAnswer.rank", "EventConditions.makeUpDays", "EventRulesInput.makeUpDays",
    "EventConditions.tries", "EventRulesInput.tries", "EventConditions.paidAnswers", "EventRulesInput.paidAnswers",
    "EventQuestion.number", "EventQuestion.rightCount", "EventQuestion.viewerTriesLeft",
    "EventEntry.waitingPosition", "EventEntry.score", "EventEntry.viewerPoints", "EntryScoreInput.points",
    "EventConditions.juryWeight", "EventRulesInput.juryWeight", "EventConditions.juryQuorum",
    "EventRulesInput.juryQuorum", "EventJuror.scoredCount",
    "Topic.authorCount", "Topic.contributionCount", "Submission.shareCount",
    "ReviewCounts.endorsements", "Submission.viewCount", "Endorsement.revision", "EndorsementGiveInput.revision",
    "ScreeningFinding.end", "ScreeningFinding.start", "WordList.exceptionCount", "WordList.wordCount",
    "Redemption.cancelledQuantity", "Redemption.fulfilledQuantity", "Redemption.openQuantity", "Redemption.quantity",
    "RedemptionCancelForInput.quantity", "RedemptionCancelInput.quantity", "RedemptionCount.count",
    "RedemptionCount.quantity", "RedemptionEvent.quantity", "RedemptionReserveInput.quantity", "Reward.cancelHours",
    "Reward.collectDays", "Reward.left", "Reward.lowStockAt", "Reward.maxPerPeriod", "Reward.maxPerPerson",
    "Reward.minLevel", "Reward.reviewDays", "Reward.total", "RewardContentInput.cancelHours",
    "RewardContentInput.collectDays", "RewardContentInput.lowStockAt", "RewardContentInput.maxPerPeriod",
    "RewardContentInput.maxPerPerson", "RewardContentInput.minLevel", "RewardContentInput.reviewDays",
    "RedemptionVerifyInput.quantity", "RewardCreateInput.stock", "RewardStockSetInput.total",
}  # fmt: skip


def test_int_fields_are_not_points():
    ints = {
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        if isinstance(kind, FIELDED)
        for name, field in kind.fields.items()
        if get_named_type(field.type).name == "Int" and name != "version"
    }
    assert ints == INTS


def test_lists_without_a_page_are_known():
    lists = [
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.endswith(("Connection", "Payload"))
        for name, field in kind.fields.items()
        if is_list_type(get_nullable_type(field.type))
    ]
    assert sorted(lists) == sorted(BOUNDED_LISTS)


# Lists that a client sends. Lists of an enumeration are limited by its values and by the size of a request.
INPUT_LIST_LIMITS = {
    "MessagesAcceptInput.accepted": len(MessageTopic),
    "CommentCreateInput.mentionIds": MAX_MENTIONS, "CommentEditInput.mentionIds": MAX_MENTIONS,
    "EarningRuleDefinitionInput.byKind": MAX_KINDS, "EarningRuleDefinitionInput.streaks": MAX_STREAKS,
    "CaseDecideManyInput.decisions": MAX_ITEMS, "ReasonTemplatesEditInput.templates": MAX_TEMPLATES,
    "InteractionsReportInput.interactions": MAX_REPORTS, "Query.feed(tags)": MAX_TAGS, "Query.myMedia(ids)": MAX_MEDIA,
    "Query.search(tags)": MAX_TAGS,
    "WordListPublishInput.words": MAX_LEADER_ENTRIES, "WordListPublishInput.exceptions": MAX_LEADER_ENTRIES,
    "ComplaintOpenInput.mediaIds": MAX_COMPLAINT_MEDIA, "ProjectReportInput.mediaIds": MAX_MEDIA,
    "RewardContentInput.mediaIds": MAX_MEDIA, "RewardContentInput.pickUpPointIds": MAX_POINTS_OF_REWARD,
    "SubmissionTextInput.mediaIds": MAX_MEDIA, "SubmissionTextInput.tags": MAX_TAGS,
    "EventQuestionsInput.questions": MAX_QUESTIONS, "EventQuestionInput.answers": MAX_ANSWERS,
    "EventQuestionInput.options": MAX_OPTIONS,
    "CredentialApplyInput.tags": MAX_TAGS, "EntryScoreInput.points": len(JuryCriterion),
}  # fmt: skip


def test_input_lists_have_a_described_limit():
    found = {
        name: thing.description
        for name, thing in described()
        if (name.endswith(")") or name.partition(".")[0].endswith("Input"))
        and "." in name
        and is_list_type(get_nullable_type(thing.type))
        and not isinstance(get_named_type(thing.type), GraphQLEnumType)
    }
    assert set(found) == set(INPUT_LIST_LIMITS)
    assert [name for name, limit in INPUT_LIST_LIMITS.items() if str(limit) not in found[name]] == []


def test_schema_has_every_refusal_code():
    for module in pkgutil.walk_packages(community.__path__, "community."):
        if module.name != "community.__main__" and ".migrations." not in module.name:
            importlib.import_module(module.name)
    ours = {
        kind.code
        for kind in _below(Refusal)
        if kind.__module__.startswith("community.")
    }  # fmt: skip
    assert ours | {Refusal.code} == set(TYPES["ErrorCode"].values)


def _below(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


# Types with an id that names no thing to find.
NO_NODES = {"StatementLine"}


def test_every_type_with_an_id_is_a_node():
    types = {kind.name for kind in TYPES.values() if isinstance(kind, GraphQLObjectType) and "id" in kind.fields}
    nodes = {kind.name for kind in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])}
    assert types - nodes == NO_NODES
    assert nodes == set(FINDERS)


@pytest.mark.parametrize("name", ["Date", "DateTime", "Points"])
def test_scalar_has_a_specification(name):
    assert TYPES[name].specified_by_url.startswith("https://www.rfc-editor.org/")
