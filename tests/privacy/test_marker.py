"""A mark in every field that a person can fill in, and none after the person's erasure.

The fields come from the schema's inputs. A field without a plan here fails the suite.
"""

from __future__ import annotations

import io
import logging
import zipfile
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from graphql import GraphQLInputObjectType, get_named_type
from PIL import ExifTags, Image

from community.api import ids
from community.api.schema import build_schema
from community.communities import queries, service_tokens
from community.communities.models import Role, ServiceScope
from community.conversation import visibility
from community.conversation.cases import build_thing
from community.demo.photographs import build_exif
from community.events import entering
from community.events.kinds import EventKind, EventState, JuryCriterion
from community.events.tasks.queries import list_questions
from community.experts import credentials
from community.experts.credentials import CredentialAction
from community.kernel import clock, db
from community.kernel.periods import CHINA
from community.privacy import archives
from community.review import cases
from community.review import service as review
from community.review.appeals import appeals, reports
from community.review.appeals.models import AppealedAction, ReportCategory
from community.review.models import CaseKind
from community.review.queries import find_last_decisions
from community.submissions import queries as submissions
from community.submissions import removal, restoration, write
from community.submissions.models import SubmissionKind
from tests.experts.story import hold_note, make_expert
from tests.kernel.schema import tables
from tests.support.api import Caller, complete_input, new_key, run_api
from tests.support.backends import use_platform_servers
from tests.support.comments import send_comment, send_to_leader, settle
from tests.support.contests import hold, move_to
from tests.support.story import block, make_content

SCHEMA = build_schema()._schema


class Plan(Enum):
    """The storage of a field's value."""

    KEPT = auto()
    """Readable in the database until the person is erased."""
    HIDDEN = auto()
    """Stored encrypted or as a digest, never readable, also before the erasure."""
    NOT_KEPT = auto()
    """Read and not stored."""
    CODE = auto()
    """A code, or a listed word, in a rule of the community. It stays with the rule."""


PLANS = {
    "AdjustmentApproveInput.idempotencyKey": Plan.KEPT,
    "AdjustmentDeclineInput.idempotencyKey": Plan.KEPT,
    "AmountOfKindInput.kind": Plan.CODE,
    "MessagesAcceptInput.idempotencyKey": Plan.KEPT,
    "JurorAppointInput.idempotencyKey": Plan.KEPT,
    "JurorDropInput.idempotencyKey": Plan.KEPT,
    "EntryScoreInput.idempotencyKey": Plan.KEPT,
    "CouponImportInput.csv": Plan.HIDDEN,
    "CouponImportInput.idempotencyKey": Plan.KEPT,
    "CouponVoidInput.idempotencyKey": Plan.KEPT,
    "SlotCancelInput.idempotencyKey": Plan.KEPT,
    "SlotCapacitySetInput.idempotencyKey": Plan.KEPT,
    "SlotCreateInput.endsAt": Plan.NOT_KEPT,
    "SlotCreateInput.idempotencyKey": Plan.KEPT,
    "SlotCreateInput.startsAt": Plan.NOT_KEPT,
    "CommentApproveInput.idempotencyKey": Plan.KEPT,
    "CommentRefuseInput.idempotencyKey": Plan.KEPT,
    "CommentRefuseInput.reason": Plan.KEPT,
    "CommentHideInput.idempotencyKey": Plan.KEPT,
    "CommentHideInput.reason": Plan.KEPT,
    "CommentRestoreInput.idempotencyKey": Plan.KEPT,
    "CommentReportInput.idempotencyKey": Plan.KEPT,
    "CommentReportInput.text": Plan.KEPT,
    "HidingAppealInput.idempotencyKey": Plan.KEPT,
    "HidingAppealInput.text": Plan.KEPT,
    "CommentCreateInput.idempotencyKey": Plan.KEPT,
    "CommentCreateInput.text": Plan.KEPT,
    "CommentDeleteInput.idempotencyKey": Plan.KEPT,
    "CommentEditInput.idempotencyKey": Plan.KEPT,
    "CommentEditInput.text": Plan.KEPT,
    "CommentsCloseInput.idempotencyKey": Plan.KEPT,
    "CommentsCloseInput.reason": Plan.KEPT,
    "CommentsOpenInput.idempotencyKey": Plan.KEPT,
    "ComplaintOpenInput.idempotencyKey": Plan.KEPT,
    "ComplaintOpenInput.text": Plan.KEPT,
    "ComplaintReopenInput.idempotencyKey": Plan.KEPT,
    "ComplaintReopenInput.text": Plan.KEPT,
    "ComplaintReplyInput.idempotencyKey": Plan.KEPT,
    "ComplaintReplyInput.text": Plan.KEPT,
    "ComplaintSolveInput.idempotencyKey": Plan.KEPT,
    "ComplaintSolveInput.text": Plan.KEPT,
    "CommunityEditInput.announcement": Plan.KEPT,
    "CommunityEditInput.description": Plan.KEPT,
    "CommunityEditInput.idempotencyKey": Plan.KEPT,
    "CommunityEditInput.name": Plan.KEPT,
    "CommunityEditInput.rules": Plan.KEPT,
    "CommunityJoinInput.invitationCode": Plan.NOT_KEPT,
    "EarningRulePublishInput.idempotencyKey": Plan.KEPT,
    "GuardianConfirmInput.code": Plan.NOT_KEPT,
    "InteractionInput.name": Plan.CODE,
    "InteractionInput.purchase": Plan.KEPT,
    "InteractionInput.reference": Plan.KEPT,
    "InvitationCreateInput.idempotencyKey": Plan.KEPT,
    "InvitationRevokeInput.idempotencyKey": Plan.KEPT,
    "LoginInput.code": Plan.HIDDEN,
    "LoginInput.device": Plan.KEPT,
    "LoginInput.nickname": Plan.KEPT,
    "MediaUploadInput.altText": Plan.KEPT,
    "MediaUploadInput.idempotencyKey": Plan.KEPT,
    "PersonEditInput.bornOn": Plan.KEPT,
    "PersonEditInput.nickname": Plan.KEPT,
    "PhoneBindInput.code": Plan.NOT_KEPT,
    "PickUpHelperAppointInput.idempotencyKey": Plan.KEPT,
    "PickUpHelperDismissInput.idempotencyKey": Plan.KEPT,
    "PickUpPointCloseInput.idempotencyKey": Plan.KEPT,
    "PickUpPointCreateInput.address": Plan.KEPT,
    "PickUpPointCreateInput.idempotencyKey": Plan.KEPT,
    "PickUpPointCreateInput.name": Plan.KEPT,
    "PickUpPointCreateInput.openingHours": Plan.KEPT,
    "PickUpPointEditInput.address": Plan.KEPT,
    "PickUpPointEditInput.idempotencyKey": Plan.KEPT,
    "PickUpPointEditInput.name": Plan.KEPT,
    "PickUpPointEditInput.openingHours": Plan.KEPT,
    "PlatformLinkInput.code": Plan.HIDDEN,
    "LoginProofInput.code": Plan.HIDDEN,
    "PointsAdjustInput.idempotencyKey": Plan.KEPT,
    "PointsAdjustInput.reason": Plan.KEPT,
    "PointsFreezeInput.idempotencyKey": Plan.HIDDEN,
    "PointsFreezeInput.reference": Plan.KEPT,
    "PointsRefundInput.idempotencyKey": Plan.HIDDEN,
    "PointsRefundInput.reference": Plan.KEPT,
    "PointsSpendInput.idempotencyKey": Plan.HIDDEN,
    "PointsSpendInput.reference": Plan.KEPT,
    "RedemptionCancelForInput.reason": Plan.KEPT,
    "RedemptionCancelForInput.idempotencyKey": Plan.KEPT,
    "RedemptionCancelInput.idempotencyKey": Plan.KEPT,
    "RedemptionConfirmInput.idempotencyKey": Plan.KEPT,
    "PledgeNameInput.idempotencyKey": Plan.KEPT,
    "ProjectReportInput.idempotencyKey": Plan.KEPT,
    "ProjectReportInput.text": Plan.KEPT,
    "ProjectReportInput.title": Plan.KEPT,
    "TrialReviewNameInput.idempotencyKey": Plan.KEPT,
    "RedemptionReserveInput.idempotencyKey": Plan.KEPT,
    "RedemptionUndoInput.idempotencyKey": Plan.KEPT,
    "RedemptionUndoInput.reason": Plan.KEPT,
    "RedemptionVerifyInput.code": Plan.NOT_KEPT,
    "RedemptionVerifyInput.idempotencyKey": Plan.KEPT,
    "RewardCreateInput.idempotencyKey": Plan.KEPT,
    "RewardEditInput.idempotencyKey": Plan.KEPT,
    "RewardPublishInput.idempotencyKey": Plan.KEPT,
    "RewardStockSetInput.idempotencyKey": Plan.KEPT,
    "RewardWithdrawInput.idempotencyKey": Plan.KEPT,
    "RewardContentInput.text": Plan.KEPT,
    "RewardContentInput.title": Plan.KEPT,
    "CaseClaimInput.idempotencyKey": Plan.KEPT,
    "CaseDecideManyInput.idempotencyKey": Plan.KEPT,
    "CaseDecisionInput.note": Plan.KEPT,
    "CaseEscalateInput.idempotencyKey": Plan.KEPT,
    "CaseEscalateInput.note": Plan.KEPT,
    "CaseHandOverInput.idempotencyKey": Plan.KEPT,
    "CaseReleaseInput.idempotencyKey": Plan.KEPT,
    "RoleGiveInput.idempotencyKey": Plan.KEPT,
    "SanctionGiveInput.idempotencyKey": Plan.KEPT,
    "SanctionGiveInput.reason": Plan.KEPT,
    "SanctionLiftInput.idempotencyKey": Plan.KEPT,
    "SanctionLiftInput.reason": Plan.KEPT,
    "TrustGiveInput.idempotencyKey": Plan.KEPT,
    "TrustGiveInput.reason": Plan.KEPT,
    "TrustEndInput.idempotencyKey": Plan.KEPT,
    "RoleTakeInput.idempotencyKey": Plan.KEPT,
    "SeasonCancelInput.idempotencyKey": Plan.KEPT,
    "SeasonOpenInput.idempotencyKey": Plan.KEPT,
    "SeasonOpenInput.name": Plan.KEPT,
    "AnnouncementCancelInput.idempotencyKey": Plan.KEPT,
    "AnnouncementWriteInput.idempotencyKey": Plan.KEPT,
    "AnnouncementWriteInput.text": Plan.KEPT,
    "CredentialApplyInput.evidence": Plan.KEPT,
    "CredentialApplyInput.expiresOn": Plan.NOT_KEPT,
    "CredentialApplyInput.idempotencyKey": Plan.KEPT,
    "CredentialApplyInput.issuer": Plan.KEPT,
    "CredentialApplyInput.profession": Plan.KEPT,
    "CredentialApplyInput.tags": Plan.KEPT,
    "CredentialWithdrawInput.idempotencyKey": Plan.KEPT,
    "EndorsementGiveInput.idempotencyKey": Plan.KEPT,
    "EndorsementGiveInput.note": Plan.KEPT,
    "EndorsementNoteApproveInput.idempotencyKey": Plan.KEPT,
    "EndorsementNoteHideInput.idempotencyKey": Plan.KEPT,
    "EndorsementNoteHideInput.reason": Plan.KEPT,
    "EndorsementNoteReportInput.idempotencyKey": Plan.KEPT,
    "EndorsementNoteReportInput.text": Plan.KEPT,
    "EndorsementNoteRefuseInput.idempotencyKey": Plan.KEPT,
    "EndorsementNoteRefuseInput.reason": Plan.KEPT,
    "EndorsementRequestInput.idempotencyKey": Plan.KEPT,
    "EndorsementWithdrawInput.idempotencyKey": Plan.KEPT,
    "EndorsementWithdrawInput.reason": Plan.KEPT,
    "EventCreateInput.idempotencyKey": Plan.KEPT,
    "EventCreateByTemplateInput.idempotencyKey": Plan.KEPT,
    "EventEditInput.idempotencyKey": Plan.KEPT,
    "EventMoveInput.idempotencyKey": Plan.KEPT,
    "EventPrizesInput.idempotencyKey": Plan.KEPT,
    "EntryCreateInput.idempotencyKey": Plan.KEPT,
    "EntryWithdrawInput.idempotencyKey": Plan.KEPT,
    "EntryDisqualifyInput.idempotencyKey": Plan.KEPT,
    "EntryReinstateInput.idempotencyKey": Plan.KEPT,
    "EntryPickInput.idempotencyKey": Plan.KEPT,
    "EventCheckInInput.idempotencyKey": Plan.KEPT,
    "EventCheckInInput.day": Plan.CODE,
    "EventQuestionsInput.idempotencyKey": Plan.KEPT,
    "EventQuestionInput.text": Plan.KEPT,
    "EventQuestionInput.answers": Plan.KEPT,
    "EventQuestionInput.options": Plan.KEPT,
    "QuestionAnswerInput.idempotencyKey": Plan.KEPT,
    "QuestionAnswerInput.text": Plan.NOT_KEPT,
    "EventRulesInput.capturedFrom": Plan.CODE,
    "EventRulesInput.capturedUntil": Plan.CODE,
    "EventRulesInput.entrantSince": Plan.CODE,
    "EventRulesInput.voterSince": Plan.CODE,
    "EventContentInput.title": Plan.KEPT,
    "EventContentInput.text": Plan.KEPT,
    "EntryDisqualifyInput.reason": Plan.KEPT,
    "EntryAttendInput.idempotencyKey": Plan.KEPT,
    "EntryAttendInput.code": Plan.CODE,
    "TopicCloseInput.idempotencyKey": Plan.KEPT,
    "TopicEditInput.description": Plan.KEPT,
    "TopicEditInput.idempotencyKey": Plan.KEPT,
    "TopicEditInput.lastDay": Plan.NOT_KEPT,
    "TopicOpenInput.description": Plan.NOT_KEPT,
    "TopicOpenInput.firstDay": Plan.NOT_KEPT,
    "TopicOpenInput.idempotencyKey": Plan.KEPT,
    "TopicOpenInput.lastDay": Plan.NOT_KEPT,
    "TopicOpenInput.tag": Plan.KEPT,
    "ServiceTokenApproveInput.idempotencyKey": Plan.KEPT,
    "ServiceTokenCreateInput.idempotencyKey": Plan.KEPT,
    "ServiceTokenCreateInput.name": Plan.KEPT,
    "ServiceTokenRevokeInput.idempotencyKey": Plan.KEPT,
    "SessionRefreshInput.refreshToken": Plan.HIDDEN,
    "SubmissionApproveInput.idempotencyKey": Plan.KEPT,
    "SubmissionApproveInput.note": Plan.KEPT,
    "SubmissionCreateInput.idempotencyKey": Plan.KEPT,
    "SubmissionEditInput.idempotencyKey": Plan.KEPT,
    "SubmissionEraseInput.idempotencyKey": Plan.KEPT,
    "SubmissionRejectInput.idempotencyKey": Plan.KEPT,
    "SubmissionRejectInput.reason": Plan.KEPT,
    "SubmissionRemoveInput.idempotencyKey": Plan.KEPT,
    "SubmissionRemoveInput.reason": Plan.KEPT,
    "SubmissionRestoreInput.idempotencyKey": Plan.KEPT,
    "SubmissionRestoreInput.reason": Plan.KEPT,
    "AppealAnswerInput.idempotencyKey": Plan.KEPT,
    "AppealAnswerInput.reason": Plan.KEPT,
    "DecisionAppealInput.idempotencyKey": Plan.KEPT,
    "DecisionAppealInput.text": Plan.KEPT,
    "BlockAppealInput.idempotencyKey": Plan.KEPT,
    "BlockAppealInput.text": Plan.KEPT,
    "RemovalAppealInput.idempotencyKey": Plan.KEPT,
    "RemovalAppealInput.text": Plan.KEPT,
    "SanctionAppealInput.idempotencyKey": Plan.KEPT,
    "SanctionAppealInput.text": Plan.KEPT,
    "SubmissionReportInput.idempotencyKey": Plan.KEPT,
    "SubmissionReportInput.text": Plan.KEPT,
    "ReportUpholdInput.idempotencyKey": Plan.KEPT,
    "ReportUpholdInput.reason": Plan.KEPT,
    "ReportDismissInput.idempotencyKey": Plan.KEPT,
    "SubmissionReturnInput.idempotencyKey": Plan.KEPT,
    "SubmissionReturnInput.whatToChange": Plan.KEPT,
    "SubmissionSubmitInput.idempotencyKey": Plan.KEPT,
    "SubmissionTextInput.productRef": Plan.KEPT,
    "SubmissionTextInput.tags": Plan.KEPT,
    "SubmissionTextInput.text": Plan.KEPT,
    "SubmissionTextInput.title": Plan.KEPT,
    "SubmissionMakePublicInput.idempotencyKey": Plan.KEPT,
    "SubmissionWithdrawInput.idempotencyKey": Plan.KEPT,
    "ListedWordInput.category": Plan.CODE,
    "ListedWordInput.word": Plan.CODE,
    "ReasonTemplateInput.text": Plan.KEPT,
    "ReasonTemplatesEditInput.idempotencyKey": Plan.KEPT,
    "TwoPersonKindsEditInput.idempotencyKey": Plan.KEPT,
    "WordListPublishInput.exceptions": Plan.CODE,
    "WordListPublishInput.idempotencyKey": Plan.KEPT,
}


def list_text_fields() -> set[str]:
    """Return every text field of the mutations' inputs."""
    found, seen = set(), set()
    waiting = [get_named_type(field.args["input"].type) for field in SCHEMA.mutation_type.fields.values()]
    while waiting:
        kind = waiting.pop()
        if kind.name in seen:
            continue
        seen.add(kind.name)
        for name, field in kind.fields.items():
            inner = get_named_type(field.type)
            if isinstance(inner, GraphQLInputObjectType):
                waiting.append(inner)
            elif inner.name in {"String", "Date"}:
                found.add(f"{kind.name}.{name}")
    return found


def test_every_field_that_takes_text_has_a_plan():
    assert list_text_fields() - set(PLANS) == set(), "say what becomes of it, and plant a mark in it below"
    assert set(PLANS) - list_text_fields() == set()


CAMERA, COMMENT = "markcameraxyz", "markcommentxyz"
"""Metadata of a phone. The camera may be in the person's archive, the comment nowhere."""


def _photograph() -> bytes:
    """Return a real picture with marks in its metadata."""
    block = build_exif(1)
    block[ExifTags.Base.Model] = CAMERA
    out = io.BytesIO()
    Image.new("RGB", (320, 240), (90, 160, 30)).save(out, "JPEG", exif=block, comment=COMMENT.encode())
    return out.getvalue()


def list_files(settings) -> list[Path]:
    """Return the files of the picture store."""
    return [path for path in Path(urlsplit(settings.media_store).path).rglob("*") if path.is_file()]


def read_picture_store(settings) -> str:
    """Return every byte of the picture store, with its file names."""
    return "\n".join(f"{path} {path.read_bytes().decode('latin-1')}" for path in list_files(settings))


class Marks:
    """The marks by field, and the fields whose marks were found so far."""

    def __init__(self) -> None:
        self.left: dict[str, list[str]] = {}
        self.seen: set[str] = set()
        self._count = 0

    def __call__(self, field: str) -> str:
        """Return a mark for this field, a word of eleven letters and digits, which every field accepts."""
        self._count += 1
        return self.note(field, f"mark{self._count:04}xyz")

    def note(self, field: str, value: str) -> str:
        """Take `value`, which the test cannot choose, as a mark of this field."""
        self.left.setdefault(field, []).append(value)
        return value

    def found_in(self, text: str) -> set[str]:
        """Return the fields whose marks are in the text."""
        return {field for field, values in self.left.items() if any(value in text for value in values)}


async def read_everything(settings, caplog) -> str:
    """Return everything stored: the database, Redis, the pictures, the archives and the logs."""
    parts = [read_picture_store(settings)]
    for table in await tables():
        parts += [str(dict(row)) for row in await db.client().execute_query_dict(f"SELECT * FROM {table}")]
    with redis.Redis.from_url(settings.redis_url) as client:
        for key in client.scan_iter(count=1_000):
            parts += [repr(key), repr(client.dump(key)), repr(_value(client, key))]
    for name in archives.list_names(settings):
        with zipfile.ZipFile(archives.get_path(settings, name)) as archive:
            parts += [archive.read(inside).decode(errors="replace") for inside in archive.namelist()]
    parts += [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]
    return "\n".join(parts)


def _value(client, key):
    match client.type(key):
        case b"string":
            return client.get(key)
        case b"hash":
            return client.hgetall(key)
        case b"zset":
            return client.zrange(key, 0, -1, withscores=True)
        case b"list":
            return client.lrange(key, 0, -1)
        case _:
            return client.smembers(key)


class Story:
    """A person who fills in every field."""

    def __init__(self, place, platforms, marks) -> None:
        self.place, self.platforms, self.mark = place, platforms, marks
        self.about: list[str] = []
        """The marks in other people's words about this person."""

    async def do(self, caller, name, /, **given):
        """Run a mutation that must succeed, and return its payload."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        kind = {"SubmissionUnlikeInput": "SubmissionLikeInput"}.get(kind, kind)
        wanted = {what: value for what, value in given.items() if what != "select"}
        if f"{kind}.idempotencyKey" in PLANS:
            wanted["idempotencyKey"] = self.mark(f"{kind}.idempotencyKey")
        wanted = complete_input(name, self.place.id, wanted)
        query = (
            f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {given.get('select', '')} errors {{ code message }} }} }}"
        )
        data = (await caller.ask(query, i=wanted))[name]
        assert data["errors"] == [], (name, data)
        await self.place.run_effects()
        return data

    def words(self):
        kind = "SubmissionTextInput"
        return {
            "title": self.mark(f"{kind}.title"), "text": self.mark(f"{kind}.text"),
            "tags": [self.mark(f"{kind}.tags"), self.mark(f"{kind}.tags")],
            "productRef": self.mark(f"{kind}.productRef"),
        }  # fmt: skip

    async def login(self):
        """Log in on two platforms, with two names and a telephone number."""
        place, mark = self.place, self.mark
        code = mark("LoginInput.code")
        proof = {"platform": "DEVELOPMENT", "code": mark.note("LoginProofInput.code", code)}
        data = await self.do(
            place.guest, "login", platform="DEVELOPMENT", code=code,
            nickname=mark("LoginInput.nickname"), device=mark("LoginInput.device"),
            select="accessToken { token } refreshToken { token }",
        )  # fmt: skip
        me = await place.log_in("placeholder")
        me.token = data["accessToken"]["token"]
        token = mark.note("SessionRefreshInput.refreshToken", data["refreshToken"]["token"])
        again = await self.do(place.guest, "sessionRefresh", refreshToken=token, select="refreshToken { token }")
        mark.note("SessionRefreshInput.refreshToken", again["refreshToken"]["token"])
        await self.do(me, "platformLink", platform="DEVELOPMENT", code=mark("PlatformLinkInput.code"), proof=proof)
        wechat = self.platforms.wechat
        await self.do(me, "platformLink", platform="WECHAT", code=wechat.code("marked", union="marked"),
                      proof=proof)  # fmt: skip
        for secret in (wechat.openid("marked"), wechat.unions["marked"], wechat.session_key("marked")):
            mark.note("PlatformLinkInput.code", secret)
        await self.do(me, "phoneBind", code=mark.note("PhoneBindInput.code", wechat.phone_code("19900007777")))
        mark.note("PhoneBindInput.code", "19900007777")
        return me

    async def name(self, me):
        """Change the names and the date of birth, and confirm a child."""
        yield
        born = self.mark.note("PersonEditInput.bornOn", "1931-07-19")
        await self.do(me, "personEdit", nickname=self.mark("PersonEditInput.nickname"), bornOn=born)
        child = await self.place.log_in("child")
        await self.do(child, "personEdit", bornOn="2019-01-01")
        code = (await self.do(child, "guardianAsk", select="guardianCode { code }"))["guardianCode"]["code"]
        await self.do(me, "guardianConfirm", code=self.mark.note("GuardianConfirmInput.code", code))
        yield

    async def lead(self, me, leader):
        """Fill in every field that only a leader has."""
        code = await self._invitation(leader)
        self.mark.note("CommunityJoinInput.invitationCode", f"typed {code}")
        await self.do(me, "communityJoin", invitationCode=code)
        edit = {
            name: self.mark(f"CommunityEditInput.{name}") for name in ("name", "description", "announcement", "rules")
        }
        await self.do(me, "communityEdit", version=1, trustedAuthorsPublish=True, **edit)
        yield
        made = (await self.do(me, "invitationCreate", select="invitation { id }"))["invitation"]
        await self.do(me, "invitationRevoke", invitationId=made["id"])
        words = ("name", "address", "openingHours")
        point = {word: self.mark(f"PickUpPointCreateInput.{word}") for word in words}
        await self.do(me, "pickUpPointCreate", **point)
        point = dict.fromkeys(words, "东门")
        made = (await self.do(me, "pickUpPointCreate", select="pickUpPoint { id }", **point))["pickUpPoint"]
        point = {word: self.mark(f"PickUpPointEditInput.{word}") for word in words}
        await self.do(me, "pickUpPointEdit", pickUpPointId=made["id"], version=1, **point)
        other = await self.place.resident(leader, "other")
        helper = await self.do(
            me, "pickUpHelperAppoint", select="pickUpHelper { id }", pickUpPointId=made["id"], memberId=other.member_id
        )
        await self.do(me, "pickUpHelperDismiss", pickUpHelperId=helper["pickUpHelper"]["id"])
        await self.do(me, "pickUpPointClose", pickUpPointId=made["id"])
        for name in ("roleGive", "roleTake"):
            await self.do(me, name, memberId=other.member_id, role="EXPERT")
        given = await self.do(me, "sanctionGive", select="sanction { id }", memberId=other.member_id, kind="WARNING",
                              reason=self.mark("SanctionGiveInput.reason"), days=7)  # fmt: skip
        await self.do(me, "sanctionLift", sanctionId=given["sanction"]["id"],
                      reason=self.mark("SanctionLiftInput.reason"))  # fmt: skip
        await self._complain(me, other, leader)
        await self.place.submit(other, "one")
        case = await self.place.get_first_case(me)
        for name in ("caseClaim", "caseRelease"):
            await self.do(me, name, reviewCaseId=case["id"])
        asked = "query($c: ID!) { membership(communityId: $c) { id } }"
        mine = (await me.ask(asked, c=self.place.id))["membership"]["id"]
        await self.do(me, "caseHandOver", reviewCaseId=case["id"], memberId=mine)
        await self.do(me, "caseEscalate", reviewCaseId=case["id"], version=case["version"],
                      note=self.mark("CaseEscalateInput.note"))  # fmt: skip
        await self._decide(me, "submissionApprove", note=self.mark("SubmissionApproveInput.note"),
                           scores={"authenticity": 3, "usefulness": 3, "resonance": 3})  # fmt: skip
        yield
        removed = await self.place.publish(other, leader, "two")
        await self._vouch(me, removed["id"])
        version = await self._version(other, removed)
        await self.do(me, "submissionRemove", submissionId=removed["id"], version=version,
                      reason=self.mark("SubmissionRemoveInput.reason"))  # fmt: skip
        restored = await self.place.publish(other, leader, "three")
        about = {"submissionId": restored["id"]}
        await self.do(me, "submissionRemove", version=await self._version(other, restored), reason="广告", **about)
        await self.do(me, "submissionRestore", version=await self._version(other, restored),
                      reason=self.mark("SubmissionRestoreInput.reason"), **about)  # fmt: skip
        await self._reports_and_appeals(me, leader, other)
        for name, word in (("submissionReturn", "whatToChange"), ("submissionReject", "reason")):
            await self.place.submit(other, name)
            field = f"{name[0].upper()}{name[1:]}Input.{word}"
            await self._decide(me, name, **{word: self.mark(field)})
        await self.place.submit(other, "many")
        case = await self.place.get_first_case(me)
        one = {"reviewCaseId": case["id"], "version": case["version"], "verdict": "RETURNED"}
        await self.do(me, "caseDecideMany", decisions=[one | {"note": self.mark("CaseDecisionInput.note")}])
        yield

    async def _vouch(self, me, submission_id):
        """Write an announcement. Apply for two credentials, and endorse a publication by the second one."""
        mark = self.mark
        at = (clock.now() + timedelta(43)).isoformat()
        await self.do(me, "messagesAccept", accepted=[])
        made = await self.do(me, "announcementWrite", text=self.mark("AnnouncementWriteInput.text"), sendAt=at,
                             select="announcement { id }")  # fmt: skip
        await self.do(me, "announcementCancel", announcementId=made["announcement"]["id"])
        day = (clock.now() + timedelta(59)).date().isoformat()
        words = {word: mark(f"CredentialApplyInput.{word}") for word in ("profession", "issuer", "evidence")}
        kinds = [kind.value for kind in SubmissionKind]
        given = {"kinds": kinds, "expiresOn": mark.note("CredentialApplyInput.expiresOn", day)}
        for more in ({"tags": [mark("CredentialApplyInput.tags")]} | words, dict.fromkeys(words, "厨师")):
            made = await self.do(me, "credentialApply", select="credential { id }", **(given | more))
            number = ids.decode("Credential", made["credential"]["id"], path="credentialId")
            await credentials.decide(number, CredentialAction.VERIFY)
            last_day = clock.now().date() + timedelta(61)  # It replaces the day that the person gave.
            await credentials.decide(number, CredentialAction.RENEW, expires_on=last_day)
        about = {"submissionId": submission_id}
        mine = (await me.ask("query($c: ID!) { membership(communityId: $c) { id } }", c=self.place.id))["membership"]
        await self.do(me, "endorsementRequest", memberId=mine["id"], **about)
        given = await self.do(me, "endorsementGive", credentialId=made["credential"]["id"], revision=1,
                              note=mark("EndorsementGiveInput.note"), select="endorsement { id }",
                              **about)  # fmt: skip
        await self.do(me, "endorsementWithdraw", endorsementId=given["endorsement"]["id"],
                      reason=mark("EndorsementWithdrawInput.reason"))  # fmt: skip
        await self.do(me, "credentialWithdraw", credentialId=made["credential"]["id"])

    async def _trust(self, me, other):
        given = await self.do(me, "trustGive", select="trust { id }", memberId=other.member_id,
                              reason=self.mark("TrustGiveInput.reason"))  # fmt: skip
        await self.do(me, "trustEnd", trustId=given["trust"]["id"])

    async def bank(self, me, leader):
        """Move points: by the person as a leader, by another leader, and by a service."""
        made = await self.do(
            me, "serviceTokenCreate", name=self.mark("ServiceTokenCreateInput.name"), scopes=list(ServiceScope),
            select="serviceToken { id }",
        )  # fmt: skip
        # A token reports nothing for its maker.
        others = await service_tokens.create(
            await queries.get_member(1, self.place.number), name="二", scopes=[ServiceScope.MOVE_POINTS]
        )
        await self.do(me, "serviceTokenApprove", serviceTokenId=ids.encode("ServiceToken", others.row.id))
        operators = await service_tokens.create_as_operator(self.place.number, name="店", scopes=list(ServiceScope))
        shop = Caller(self.place.client, operators.secret)
        rule = {"amount": 2, "byKind": [{"kind": self.code("AmountOfKindInput.kind"), "amount": 1}], "caps": {"day": 5}}
        await self.do(me, "earningRulePublish", trigger="INTERACTION", definition=rule)
        now = clock.now()
        span = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=2)).isoformat()}
        word = {name: self.code(f"ListedWordInput.{name}") for name in ("word", "category")}
        template = {"kind": "RETURN", "text": self.mark("ReasonTemplateInput.text")}
        await self.do(me, "reasonTemplatesEdit", version=0, templates=[template])
        await self.do(me, "twoPersonKindsEdit", kinds=[])
        await self.do(me, "wordListPublish", version=0, words=[word],
                      exceptions=[self.code("WordListPublishInput.exceptions")])  # fmt: skip
        season = await self.do(me, "seasonOpen", name=self.mark("SeasonOpenInput.name"), percent=200, **span,
                               select="season { id }")  # fmt: skip
        first, last, later = [
            self.mark.note(f"Topic{field}", (now + timedelta(days)).date().isoformat())
            for field, days in (("OpenInput.firstDay", 40), ("OpenInput.lastDay", 57), ("EditInput.lastDay", 58))
        ]
        opened = await self.do(me, "topicOpen", tag=self.mark("TopicOpenInput.tag"), firstDay=first, lastDay=last,
                               description=self.mark("TopicOpenInput.description"), select="topic { id }")  # fmt: skip
        opened = opened["topic"]
        await self.do(me, "topicEdit", topicId=opened["id"], version=1, lastDay=later,
                      description=self.mark("TopicEditInput.description"))  # fmt: skip
        await self.do(me, "topicClose", topicId=opened["id"])
        await self.do(me, "seasonCancel", seasonId=season["season"]["id"])
        other = await self.place.resident(leader, "banked")
        mine = (await me.ask("query($c: ID!) { membership(communityId: $c) { id } }", c=self.place.id))["membership"][
            "id"
        ]
        await self._corrections(me, leader, other, mine)
        await self._hold_event(me, leader, other)
        yield
        await self._services(shop, mine)
        yield
        await self.do(me, "serviceTokenRevoke", serviceTokenId=made["serviceToken"]["id"])
        await self._picture(me)
        yield

    def _write_event(self):
        """Return the content of a story call with marks in its words and its days."""
        now = clock.now()
        days = ("capturedFrom", "capturedUntil", "entrantSince", "voterSince")
        rules = {
            day: self.mark.note(f"EventRulesInput.{day}", (now + timedelta(days=900 + number)).date().isoformat())
            for number, day in enumerate(days)
        }
        dates = {
            name: (now + timedelta(days=number)).isoformat()
            for number, name in enumerate(("opensAt", "judgingAt", "closesAt"), 1)
        }
        words = {word: self.mark(f"EventContentInput.{word}") for word in ("title", "text")}
        return words | dates | {"rules": rules | {"goldPrizes": 1}}

    async def _get_member(self, caller):
        """Return the membership of a caller."""
        asked = "query($c: ID!) { membership(communityId: $c) { id } }"
        given = (await caller.ask(asked, c=self.place.id))["membership"]["id"]
        return (await queries.get_members([ids.decode("Member", given, path="memberId")]))[0]

    async def _hold_event(self, me, leader, other):
        """Write and move a story call, take part in it, and decide about the entry of another member."""
        content, select = self._write_event(), "event { id version }"
        made = (await self.do(me, "eventCreate", kind="STORY_CALL", content=content, select=select))["event"]
        await self.do(me, "eventCreateByTemplate", template="OLD_PHOTOGRAPHS", year=2099)
        about = {"eventId": made["id"]}
        edited = await self.do(me, "eventEdit", version=1, content=content, select=select, **about)
        for state in ("ANNOUNCED", "OPEN"):
            version = edited["event"]["version"]
            edited = await self.do(me, "eventMove", version=version, state=state, select=select, **about)
        # Pictures without a time of capture are never refused, nor are texts without pictures.
        mine, theirs = await self.place.publish(me, leader, "mine"), await self.place.publish(other, leader, "theirs")
        entered = await self.do(me, "entryCreate", submissionId=mine["id"], select="entry { id }", **about)
        await self.do(me, "entryWithdraw", entryId=entered["entry"]["id"])
        (member,) = await queries.get_members([ids.decode("Member", other.member_id, path="memberId")])
        number = ids.decode("Submission", theirs["id"], path="submissionId")
        event_id = ids.decode("Event", made["id"], path="eventId")
        row = await entering.enter(member, event_id, submission_id=number)
        version = edited["event"]["version"]
        await self.do(me, "eventMove", version=version, state="JUDGING", **about)
        entry = {"entryId": ids.encode("EventEntry", row.id)}
        await self.do(me, "entryPick", tier="GOLD", **entry)
        await self.do(me, "entryDisqualify", reason=self.mark("EntryDisqualifyInput.reason"), **entry)
        await self.do(me, "entryReinstate", **entry)
        closed = await hold(await queries.get_member(1, self.place.number), EventState.CLOSED)
        await self.do(me, "eventPrizes", eventId=ids.encode("Event", closed.id))
        await self._judge(me, leader, other)
        with clock.at(clock.now() - timedelta(days=3)):  # It started a day ago.
            leads = await queries.get_member(1, self.place.number)
            activity = await hold(leads, EventState.OPEN, EventKind.ACTIVITY)
            mine = await entering.enter(await self._get_member(me), activity.id)
        code = self.mark.note("EntryAttendInput.code", activity.code)
        await self.do(me, "entryAttend", entryId=ids.encode("EventEntry", mine.id), code=code)
        await self.do(me, "entryDisqualify", reason=self.mark("EntryDisqualifyInput.reason"), **entry)
        await self._set_tasks(me, leads)

    async def _set_tasks(self, me, leads):
        """Check in, write riddles, and answer those of another leader."""
        challenge = await hold(leads, EventState.OPEN, EventKind.CHECK_IN_CHALLENGE)
        day = clock.now().astimezone(CHINA).date().isoformat()
        self.mark.note("EventCheckInInput.day", day)
        await self.do(me, "eventCheckIn", eventId=ids.encode("Event", challenge.id), day=day)
        draft = await hold(leads, EventState.DRAFT, EventKind.RIDDLES)
        words = {word: self.mark(f"EventQuestionInput.{word}") for word in ("text", "answers", "options")}
        question = {
            "text": words["text"],
            "answers": [words["answers"]],
            "options": [words["answers"], words["options"]],
        }
        await self.do(
            me, "eventQuestions", eventId=ids.encode("Event", draft.id), version=draft.version, questions=[question]
        )
        asked = await hold(leads, EventState.OPEN, EventKind.RIDDLES)
        ((other, _),) = await list_questions([asked.id])
        text = self.mark("QuestionAnswerInput.text")
        await self.do(me, "questionAnswer", questionId=ids.encode("EventQuestion", other.id), text=text)

    async def _judge(self, me, leader, other):
        """Appoint a juror, score the entry of another member, and drop out."""
        leads = await queries.get_member(1, self.place.number)
        rules = {"jury_criteria": (JuryCriterion.STORY,), "jury_weight": 50, "jury_quorum": 1}
        contest = await hold(leads, EventState.OPEN, judging_at=clock.now() + timedelta(days=4), **rules)
        theirs = await self.place.publish(other, leader, "judged")
        number = ids.decode("Submission", theirs["id"], path="submissionId")
        entry = await entering.enter(await self._get_member(other), contest.id, submission_id=number)
        await move_to(leads, contest, EventState.JUDGING)
        about = {
            "eventId": ids.encode("Event", contest.id),
            "memberId": ids.encode("Member", (await self._get_member(me)).id),
        }
        juror = await self.do(me, "jurorAppoint", select="juror { id }", **about)
        await self.do(me, "entryScore", entryId=ids.encode("EventEntry", entry.id), points=[7])
        await self.do(me, "jurorDrop", jurorId=juror["juror"]["id"])

    async def _reports_and_appeals(self, me, leader, other):
        """Report and appeal, and answer the reports and appeals of others. Trust an author."""
        await self._trust(me, other)
        chief = await queries.get_member(1, self.place.number)
        (others,) = await queries.get_members([ids.decode("Member", other.member_id, path="memberId")])
        query = "query($c: ID!) { community(id: $c) { viewerMembership { id } } }"
        found = (await me.ask(query, c=self.place.id))["community"]["viewerMembership"]["id"]
        (mine,) = await queries.get_members([ids.decode("Member", found, path="memberId")])
        await self.do(me, "submissionReport", submissionId=(await self.place.publish(other, leader, "four"))["id"],
                      category="OTHER", text=self.mark("SubmissionReportInput.text"))  # fmt: skip
        await reports.dismiss(chief, await db.scalar("SELECT max(case_id) FROM report WHERE id > $1", 0), version=1)
        for verb, more in (("reportDismiss", {}), ("reportUphold", {"reason": self.mark("ReportUpholdInput.reason")})):
            number = self._decode(await self.place.publish(other, leader, verb))
            made = await reports.report(chief, number, category=ReportCategory.OTHER, text=None)
            await self.do(me, verb, reviewCaseId=ids.encode("ReviewCase", made.case_id), version=1, **more)
        removed = await self._remove(chief, await self.place.publish(other, leader, "five"))
        made = await appeals.open_appeal(others, removed, subject=AppealedAction.REMOVAL, text="误会")
        await self.do(me, "appealAnswer", reviewCaseId=ids.encode("ReviewCase", made.case_id), version=1,
                      granted=False, reason=self.mark("AppealAnswerInput.reason"))  # fmt: skip
        removed = await self._remove(chief, await self.place.publish(me, leader, "six"))
        await self.do(me, "removalAppeal", removalId=ids.encode("SubmissionRemoval", removed),
                      text=self.mark("RemovalAppealInput.text"))  # fmt: skip
        rejected = self._decode(await self.place.submit(me, "seven"))
        case = await cases.get_open(self.place.number, rejected, CaseKind.REVISION)
        await review.reject(chief, case.id, version=case.version, reason="不合适")
        (decision,) = await find_last_decisions([rejected])
        await self.do(me, "decisionAppeal", decisionId=ids.encode("ReviewDecision", decision.id),
                      text=self.mark("DecisionAppealInput.text"))  # fmt: skip
        blocked = await block(await write.create(mine, kind=SubmissionKind.RECIPE, content=make_content()))
        await self.do(me, "blockAppeal", blockId=ids.encode("SubmissionBlock", blocked.id),
                      text=self.mark("BlockAppealInput.text"))  # fmt: skip
        await self._comments(me, mine, (other, leader, others), chief)
        # No leader can be sanctioned.
        await db.execute(
            "INSERT INTO sanction (community_id, membership_id, kind, reason, given_by, starts_at, ends_at)"
            " VALUES ($1, $2, 'WARNING', '误会', $3, $4, $5)",
            mine.community_id, mine.id, chief.id, clock.now(), clock.now() + timedelta(days=7),
        )  # fmt: skip
        sanction = await db.scalar("SELECT max(id) FROM sanction WHERE membership_id = $1", mine.id)
        await self.do(me, "sanctionAppeal", sanctionId=ids.encode("Sanction", sanction),
                      text=self.mark("SanctionAppealInput.text"))  # fmt: skip

    async def _comments(self, me, mine, others, chief):
        """Judge, hide and report comments of others, and appeal against the hiding of an own one."""
        other, leader, author = others
        await settle(author, mine)
        first, second = [await self.place.publish(other, leader, name) for name in ("nine", "ten")]
        for submission, verb in ((first, "commentApprove"), (second, "commentRefuse")):
            comment = await send_to_leader(author, await self._read(submission), verb)
            case = await cases.find_open_of_thing(build_thing(comment), CaseKind.COMMENT)
            more = {"reason": self.mark("CommentRefuseInput.reason")} if verb == "commentRefuse" else {}
            await self.do(me, verb, reviewCaseId=ids.encode("ReviewCase", case.id), version=case.version, **more)
            number = ids.encode("Comment", comment.id)
            if verb == "commentApprove":
                await self.do(me, "commentReport", commentId=number, category="OTHER",
                              text=self.mark("CommentReportInput.text"))  # fmt: skip
                await self.do(me, "commentHide", commentId=number, reason=self.mark("CommentHideInput.reason"))
                await self.do(me, "commentRestore", commentId=number)
        own = await send_comment(mine, await self._read(first), "own")
        hiding = await visibility.hide(own, by=chief, reason="广告")
        await self.do(me, "hidingAppeal", hidingId=ids.encode("CommentHiding", hiding.id),
                      text=self.mark("HidingAppealInput.text"))  # fmt: skip

        await self._notes(me, chief, first, second)

    async def _notes(self, me, expert, first, second):
        """Refuse the note of an endorsement. Approve that of another one, and hide it."""
        credential = await make_expert(expert, kinds=list(SubmissionKind))
        for submission, verb in ((first, "endorsementNoteRefuse"), (second, "endorsementNoteApprove")):
            case = await hold_note(expert, await self._read(submission), credential)
            field = "EndorsementNoteRefuseInput.reason"
            more = {"reason": self.mark(field)} if verb == "endorsementNoteRefuse" else {}
            await self.do(me, verb, reviewCaseId=ids.encode("ReviewCase", case.id), version=case.version, **more)
        await self.do(me, "endorsementNoteReport", endorsementId=ids.encode("Endorsement", case.thing_id),
                      category="OTHER", text=self.mark("EndorsementNoteReportInput.text"))  # fmt: skip
        await self.do(me, "endorsementNoteHide", endorsementId=ids.encode("Endorsement", case.thing_id),
                      reason=self.mark("EndorsementNoteHideInput.reason"))  # fmt: skip

    async def _read(self, submission):
        return await submissions.get(self.place.number, self._decode(submission))

    @staticmethod
    def _decode(submission):
        return ids.decode("Submission", submission["id"], path="submissionId")

    async def _remove(self, chief, submission):
        row = await submissions.get(self.place.number, self._decode(submission))
        await removal.remove(chief, row.id, version=row.version, reason="广告")
        (found,) = await restoration.find_newest([row.id])
        return found.id

    async def _corrections(self, me, leader, other, mine):
        reason = "PointsAdjustInput.reason"
        await self.do(me, "pointsAdjust", memberId=other.member_id, amount=5, reason=self.mark(reason))
        for verb in ("adjustmentApprove", "adjustmentDecline"):
            asked = await self._do_as_other(leader, "pointsAdjust", memberId=other.member_id, amount=900, reason="盘点")
            await self.do(me, verb, adjustmentId=asked["adjustment"]["id"])
        await self._do_as_other(leader, "pointsAdjust", memberId=mine, amount=90, reason=self.mark_about_person(reason))

    async def _do_as_other(self, leader, name, **given):
        """Run a mutation of another leader, whose only marks are the words about this person."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        wanted = complete_input(name, self.place.id, given)
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ adjustment {{ id }} errors {{ code }} }} }}"
        data = (await leader.ask(query, i=wanted))[name]
        assert data["errors"] == [], data
        return data

    async def _services(self, shop, mine):
        def happened(kind, **more):
            reference = self.mark("InteractionInput.reference")
            told = {"kind": kind, "memberId": mine, "reference": reference, "occurredAt": clock.now().isoformat()}
            return {"interaction": told | more}

        bought = happened("PURCHASE")
        await self.do(shop, "interactionReport", **bought)
        for report in (
            happened("RETURN", purchase=self.mark("InteractionInput.purchase")),
            happened("RETURN", purchase=bought["interaction"]["reference"]),
            happened("OTHER", name=self.code("InteractionInput.name")),
        ):
            await self.do(shop, "interactionReport", **report)
        spent = await self.do(shop, "pointsSpend", memberId=mine, amount=9, select="movement { id }",
                              reference=self.mark("PointsSpendInput.reference"))  # fmt: skip
        await self.do(shop, "pointsRefund", spendId=spent["movement"]["id"], amount=2,
                      reference=self.mark("PointsRefundInput.reference"))  # fmt: skip
        await self.do(shop, "pointsFreeze", memberId=mine, amount=3, seconds=60,
                      reference=self.mark("PointsFreezeInput.reference"))  # fmt: skip

    async def _picture(self, me):
        """Upload a picture with an alternative text, and use it as the avatar."""
        form = {
            "idempotencyKey": self.mark("MediaUploadInput.idempotencyKey"),
            "altText": self.mark("MediaUploadInput.altText"),
        }
        response = await self.place.client.post(
            "/upload", data=form, files={"file": ("a.jpg", _photograph())},
            headers={"Authorization": f"Bearer {me.token}"},
        )  # fmt: skip
        answer = response.json()
        assert answer.get("errors", []) == [], response.text
        assert CAMERA in read_picture_store(self.place.settings)
        await self.place.run_effects()
        there = read_picture_store(self.place.settings)
        assert [word for word in (CAMERA, COMMENT) if word in there] == []
        await self.do(me, "personSetAvatar", mediaId=answer["media"]["id"])

    def mark_about_person(self, field):
        """Return a mark for another's words about this person, which every erasure deletes."""
        self.about.append(self.mark(field))
        return self.about[-1]

    def code(self, field):
        """Return a mark in the alphabet of codes."""
        return self.mark.note(field, f"CODE{len(self.mark.left):04}XYZ")

    async def write(self, me, leader):
        """Create a published and edited submission, a rejected edit, a draft and a withdrawn submission."""
        select = "submission { id version }"
        public = (await self.do(me, "submissionCreate", kind="RECIPE", content=self.words(), select=select))[
            "submission"
        ]
        await self.place.approve(leader)
        public["version"] = await self._version(me, public)
        await self.do(me, "submissionMakePublic", submissionId=public["id"], version=public["version"])
        public["version"] = await self._version(me, public)
        await self.do(me, "submissionEdit", submissionId=public["id"], version=public["version"], content=self.words())
        text = self.mark("CommentCreateInput.text")
        made = await self.do(me, "commentCreate", submissionId=public["id"], text=text, select="comment { id }")
        await self.do(me, "commentEdit", commentId=made["comment"]["id"], text=self.mark("CommentEditInput.text"))
        case = await self.place.get_first_case(leader)
        told = self.mark_about_person("SubmissionRejectInput.reason")
        await self.do(leader, "submissionReject", reviewCaseId=case["id"], version=case["version"], reason=told)
        draft = (await self.do(
            me, "submissionCreate", kind="USAGE_TIP", content=self.words(), draft=True, select=select
        ))["submission"]  # fmt: skip
        await self.do(me, "submissionSubmit", submissionId=draft["id"], version=draft["version"])
        draft["version"] = await self._version(me, draft)
        await self.do(me, "submissionWithdraw", submissionId=draft["id"], version=draft["version"])
        draft["version"] = await self._version(me, draft)
        await self.do(me, "submissionErase", submissionId=draft["id"], version=draft["version"])
        await self.do(me, "submissionCreate", kind="PRODUCT_REVIEW", content=self.words(), draft=True)
        await self.do(me, "dataExportRequest")

    async def _decide(self, me, name, /, **said):
        case = await self.place.get_first_case(me)
        await self.do(me, name, reviewCaseId=case["id"], version=case["version"], **said)

    async def _version(self, caller, submission):
        query = "query($s: ID!) { submission(id: $s) { version } }"
        return (await caller.ask(query, s=submission["id"]))["submission"]["version"]

    async def offer(self, me, leader):
        """Offer a trial, redeem it, and cancel another member's redemption."""
        content = {"title": self.mark("RewardContentInput.title"), "text": self.mark("RewardContentInput.text")}
        content |= {"price": 0, "reviewDays": 3, "needsPreparation": True, "cancelHours": 5}
        made = await self.do(me, "rewardCreate", kind="TRIAL", content=content, stock=5, select="reward { id }")
        about = {"rewardId": made["reward"]["id"]}
        await self.do(me, "rewardEdit", **about, version=1, content=content)
        await self.do(me, "rewardPublish", **about, version=2)
        await self.do(me, "rewardStockSet", **about, total=6)
        own = await self.do(me, "redemptionReserve", **about, select="redemption { id }")
        await self.do(me, "redemptionCancel", redemptionId=own["redemption"]["id"])
        other = await self.place.resident(leader, "redeems")
        query = """mutation($i: RedemptionReserveInput!) {
          redemptionReserve(input: $i) { redemption { id verificationCode { code } } errors { code } } }"""
        given = {**about, "idempotencyKey": "another-persons"}
        redeemed = (await other.ask(query, i=given))["redemptionReserve"]["redemption"]
        theirs, code = redeemed["id"], redeemed["verificationCode"]["code"]
        await self.do(me, "redemptionConfirm", redemptionId=theirs)
        self.mark.note("RedemptionVerifyInput.code", f"typed {code}")
        await self.do(me, "redemptionVerify", code=code)
        undone = self.mark("RedemptionUndoInput.reason")
        await self.do(me, "redemptionUndo", redemptionId=theirs, reason=undone)
        reason = self.mark("RedemptionCancelForInput.reason")
        await self.do(me, "redemptionCancelFor", redemptionId=theirs, reason=reason)
        await self.do(me, "rewardWithdraw", **about, version=3, cancelRedemptions=True)
        await self.offer_coupon(me)
        await self.offer_slot(me)
        await self.offer_project(me)

    async def offer_coupon(self, me):
        """Import a code, and void it."""
        content = {"title": "券", "text": "券", "price": 1}
        made = await self.do(me, "rewardCreate", kind="COUPON", content=content, select="reward { id }")
        about = {"rewardId": made["reward"]["id"]}
        await self.do(me, "couponImport", **about, csv=self.mark("CouponImportInput.csv"))
        await self.do(me, "couponVoid", **about)

    async def offer_project(self, me):
        """Offer a project, pledge to it, and report on it."""
        closes_at = (clock.now() + timedelta(days=9)).isoformat()
        content = {"title": "长椅", "text": "长椅", "price": 1, "closesAt": closes_at}
        made = await self.do(me, "rewardCreate", kind="PROJECT", content=content, stock=9, select="reward { id }")
        about = {"rewardId": made["reward"]["id"]}
        await self.do(me, "rewardPublish", **about, version=1)
        pledge = await self.do(me, "redemptionReserve", **about, select="redemption { id }")
        await self.do(me, "pledgeName", redemptionId=pledge["redemption"]["id"], isNamed=True)
        words = {word: self.mark(f"ProjectReportInput.{word}") for word in ("title", "text")}
        await self.do(me, "projectReport", **about, **words)

    async def review_trial(self, me, leader):
        """Name the review of a trial that was handed over."""
        content = {"title": "试吃", "text": "试吃", "price": 0, "reviewDays": 3}
        query = """mutation($i: RewardCreateInput!) { rewardCreate(input: $i) { reward { id } errors { code } } }"""
        given = {"communityId": self.place.id, "kind": "TRIAL", "content": content, "stock": 3}
        made = (await leader.ask(query, i=given | {"idempotencyKey": "a-leaders-trial"}))["rewardCreate"]["reward"]
        query = """mutation($i: RewardPublishInput!) { rewardPublish(input: $i) { reward { id } errors { code } } }"""
        given = {"rewardId": made["id"], "version": 1, "idempotencyKey": "a-leaders-publication"}
        await leader.ask(query, i=given)
        select = "redemption { id verificationCode { code } }"
        trial = (await self.do(me, "redemptionReserve", rewardId=made["id"], select=select))["redemption"]
        query = """mutation($i: RedemptionVerifyInput!) {
          redemptionVerify(input: $i) { redemption { id } errors { code } } }"""
        code = trial["verificationCode"]["code"]
        given = {"communityId": self.place.id, "code": code, "idempotencyKey": "a-leaders-handover"}
        assert (await leader.ask(query, i=given))["redemptionVerify"]["errors"] == []
        review = await self.do(
            me, "submissionCreate", kind="PRODUCT_REVIEW", content=self.words(), select="submission { id }"
        )
        await self.do(me, "trialReviewName", redemptionId=trial["id"], submissionId=review["submission"]["id"])

    async def offer_slot(self, me):
        """Offer a slot, change its places, and cancel it."""
        content = {"title": "保洁", "text": "保洁", "price": 1}
        made = await self.do(me, "rewardCreate", kind="SERVICE", content=content, select="reward { id }")
        day = (clock.now() + timedelta(days=3)).date().isoformat()
        times = {"startsAt": f"{day}T09:00", "endsAt": f"{day}T10:00"}
        for name, text in times.items():
            self.mark.note(f"SlotCreateInput.{name}", f"typed {text}")
        rest = {"rewardId": made["reward"]["id"], "capacity": 2, "select": "slot { id }"}
        slot = {"slotId": (await self.do(me, "slotCreate", **times, **rest))["slot"]["id"]}
        await self.do(me, "slotCapacitySet", **slot, version=1, capacity=3)
        await self.do(me, "slotCancel", **slot, version=2)

    async def _complain(self, me, other, leader):
        """Complain, reply, and open the complaint again. Solve one of another member."""
        open_text, solve_text = ({"text": self.mark(f"Complaint{word}Input.text")} for word in ("Open", "Solve"))
        mine = (await self.do(me, "complaintOpen", select="complaint { id }", **open_text))["complaint"]["id"]
        await self.do(me, "complaintReply", complaintId=mine, text=self.mark("ComplaintReplyInput.text"))
        solve = "mutation($i: ComplaintSolveInput!) { complaintSolve(input: $i) { errors { code } } }"
        given = {"complaintId": mine, "text": "换新的", "idempotencyKey": new_key()}
        assert (await leader.ask(solve, i=given))["complaintSolve"]["errors"] == []
        await self.do(me, "complaintReopen", complaintId=mine, text=self.mark("ComplaintReopenInput.text"))
        complain = "mutation($i: ComplaintOpenInput!) { complaintOpen(input: $i) { complaint { id } } }"
        given = {"communityId": self.place.id, "text": "坏了", "idempotencyKey": new_key()}
        theirs = (await other.ask(complain, i=given))["complaintOpen"]["complaint"]["id"]
        await self.do(me, "complaintSolve", complaintId=theirs, **solve_text)
        post = {"submissionId": (await self.place.publish(other, leader, "seven"))["id"]}
        await self.do(me, "commentsOpen", **post)
        await self.do(me, "commentsClose", reason=self.mark("CommentsCloseInput.reason"), **post)
        other_post = {"submissionId": (await self.place.publish(other, leader, "eight"))["id"]}
        sent = await self.do(me, "commentCreate", text="再来", select="comment { id }", **other_post)
        await self.do(me, "commentDelete", commentId=sent["comment"]["id"])

    async def _invitation(self, leader):
        query = """mutation($i: InvitationCreateInput!) {
          invitationCreate(input: $i) { invitation { code } errors { code } } }"""
        given = {"communityId": self.place.id, "idempotencyKey": "another-persons", "role": Role.LEADER, "uses": 1}
        return (await leader.ask(query, i=given))["invitationCreate"]["invitation"]["code"]


@asynccontextmanager
async def open_story(settings, platforms, tmp_path, marks):
    """Yield the API, a leader, the story and its person, with settings of this test."""
    given = use_platform_servers(
        settings, platforms, archive_folder=str(tmp_path / "exports"), media_store=f"file://{tmp_path}/media",
        erasure_wait_days=0,
    )  # fmt: skip
    async with run_api(given) as place:
        leader = await place.found_community()
        story = Story(place, platforms, marks)
        yield place, leader, story, await story.login()


async def fill_in_everything(place, leader, story, me, caplog):
    marks = story.mark

    async def look():
        marks.seen |= marks.found_in(await read_everything(place.settings, caplog))

    await look()
    async for _ in story.name(me):
        await look()
    async for _ in story.lead(me, leader):
        await look()
    async for _ in story.bank(me, leader):
        await look()
    await story.offer(me, leader)
    await story.write(me, leader)
    await story.review_trial(me, leader)
    await look()
    return look


@pytest.mark.parametrize("content", ["REMOVE", "ANONYMISE"])
async def test_no_mark_is_left(settings, platforms, tmp_path, caplog, content):
    marks = Marks()
    with caplog.at_level(logging.INFO):
        async with open_story(settings, platforms, tmp_path, marks) as (place, leader, story, me):
            look = await fill_in_everything(place, leader, story, me, caplog)
            assert set(marks.left) == set(PLANS), "a field whose mark was never left"
            assert archives.list_names(place.settings)
            readable = {field for field, plan in PLANS.items() if plan in {Plan.KEPT, Plan.CODE}}
            in_archive = {"PhoneBindInput.code"}  # the person's own number, in the person's own archive
            assert marks.seen - in_archive == readable
            there = await read_everything(place.settings, caplog)
            assert CAMERA in there
            assert COMMENT not in there
            assert list_files(place.settings)
            await story.do(me, "erasureRequest", content=content)
            await look()
            there = await read_everything(place.settings, caplog)
            assert [word for word in (*story.about, CAMERA) if word in there] == []
            assert list_files(place.settings) == []
            left = marks.found_in(there)
            bytes_left = read_sqlite_bytes(place.settings)
            assert [word for word in (*story.about, CAMERA) if word in bytes_left] == []
            raw = marks.found_in(bytes_left)
            # Without removal these stay: the person's public content, and their words as a leader.
            stays = set() if content == "REMOVE" else {
                "CommunityEditInput.announcement", "CommunityEditInput.description", "CommunityEditInput.name",
                "RedemptionCancelForInput.reason", "RedemptionUndoInput.reason",
                "ProjectReportInput.text", "ProjectReportInput.title", "RewardContentInput.text",
                "RewardContentInput.title",
                "CaseDecisionInput.note", "CaseEscalateInput.note", "ReasonTemplateInput.text",
                "CommunityEditInput.rules", "PointsAdjustInput.reason", "SeasonOpenInput.name",
                "TopicEditInput.description", "TopicOpenInput.tag",
                "EventContentInput.title", "EventContentInput.text", "EntryDisqualifyInput.reason",
                "EventQuestionInput.text", "EventQuestionInput.answers", "EventQuestionInput.options",
                "AnnouncementWriteInput.text",
                "PickUpPointCreateInput.address", "PickUpPointCreateInput.name", "PickUpPointCreateInput.openingHours",
                "PickUpPointEditInput.address", "PickUpPointEditInput.name", "PickUpPointEditInput.openingHours",
                "ServiceTokenCreateInput.name", "SubmissionApproveInput.note", "SubmissionRejectInput.reason",
                "SanctionGiveInput.reason", "SanctionLiftInput.reason", "TrustGiveInput.reason",
                "SubmissionRemoveInput.reason", "SubmissionRestoreInput.reason",
                "AppealAnswerInput.reason", "ReportUpholdInput.reason",
                "SubmissionReturnInput.whatToChange", "SubmissionTextInput.productRef",
                "ComplaintSolveInput.text", "CommentEditInput.text", "CommentsCloseInput.reason",
                "CommentHideInput.reason", "CommentRefuseInput.reason",
                "EndorsementNoteHideInput.reason", "EndorsementNoteRefuseInput.reason",
                "SubmissionTextInput.tags", "SubmissionTextInput.text", "SubmissionTextInput.title",
            }  # fmt: skip
            stays |= {field for field, plan in PLANS.items() if plan is Plan.CODE}
            assert left == stays | get_marks_of_others(marks)
            assert raw <= stays | get_marks_of_others(marks)


def get_marks_of_others(marks):
    """Return the marks of another person: the idempotency key of the leader who decided."""
    return {"SubmissionRejectInput.idempotencyKey"} & set(marks.left)


def read_sqlite_bytes(settings) -> str:
    """Return the bytes of the SQLite file and its log, empty on PostgreSQL.

    SQLite overwrites erased bytes.
    """
    if settings.sqlite_path is None:
        return ""
    files = (settings.sqlite_path, settings.sqlite_path.with_name(f"{settings.sqlite_path.name}-wal"))
    return "".join(path.read_bytes().decode("latin-1") for path in files if path.exists())
