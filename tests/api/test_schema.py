"""What the schema promises to a front-end team, whatever is added to it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_specified_scalar_type,
)

import community
from community.api.schema import build_schema, print_schema, read_released_schema
from community.kernel.errors import Refusal

SCHEMA = build_schema()._schema
TYPES = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(kind)
}
FIELDED = (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)
MUTATIONS = SCHEMA.mutation_type.fields
# Short by their nature: their length has a limit of its own.
BOUNDED_LISTS = {
    "EarningRuleDefinition.byKind", "EarningRuleDefinition.streaks", "Explanation.inputs", "InteractionAnswer.errors",
    "Leaderboard.neighbours", "Leaderboard.entries", "Member.roles", "MutationError.path", "Notice.figures",
    "Query.earningRules", "Query.myMedia", "Revision.media", "Revision.tags", "Season.triggers", "ServiceToken.scopes",
    "Account.platforms", "Account.wards", "CommunityChange.changes", "Query.consentDocuments", "Query.consents",
    "Query.dataExports",
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


def test_everything_explains_itself():
    assert [name for name, thing in described() if not (thing.description or "").strip()] == []


def test_the_released_schema_is_this_one():
    assert print_schema() == read_released_schema()


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_takes_an_input_and_answers_a_payload_of_its_own(name):
    field = MUTATIONS[name]
    assert list(field.args) == ["input"]
    assert field.args["input"].type.of_type.name.endswith("Input")
    payload = field.type.of_type
    assert payload.name == f"{name[0].upper()}{name[1:]}Payload"
    assert [interface.name for interface in payload.interfaces] == ["MutationPayload"]


HARMLESS_TO_REPEAT = {
    "login", "personRename", "communityJoin", "submissionLike", "submissionUnlike", "noticesRead", "checkIn",
    "interactionReport", "interactionsReport", "pointsCapture", "pointsRelease", "personSetAvatar",
    "sessionRefresh", "sessionEnd", "sessionEndAll", "platformLink", "platformUnlink", "platformSessionCheck",
    "phoneBind", "phoneUnbind", "personCorrect", "guardianAsk", "guardianConfirm", "guardianRevoke",
    "communityLeave", "consentGive", "consentWithdraw", "dataExportRequest", "erasureRequest", "erasureCancel",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(MUTATIONS) - HARMLESS_TO_REPEAT))
def test_what_is_harmful_to_repeat_takes_an_idempotency_key(name):
    given = get_named_type(MUTATIONS[name].args["input"].type).fields["idempotencyKey"].type
    assert isinstance(given, GraphQLNonNull)


# Counts, days, ranks, percents, versions, sizes: none of them is points, which an Int is too small for.
INTS = {
    "CheckInPayload.streak", "DataExport.sizeBytes", "EarningNeeds.approvedSubmissions", "EarningNeeds.level",
    "EarningNeeds.memberDays", "EarningNeedsInput.approvedSubmissions", "EarningNeedsInput.level",
    "EarningNeedsInput.memberDays", "EarningRule.seasonPercent", "Invitation.mostUses", "Invitation.uses",
    "InvitationCreateInput.days", "InvitationCreateInput.uses", "Media.height", "Media.pollAfterMs", "Media.width",
    "NoticesReadPayload.unread", "PointsAccount.level", "PointsFreezeInput.seconds", "Query.unreadNotices",
    "ReviewScores.authenticity", "ReviewScores.resonance", "ReviewScores.usefulness",
    "ReviewScoresInput.authenticity", "ReviewScoresInput.resonance", "ReviewScoresInput.usefulness",
    "Revision.number", "Season.percent", "SeasonOpenInput.percent", "SessionEndAllPayload.ended",
    "LeaderboardEntry.rank",
    "StreakBonus.days", "StreakBonusInput.days", "Submission.likeCount",
}  # fmt: skip


def test_an_int_is_no_number_of_points():
    ints = {
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        if isinstance(kind, FIELDED)
        for name, field in kind.fields.items()
        if get_named_type(field.type).name == "Int" and name != "version"
    }
    assert ints == INTS


def test_every_list_has_a_limit():
    lists = [
        f"{kind.name}.{name}"
        for kind in TYPES.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.endswith(("Connection", "Payload"))
        for name, field in kind.fields.items()
        if is_list_type(getattr(field.type, "of_type", field.type))
    ]
    assert sorted(lists) == sorted(BOUNDED_LISTS)


def test_every_code_of_a_refusal_is_in_the_schema():
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


def test_a_mutation_speaks_of_a_key_where_its_input_has_one():
    schema = build_schema()._schema
    for name, field in schema.mutation_type.fields.items():
        argument = field.args["input"]
        keyed = "idempotencyKey" in argument.type.of_type.fields
        assert ("key" in argument.description) is keyed, name
