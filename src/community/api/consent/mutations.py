"""Mutations of consents and guardians."""

from __future__ import annotations

import strawberry

from community.accounts import attempts, queries
from community.accounts.queries import PersonRow
from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import MutationPayload, mutation
from community.consent import consents, guardians
from community.consent.consents import ConsentRow
from community.consent.guardians import GuardianCode
from community.consent.models import ConsentPurpose
from community.privacy import withdrawals


@input_type
class ConsentGiveInput:
    """Input for `consentGive`, which records a consent."""

    document_id: strawberry.ID = field(description="Id of the latest version of the document.")


@object_type
class ConsentGivePayload(MutationPayload):
    """Result of `consentGive`."""

    consent: ConsentRow | None = field(default=None, description="Consent of the viewer.")


@input_type
class ConsentWithdrawInput:
    """Input for `consentWithdraw`, which withdraws a consent."""

    purpose: ConsentPurpose = field(description="Purpose of the consent.")


@object_type
class ConsentWithdrawPayload(MutationPayload):
    """Result of `consentWithdraw`."""

    purpose: ConsentPurpose | None = field(default=None, description="Purpose that the viewer no longer consents to.")


@input_type
class GuardianAskInput:
    """Input for `guardianAsk`, which creates a code for a guardian."""

    confirm: bool = field(default=True, description="False changes nothing.")


@object_type
class GuardianAskPayload(MutationPayload):
    """Result of `guardianAsk`."""

    guardian_code: GuardianCode | None = field(default=None, description="Code to show to the guardian.")


@input_type
class GuardianConfirmInput:
    """Input for `guardianConfirm`, which confirms for a child."""

    code: str = field(
        description="Code that the child shows: eight letters and digits. Case, dashes and spaces are ignored."
    )


@object_type
class GuardianConfirmPayload(MutationPayload):
    """Result of `guardianConfirm`."""

    dependants: list[PersonRow] | None = field(default=None, description="Dependants of the viewer, at most 20.")


@input_type
class GuardianRevokeInput:
    """Input for `guardianRevoke`, which revokes a confirmation."""

    person_id: strawberry.ID = field(description="Id of the child.")


@object_type
class GuardianRevokePayload(MutationPayload):
    """Result of `guardianRevoke`."""

    dependants: list[PersonRow] | None = field(
        default=None, description="Remaining dependants of the viewer, at most 20."
    )


@object_type
class ConsentMutation:
    """Mutations of consents and guardians."""

    @mutation
    async def consent_give(self, info: Info, input: ConsentGiveInput) -> ConsentGivePayload:
        """Record the viewer's consent to a document.

        Refuses with NOT_FOUND, GUARDIAN_NEEDED, or STALE_VERSION if there is a newer version.
        Repeating: changes nothing.
        """
        number = ids.decode("ConsentDocument", input.document_id, path="documentId")
        return ConsentGivePayload(consent=await consents.give(info.context.viewer_id, document_id=number))

    @mutation
    async def consent_withdraw(self, info: Info, input: ConsentWithdrawInput) -> ConsentWithdrawPayload:
        """Withdraw a consent and stop everything that needs it. Repeating: changes nothing."""
        await withdrawals.withdraw(info.context.viewer_id, purpose=input.purpose)
        return ConsentWithdrawPayload(purpose=input.purpose)

    @mutation
    async def guardian_ask(self, info: Info, input: GuardianAskInput) -> GuardianAskPayload:
        """Create a code for the guardian of a viewer under 14.

        Refuses with INVALID_INPUT if no guardian is needed. Repeating: replaces the code, and the last one is valid.
        """
        if not input.confirm:
            return GuardianAskPayload()
        created = await guardians.create_guardian_code(info.context.settings, info.context.viewer_id)
        return GuardianAskPayload(guardian_code=created)

    @mutation
    async def guardian_confirm(self, info: Info, input: GuardianConfirmInput) -> GuardianConfirmPayload:
        """Confirm as an adult that a child may take part.

        Refuses with GUARDIAN_UNSUITABLE, GUARDIAN_CODE_INVALID or TOO_MANY_ATTEMPTS.
        Repeating: is refused with GUARDIAN_CODE_INVALID, because a code works once.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "guardian", str(person_id)):
            await guardians.confirm_child(settings, person_id, code=input.code)
        return GuardianConfirmPayload(dependants=await _load_dependants(person_id))

    @mutation
    async def guardian_revoke(self, info: Info, input: GuardianRevokeInput) -> GuardianRevokePayload:
        """Revoke the confirmation for a child and withdraw the child's submissions.

        The child can no longer take part. Refuses with NOT_FOUND if the viewer has not confirmed for this person.
        Repeating: is refused with NOT_FOUND.
        """
        person_id = info.context.viewer_id
        await withdrawals.revoke_child_confirmation(
            person_id, child_id=ids.decode("Person", input.person_id, path="personId")
        )
        return GuardianRevokePayload(dependants=await _load_dependants(person_id))


async def _load_dependants(person_id: int) -> list[PersonRow]:
    return await queries.get_people(await guardians.list_dependants(person_id))
