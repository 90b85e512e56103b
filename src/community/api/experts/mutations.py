"""Mutations of experts, and of leaders who ask them."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated

import strawberry

from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutation_inputs import CaseVersion
from community.api.mutations import (
    KeyedInput,
    KeyedThingInput,
    ThingVerb,
    mutation,
    run_mutation_once,
    run_verb_once,
    thing_mutation,
)
from community.api.nodes import find_community_id, find_readable
from community.api.review.appeals import report_thing
from community.api.review.mutations import decide_case
from community.communities.errors import NotAMember
from community.experts import credentials, endorsements, note_decisions, rules
from community.experts.endorsements import Word
from community.experts.queries import NOTE, CredentialRow, EndorsementRow
from community.experts.rules import Application
from community.kernel import idempotency, mistakes
from community.kernel.errors import NotFound
from community.review.appeals import reports
from community.review.appeals.models import ReportCategory
from community.review.appeals.queries import ReportRow
from community.review.models import ThingKind
from community.review.queries import CaseRow
from community.safety import call_checks
from community.safety.platform import checks as platform_checks
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow
from community.submissions.rules import MAX_TAGS


@input_type
class CredentialApplyInput(KeyedInput):
    """Input for `credentialApply`, which applies for a credential."""

    profession: str = field(
        description=f"Profession, 1 to {rules.MAX_PROFESSION_LENGTH} characters. Personal data in it, in `tags` and in"
        " `issuer` is stored as stars."
    )
    kinds: list[SubmissionKind] = field(description="Kinds of submissions in its scope, at least one.")
    tags: list[str] = field(
        default_factory=list, description=f"Tags that limit the scope, at most {MAX_TAGS}. Empty for no limit."
    )
    issuer: str = field(description=f"Issuer, 1 to {rules.MAX_ISSUER_LENGTH} characters.")
    evidence: str = field(
        description=f"Evidence, such as the number of a licence, 1 to {rules.MAX_EVIDENCE_LENGTH} characters."
        " Only operators read it."
    )
    expires_on: date = field(description="Last day, in the community's time zone, within ten years.")


@input_type
class EndorsementGiveInput(KeyedThingInput):
    """Input for `endorsementGive`, which endorses a submission."""

    submission_id: strawberry.ID = field(description="Id of the submission.")
    credential_id: strawberry.ID = field(description="Id of the viewer's credential.")
    revision: int = field(description="Number of the published revision that you read.")
    note: str = field(description=f"Note, 1 to {rules.MAX_NOTE_LENGTH} characters. Others see stars for personal data.")


@object_type
class ExpertMutation:
    """Mutations of experts, and of leaders who ask them."""

    @mutation(credential="Credential, which waits for the operator.")
    async def credential_apply(self, info: Info, input: CredentialApplyInput) -> CredentialRow:
        """Apply for a credential. An application that still waits is replaced.

        Listed words are refused with TEXT_BLOCKED. Also refuses with MUTED, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        with mistakes.collect() as check:
            actor = check(info.context.get_actor, input.community_id)
            check(idempotency.validate_key, input.idempotency_key)
        application = Application(
            input.profession, input.kinds, input.tags, input.issuer, input.evidence, input.expires_on
        )
        found = await credentials.check(actor.community_id, application)
        verb = partial(credentials.apply, application=application, found=found)
        made = run_mutation_once(info, "credentialApply", input, verb, returns=CredentialRow)
        return await made  # type: ignore[return-value]  # null after leaving

    @thing_mutation(
        "which withdraws a credential",
        of=(CredentialRow, "credential_id", "Id of the viewer's credential."),
        credential="Withdrawn credential.",
    )
    def credential_withdraw(self) -> ThingVerb[CredentialRow]:
        """Withdraw the viewer's credential or application for good, also after leaving.

        Its endorsements are no longer current. Refuses with NOT_FOUND or CREDENTIAL_NOT_CURRENT.
        """
        return credentials.withdraw

    @mutation(endorsement="Endorsement.")
    async def endorsement_give(self, info: Info, input: EndorsementGiveInput) -> EndorsementRow:
        """Endorse the published revision of another member's submission.

        It replaces an earlier one by the viewer that is no longer current, or whose note was refused. A note with
        words to review, or that WeChat checks, waits: `noteState`. Listed words are refused with
        TEXT_BLOCKED. Also refuses with NOT_FOUND, OWN_CONTENT, CREDENTIAL_NOT_CURRENT, OUTSIDE_CREDENTIAL,
        ALREADY_ENDORSED, STALE_VERSION, MUTED, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        with mistakes.collect() as check:
            credential = check(ids.decode, "Credential", input.credential_id, path="credentialId")
            note = check(rules.normalise_note, input.note)
            number = check(ids.decode, "Submission", input.submission_id, path="submissionId")
            check(idempotency.validate_key, input.idempotency_key)
        actor = Caller(info.context.viewer_id, await find_community_id(SubmissionRow, number))
        found = await call_checks.check(actor.community_id, {NOTE: note})
        is_awaited = await platform_checks.is_asked(info.context.settings, actor.person_id)
        word = Word(credential, input.revision, note)

        async def give(caller: Caller) -> EndorsementRow:
            return await endorsements.give(caller, number, word=word, found=found, is_awaited=is_awaited)

        try:
            done = await run_verb_once("endorsementGive", input, actor, give)
        except NotAMember:
            raise NotFound("submission") from None
        return await find_readable(EndorsementRow, done, info)  # type: ignore[return-value]  # null after leaving

    @decide_case("which shows a waiting note")
    def endorsement_note_approve(self, version: CaseVersion) -> ThingVerb[CaseRow]:
        """Show the waiting note of a case. Leaders only, never its expert.

        Refuses with OWN_THING, CASE_CLAIMED, AUTHOR_DISAGREES, AUTHOR_SUSPENDED, LEADERS_ONLY, STALE_VERSION or
        NOT_FOUND.
        """
        return partial(note_decisions.approve, version=version)

    @decide_case("which refuses a waiting note")
    def endorsement_note_refuse(
        self,
        version: CaseVersion,
        reason: Annotated[str, argument("Reason, 1 to 500 characters, which the expert reads.")],
    ) -> ThingVerb[CaseRow]:
        """Refuse the waiting note of a case with a reason. The endorsement counts. Leaders only, never its expert.

        Refuses with OWN_THING, CASE_CLAIMED, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(note_decisions.refuse, version=version, reason=reason)

    @thing_mutation(
        "which hides a shown note",
        of=(EndorsementRow, "endorsement_id"),
        endorsement="Endorsement, without the note for others.",
    )
    def endorsement_note_hide(
        self, reason: Annotated[str, argument("Reason, 1 to 500 characters, which the expert reads.")]
    ) -> ThingVerb[EndorsementRow]:
        """Hide a shown note with a reason. The endorsement counts. Leaders only, never its expert.

        Refuses with OWN_THING, LEADERS_ONLY, STALE_VERSION or NOT_FOUND.
        """
        return partial(note_decisions.hide, reason=reason)

    @report_thing("which reports a shown note", of=(EndorsementRow, "endorsement_id"))
    def endorsement_note_report(self, category: ReportCategory, text: str | None) -> ThingVerb[ReportRow]:
        """Report the shown note of an endorsement to the leaders, once per note. No member learns who reported.

        Refuses with OWN_THING, ALREADY_REPORTED, TOO_MANY_TODAY, MUTED, CONSENT_MISSING, GUARDIAN_NEEDED or NOT_FOUND.
        """
        return partial(reports.report_thing, kind=ThingKind.ENDORSEMENT, category=category, text=text)

    @thing_mutation(
        "which withdraws an endorsement",
        of=(EndorsementRow, "endorsement_id"),
        endorsement="Withdrawn endorsement.",
    )
    def endorsement_withdraw(
        self, reason: Annotated[str, argument(f"Reason, 1 to {rules.MAX_REASON_LENGTH} characters.")]
    ) -> ThingVerb[EndorsementRow]:
        """Withdraw the viewer's endorsement, also after leaving. Its points are clawed back.

        Refuses with NOT_FOUND.
        """
        return partial(endorsements.withdraw, reason=reason)

    @thing_mutation(
        "which asks an expert to endorse a submission",
        of=(SubmissionRow, "submission_id"),
        submission="Submission.",
    )
    def endorsement_request(
        self, member_id: Annotated[strawberry.ID, argument("Id of the expert.")]
    ) -> ThingVerb[SubmissionRow]:
        """Ask an expert to endorse a published submission, as a leader. The expert gets a notice.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_CONTENT or OUTSIDE_CREDENTIAL.
        """
        return partial(endorsements.request, expert_id=ids.decode("Member", member_id, path="memberId"))
