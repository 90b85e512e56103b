"""Mutations of experts, and of leaders who ask them."""

from __future__ import annotations

from datetime import date
from functools import partial

import strawberry

from community.api import ids
from community.api.declare import field, input_type, object_type
from community.api.mutations import KeyedInput, KeyedThingInput, ThingVerb, Verb, community_mutation, thing_mutation
from community.experts import credentials, endorsements, queries, rules
from community.experts.endorsements import Word
from community.experts.queries import CredentialRow, EndorsementRow
from community.experts.rules import Application
from community.kernel import mistakes
from community.submissions.models import SubmissionKind
from community.submissions.queries import SubmissionRow, make_not_found
from community.submissions.rules import MAX_TAGS


@input_type
class CredentialApplyInput(KeyedInput):
    """Input for `credentialApply`, which applies for a credential."""

    profession: str = field(description=f"Profession, 1 to {rules.MAX_PROFESSION_LENGTH} characters.")
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
class CredentialWithdrawInput(KeyedThingInput):
    """Input for `credentialWithdraw`, which withdraws a credential."""

    credential_id: strawberry.ID = field(description="Id of the viewer's credential.")


@input_type
class EndorsementGiveInput(KeyedThingInput):
    """Input for `endorsementGive`, which endorses a submission."""

    submission_id: strawberry.ID = field(description="Id of the submission.")
    credential_id: strawberry.ID = field(description="Id of the viewer's credential.")
    revision: int = field(description="Number of the published revision that you read.")
    note: str = field(description=f"Note, 1 to {rules.MAX_NOTE_LENGTH} characters.")


@input_type
class EndorsementWithdrawInput(KeyedThingInput):
    """Input for `endorsementWithdraw`, which withdraws an endorsement."""

    endorsement_id: strawberry.ID = field(description="Id of the endorsement.")
    reason: str = field(description=f"Reason, 1 to {rules.MAX_REASON_LENGTH} characters.")


@input_type
class EndorsementRequestInput(KeyedThingInput):
    """Input for `endorsementRequest`, which asks an expert to endorse a submission."""

    submission_id: strawberry.ID = field(description="Id of the submission.")
    member_id: strawberry.ID = field(description="Id of the expert.")


@object_type
class ExpertMutation:
    """Mutations of experts, and of leaders who ask them."""

    @community_mutation(credential="Credential, which waits for the operator.")
    def credential_apply(self, input: CredentialApplyInput) -> Verb[CredentialRow]:
        """Apply for a credential. An application that still waits is replaced.

        Refuses with MUTED, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        application = Application(
            input.profession, input.kinds, input.tags, input.issuer, input.evidence, input.expires_on
        )
        return partial(credentials.apply, application=application)

    @thing_mutation(
        of=(CredentialRow, "credential_id"),
        unknown=queries.make_credential_not_found,
        credential="Withdrawn credential.",
    )
    def credential_withdraw(self, input: CredentialWithdrawInput) -> ThingVerb[CredentialRow]:
        """Withdraw the viewer's credential or application for good, also after leaving.

        Its endorsements are no longer current. Refuses with NOT_FOUND or CREDENTIAL_NOT_CURRENT.
        """
        return credentials.withdraw

    @thing_mutation(of=(SubmissionRow, "submission_id"), unknown=make_not_found, endorsement="Endorsement.")
    def endorsement_give(self, input: EndorsementGiveInput) -> ThingVerb[EndorsementRow]:
        """Endorse the published revision of another member's submission.

        An earlier endorsement of it by the viewer that is no longer current is replaced.
        Refuses with NOT_FOUND, OWN_CONTENT, CREDENTIAL_NOT_CURRENT, OUTSIDE_CREDENTIAL, ALREADY_ENDORSED,
        STALE_VERSION, MUTED, CONSENT_MISSING or GUARDIAN_NEEDED.
        """
        with mistakes.collect() as check:
            number = check(ids.decode, "Credential", input.credential_id, path="credentialId")
            check(rules.normalise_note, input.note)
        return partial(endorsements.give, word=Word(number, input.revision, input.note))

    @thing_mutation(
        of=(EndorsementRow, "endorsement_id"),
        unknown=queries.make_endorsement_not_found,
        endorsement="Withdrawn endorsement.",
    )
    def endorsement_withdraw(self, input: EndorsementWithdrawInput) -> ThingVerb[EndorsementRow]:
        """Withdraw the viewer's endorsement, also after leaving. Its points are clawed back.

        Refuses with NOT_FOUND.
        """
        return partial(endorsements.withdraw, reason=input.reason)

    @thing_mutation(of=(SubmissionRow, "submission_id"), unknown=make_not_found, submission="Submission.")
    def endorsement_request(self, input: EndorsementRequestInput) -> ThingVerb[SubmissionRow]:
        """Ask an expert to endorse a published submission, as a leader. The expert gets a notice.

        Refuses with LEADERS_ONLY, NOT_FOUND, OWN_CONTENT or OUTSIDE_CREDENTIAL.
        """
        return partial(endorsements.request, expert_id=ids.decode("Member", input.member_id, path="memberId"))
