"""Every text of every input goes through the rules for texts.

The fields come from the schema. Each gets texts that no field of its kind may accept, in an input that succeeds
otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLList, get_named_type, get_nullable_type

from tests.api.asking import MUTATIONS, get_operation
from tests.api.test_repetition import find_allowed_call
from tests.api.who_may_what import OK, TABLE
from tests.support.api import new_key
from tests.support.story import read_tables_without_keys

NO_INK, CONTROL, TURNED, PILE, LONG = "\u3164\u2800", "a\x1bb", "a\u202eb", "x" + "\u0301" * 9, "字" * 6_000
HOSTILE = {"no ink": NO_INK, "control": CONTROL, "turned": TURNED, "pile": PILE, "long": LONG}

LINES = {
    "PickUpPointCreateInput.openingHours", "PickUpPointEditInput.openingHours", "RedemptionCancelForInput.reason",
    "CommentCreateInput.text", "CommentEditInput.text", "CommentsCloseInput.reason",
    "ComplaintOpenInput.text", "ComplaintReopenInput.text", "ComplaintReplyInput.text", "ComplaintSolveInput.text",
    "ProjectReportInput.text", "RedemptionUndoInput.reason", "RewardContentInput.text",
    "CaseDecisionInput.note", "CaseEscalateInput.note", "ReasonTemplateInput.text",
    "CommunityEditInput.announcement", "CommunityEditInput.description", "CommunityEditInput.rules",
    "SubmissionApproveInput.note", "SubmissionRejectInput.reason", "SubmissionRemoveInput.reason",
    "SubmissionRestoreInput.reason", "AppealAnswerInput.reason", "BlockAppealInput.text",
    "HidingAppealInput.text", "CommentHideInput.reason", "CommentRefuseInput.reason", "CommentReportInput.text",
    "DecisionAppealInput.text", "RemovalAppealInput.text", "SanctionAppealInput.text", "SubmissionReportInput.text",
    "ReportUpholdInput.reason",
    "CredentialApplyInput.evidence", "EndorsementGiveInput.note", "EndorsementWithdrawInput.reason",
    "EndorsementNoteHideInput.reason", "EndorsementNoteRefuseInput.reason", "EndorsementNoteReportInput.text",
    "EventContentInput.text", "EventQuestionInput.text", "EntryDisqualifyInput.reason",
    "AnnouncementWriteInput.text",
    "TopicOpenInput.description", "TopicEditInput.description",
    "SubmissionReturnInput.whatToChange", "SubmissionTextInput.text",
}  # fmt: skip
"""Texts of several lines. A direction that is opened there ends with its line, so it is accepted."""

FOLDED = {"SubmissionTextInput.tags", "TopicOpenInput.tag", "CredentialApplyInput.tags"}
"""Texts that are stored without invisible characters, so that a control of direction is dropped."""

BY_LINE = {"CouponImportInput.csv"}
"""Texts whose lines are refused one by one, in a report."""

OF_PLATFORMS = {"LoginInput.code", "PhoneBindInput.code", "PlatformLinkInput.code"}
"""Codes that only the platform can judge. They are not stored as they are, and never shown."""

REFUSALS = {
    "EntryAttendInput.code": "ATTENDANCE_CODE_INVALID",
    "CommunityJoinInput.invitationCode": "INVITATION_INVALID",
    "GuardianConfirmInput.code": "GUARDIAN_CODE_INVALID",
    "LoginProofInput.code": "PROOF_INVALID",
    "RedemptionVerifyInput.code": "VERIFICATION_CODE_INVALID",
    "SessionRefreshInput.refreshToken": "SESSION_ENDED",
}
"""Refusals other than INVALID_INPUT."""


def list_fields(kind: GraphQLInputObjectType, path: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each text below an input type: its name, and its path. `0` is the first item of a list."""
    for name, declared in kind.fields.items():
        inner, place = get_named_type(declared.type), (*path, name)
        if isinstance(get_nullable_type(declared.type), GraphQLList):
            place = (*place, "0")
        if isinstance(inner, GraphQLInputObjectType):
            yield from list_fields(inner, place)
        elif inner.name == "String":
            yield f"{kind.name}.{name}", place


FIELDS = {
    (name, field): path
    for name, mutation in MUTATIONS.items()
    if name != "interactionsReport"  # Each report has its own result. `interactionReport` has the same input.
    for field, path in list_fields(get_named_type(mutation.args["input"].type))
}


def replace_text(given: dict[str, Any], path: tuple[str, ...], text: str) -> dict[str, Any] | None:
    """Return the input with another text at the path. None if the input has no such object."""
    changed: Any = copy.copy(given)
    whole = changed
    for part, following in zip(path, (*path[1:], None), strict=True):
        key: Any = int(part) if part.isdecimal() else part
        if following is None:
            if isinstance(whole, list) and not whole:
                whole.append(text)
            else:
                whole[key] = text
            return changed
        if isinstance(whole, dict) and key not in whole and following == "0":
            whole[key] = []
        if (key not in whole) if isinstance(whole, dict) else (key >= len(whole)):
            return None
        whole[key] = copy.copy(whole[key])
        whole = whole[key]
    raise AssertionError("a path has an end")


def test_every_exception_names_a_field():
    assert (LINES | FOLDED | BY_LINE | OF_PLATFORMS | set(REFUSALS)) - {field for _, field in FIELDS} == set()


@pytest.mark.divided("name")
@pytest.mark.parametrize(("name", "field"), [key for key in FIELDS if key[1] not in OF_PLATFORMS | BY_LINE])
async def test_hostile_text_is_refused_and_changes_nothing(asker, name, field):
    world = asker.world
    row, role, target = find_allowed_call(name)
    given = await TABLE[row].ask(world, role, target)
    if name == "earningRulePublish":
        given["definition"] = {"amount": 1, "byKind": [{"kind": "RECIPE", "amount": 1}]}
    before = await read_tables_without_keys()
    results = {}
    for kind, text in HOSTILE.items():
        if kind == "turned" and field in LINES | FOLDED:
            continue
        if "idempotencyKey" in given:
            given |= {"idempotencyKey": new_key()}  # A stored refusal would answer for the next text.
        changed = replace_text(given, FIELDS[name, field], text)
        assert changed is not None, "the row of the permission table must give the object of this field"
        results[kind] = await asker.ask(row, changed, token=world.tokens[role])
    assert set(results.values()) == {REFUSALS.get(field, "INVALID_INPUT")}, results
    assert await read_tables_without_keys() == before
    assert OK not in results.values()
    assert get_operation(row) == name
