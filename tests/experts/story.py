"""Experts of a community for a test."""

from __future__ import annotations

from datetime import date, timedelta

from community.communities.queries import MemberRow
from community.experts import credentials, endorsements, following, notes, queries
from community.experts.credentials import CredentialAction
from community.experts.endorsements import Word
from community.experts.queries import CredentialRow, EndorsementRow
from community.experts.rules import Application
from community.kernel import clock, outbox
from community.review import cases
from community.review import service as review
from community.review.models import CaseKind
from community.review.queries import CaseRow
from community.review.rules import Approval
from community.safety import call_checks
from community.safety.checks import Screening
from community.safety.facts import Finding, Level, Reason, Verdict
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from tests.support.story import FAIR_SCORES, SampleCommunity, edit_submission, get_open_case, reload_submission


def in_days(days: int) -> date:
    """Return a day that is so far ahead."""
    return (clock.now() + timedelta(days)).date()


def make_application(**given) -> Application:
    """Build an application of a cook."""
    values = {
        "profession": "厨师", "kinds": [SubmissionKind.USAGE_TIP], "tags": [], "issuer": "市餐饮协会",
        "evidence": "证书 123", "expires_on": in_days(100),
    }  # fmt: skip
    return Application(**(values | given))


async def apply_for(member: MemberRow, **given) -> CredentialRow:
    """Apply for a credential, as the API does."""
    application = make_application(**given)
    found = await credentials.check(member.community_id, application)
    return await credentials.apply(member, application=application, found=found)


async def make_expert(member: MemberRow, **given) -> CredentialRow:
    """Give a member a verified credential."""
    row = await apply_for(member, **given)
    return await credentials.decide(row.id, CredentialAction.VERIFY)


async def endorse(member: MemberRow, row: SubmissionRow, credential: CredentialRow, **given) -> EndorsementRow:
    """Endorse the published revision, as the API does."""
    is_awaited = given.pop("is_awaited", False)
    values = {"credential_id": credential.id, "revision": row.published_revision, "note": "做法正确。"} | given
    found = await call_checks.check(row.community_id, {queries.NOTE: values["note"]})
    return await endorsements.give(member, row.id, word=Word(**values), found=found, is_awaited=is_awaited)


async def hold_note(member: MemberRow, row: SubmissionRow, credential: CredentialRow) -> CaseRow:
    """Endorse with a note of which a check failed, and return the case that asks a leader."""
    failed = Screening(Verdict.REVIEW, [Finding(Level.REVIEW, Reason.CHECK_FAILED, figures={"check": "words"})])
    word = Word(credential.id, row.published_revision, "好")
    made = await endorsements.give(member, row.id, word=word, found=failed, is_awaited=False)
    case = await cases.find_open_of_thing(notes.build_thing(made), CaseKind.ENDORSEMENT)
    assert case is not None
    return case


async def publish_edit(place: SampleCommunity, row: SubmissionRow, **given) -> SubmissionRow:
    """Edit a publication, and publish the new revision."""
    row = await edit_submission(row, place.resident, **given)
    case = await get_open_case(row)
    await review.approve(place.leader, case.id, version=case.version, approval=Approval(FAIR_SCORES))
    return await reload_submission(row)


async def follow() -> None:
    """Run the effects that record which endorsements are current."""
    for name, verb in (
        ("effects.follow_credential", following.follow_credential),
        ("effects.follow_expert", following.follow_expert),
        ("effects.follow_endorsements", following.follow_submission),
    ):
        for effect in await outbox.list_pending(name):
            await verb(*effect.args.values())
            await outbox.mark_done(effect.id)


async def read(row: EndorsementRow) -> EndorsementRow:
    """Read the endorsement as it is now."""
    return await queries.get_endorsement(row.id)
