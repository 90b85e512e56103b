"""The effect of repeating each mutation, and its proof.

Every mutation has a line. The proof sends the same input twice and compares all tables of the database.
"""

from __future__ import annotations

from enum import Enum, auto

import pytest
from graphql import GraphQLNonNull, get_named_type

from tests.api.asking import MUTATIONS, get_operation
from tests.api.who_may_what import OK, ROLES, TABLE
from tests.support.story import read_tables_without_keys


class Repetition(Enum):
    """The effect of a second call with the same input."""

    KEYED = auto()
    """None: the idempotency key returns the first result."""
    HARMLESS = auto()
    """None: it changes nothing, or is refused."""
    ANEW = auto()
    """It happens again. The comment in the table says why that does no harm."""


KEYED, HARMLESS, ANEW = Repetition

REPETITIONS = {
    "adjustmentApprove": KEYED,
    "adjustmentDecline": KEYED,
    "caseClaim": KEYED,
    "caseDecideMany": KEYED,
    "caseEscalate": KEYED,
    "caseHandOver": KEYED,
    "caseRelease": KEYED,
    "checkIn": HARMLESS,
    "communityEdit": KEYED,
    "communityJoin": HARMLESS,
    "communityLeave": HARMLESS,
    "commentCreate": KEYED,
    "commentDelete": KEYED,
    "commentEdit": KEYED,
    "commentLike": HARMLESS,
    "commentUnlike": HARMLESS,
    "commentsClose": KEYED,
    "commentsOpen": KEYED,
    "complaintOpen": KEYED,
    "complaintReopen": KEYED,
    "complaintReply": KEYED,
    "complaintSolve": KEYED,
    "consentGive": HARMLESS,
    "consentWithdraw": HARMLESS,
    "dataExportRequest": HARMLESS,
    "earningRulePublish": KEYED,
    "erasureCancel": HARMLESS,
    "erasureRequest": HARMLESS,
    # The database has only a digest, so a lost code cannot be returned. The last code is the valid one.
    "guardianAsk": ANEW,
    "guardianConfirm": HARMLESS,
    "guardianRevoke": HARMLESS,
    "interactionReport": HARMLESS,
    "interactionsReport": HARMLESS,
    "invitationCreate": KEYED,
    "invitationRevoke": KEYED,
    # The code of a platform works once. Each call starts a session, and an unused session ends by itself.
    "login": ANEW,
    "mediaUpload": KEYED,
    "memberBlock": HARMLESS,
    "memberUnblock": HARMLESS,
    "messagesAccept": KEYED,
    "noticesMute": HARMLESS,
    "noticesRead": HARMLESS,
    "personEdit": HARMLESS,
    "personSetAvatar": HARMLESS,
    "phoneBind": HARMLESS,
    "phoneUnbind": HARMLESS,
    "pickUpHelperAppoint": KEYED,
    "pickUpHelperDismiss": KEYED,
    "pickUpPointClose": KEYED,
    "pickUpPointCreate": KEYED,
    "pickUpPointEdit": KEYED,
    "platformLink": HARMLESS,
    "platformSessionCheck": HARMLESS,
    "platformUnlink": HARMLESS,
    "pledgeName": KEYED,
    "pointsAdjust": KEYED,
    "pointsCapture": HARMLESS,
    "pointsFreeze": KEYED,
    "pointsRefund": KEYED,
    "pointsRelease": HARMLESS,
    "pointsSpend": KEYED,
    "couponImport": KEYED,
    "couponShow": HARMLESS,
    "couponVoid": KEYED,
    "slotCancel": KEYED,
    "slotCapacitySet": KEYED,
    "slotCreate": KEYED,
    "reasonTemplatesEdit": KEYED,
    "redemptionCancel": KEYED,
    "redemptionCancelFor": KEYED,
    "redemptionConfirm": KEYED,
    "redemptionReserve": KEYED,
    "rewardCreate": KEYED,
    "rewardEdit": KEYED,
    "rewardPublish": KEYED,
    "rewardStockSet": KEYED,
    "rewardWithdraw": KEYED,
    "projectReport": KEYED,
    "redemptionUndo": KEYED,
    "redemptionVerify": KEYED,
    "roleGive": KEYED,
    "sanctionGive": KEYED,
    "sanctionLift": KEYED,
    "trustGive": KEYED,
    "trustEnd": KEYED,
    "roleTake": KEYED,
    "seasonCancel": KEYED,
    "announcementWrite": KEYED,
    "announcementCancel": KEYED,
    "credentialApply": KEYED,
    "credentialWithdraw": KEYED,
    "endorsementGive": KEYED,
    "endorsementWithdraw": KEYED,
    "endorsementRequest": KEYED,
    "endorsementNoteApprove": KEYED,
    "endorsementNoteRefuse": KEYED,
    "endorsementNoteHide": KEYED,
    "endorsementNoteReport": KEYED,
    "eventCreate": KEYED,
    "eventCreateByTemplate": KEYED,
    "eventEdit": KEYED,
    "eventMove": KEYED,
    "eventPrizes": KEYED,
    "eventCheckIn": KEYED,
    "eventQuestions": KEYED,
    "questionAnswer": KEYED,
    "entryCreate": KEYED,
    "entryWithdraw": KEYED,
    "entryDisqualify": KEYED,
    "entryReinstate": KEYED,
    "entryPick": KEYED,
    "entryAttend": KEYED,
    "entryVote": HARMLESS,
    "jurorAppoint": KEYED,
    "jurorDrop": KEYED,
    "entryScore": KEYED,
    "topicOpen": KEYED,
    "topicEdit": KEYED,
    "topicClose": KEYED,
    "seasonOpen": KEYED,
    "twoPersonKindsEdit": KEYED,
    "wordListPublish": KEYED,
    "serviceTokenApprove": KEYED,
    "serviceTokenCreate": KEYED,
    "serviceTokenRevoke": KEYED,
    "sessionEnd": HARMLESS,
    "sessionEndAll": HARMLESS,
    # Within a minute it returns the same tokens, and extends the session from now. Later it ends the session.
    "sessionRefresh": ANEW,
    "submissionApprove": KEYED,
    "submissionCreate": KEYED,
    "submissionEdit": KEYED,
    "submissionErase": KEYED,
    "submissionFavourite": HARMLESS,
    "submissionUnfavourite": HARMLESS,
    "submissionShare": HARMLESS,
    "submissionLike": HARMLESS,
    "submissionReject": KEYED,
    "submissionRemove": KEYED,
    "submissionRestore": KEYED,
    "decisionAppeal": KEYED,
    "removalAppeal": KEYED,
    "sanctionAppeal": KEYED,
    "blockAppeal": KEYED,
    "hidingAppeal": KEYED,
    "commentApprove": KEYED,
    "commentRefuse": KEYED,
    "commentHide": KEYED,
    "commentRestore": KEYED,
    "commentReport": KEYED,
    "appealAnswer": KEYED,
    "submissionReport": KEYED,
    "reportUphold": KEYED,
    "reportDismiss": KEYED,
    "submissionReturn": KEYED,
    "submissionSubmit": KEYED,
    "submissionUnlike": HARMLESS,
    "submissionMakePublic": KEYED,
    "trialReviewName": KEYED,
    "submissionWithdraw": KEYED,
}
# The world of the table has no WeChat, no second platform and no child. The first call is refused too.
REFUSED = {"guardianAsk", "phoneBind", "platformSessionCheck", "platformUnlink"}


def test_every_mutation_has_a_repetition():
    assert set(REPETITIONS) == set(MUTATIONS), "say what its repetition does, and prove it"


@pytest.mark.parametrize("name", MUTATIONS)
def test_description_says_what_a_repetition_does(name):
    assert MUTATIONS[name].description.count("Repeating: ") == 1


@pytest.mark.parametrize("name", MUTATIONS)
def test_only_a_keyed_mutation_takes_a_key(name):
    given = get_named_type(MUTATIONS[name].args["input"].type).fields.get("idempotencyKey")
    assert (given is not None) is (REPETITIONS[name] is KEYED)
    if given is not None:
        assert isinstance(given.type, GraphQLNonNull)
        assert MUTATIONS[name].description.endswith("Repeating: the same key and input return the first result.")


def find_allowed_call(name: str) -> tuple[str, str, str]:
    """Return a row of the permission table, and a role and target for which the mutation succeeds."""
    return next(
        (row, role, target)
        for row in TABLE
        if get_operation(row) == name
        for target, results in TABLE[row].cells.items()
        for role, result in zip(ROLES, results, strict=True)
        if role != "anonymous" and (result == OK or name in REFUSED)
    )


@pytest.mark.parametrize("name", sorted(name for name, kind in REPETITIONS.items() if kind is not ANEW))
async def test_repetition_changes_nothing(asker, name):
    world = asker.world
    row, role, target = find_allowed_call(name)
    given = await TABLE[row].ask(world, role, target)
    token = world.tokens[role]
    first = await asker.ask(row, given, token=token)
    assert (first == OK) is (name not in REFUSED)
    before = await read_tables_without_keys()
    again = await asker.ask(row, given, token=token)
    assert await read_tables_without_keys() == before
    if REPETITIONS[name] is KEYED:
        assert again == OK
    await world.restore(row, role)
