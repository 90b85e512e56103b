"""Mutations of consents and guardians."""

from __future__ import annotations

import strawberry

from community.accounts import attempts, queries
from community.accounts.queries import PersonRow
from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.mutations import mutation
from community.consent import consents, guardians
from community.consent.consents import ConsentRow
from community.consent.guardians import GuardianCode
from community.consent.models import ConsentPurpose
from community.privacy import withdrawals


@input_type
class ConsentGiveInput:
    """Input for `consentGive`, which records a consent."""

    document_id: strawberry.ID = field(description="Id of the latest version of the document.")


@input_type
class ConsentWithdrawInput:
    """Input for `consentWithdraw`, which withdraws a consent."""

    purpose: ConsentPurpose = field(description="Purpose of the consent.")


@input_type
class GuardianAskInput:
    """Input for `guardianAsk`, which creates a code for a guardian."""

    confirm: bool = field(default=True, description="False changes nothing.")


@input_type
class GuardianConfirmInput:
    """Input for `guardianConfirm`, which confirms for a child."""

    code: str = field(
        description="Code that the child shows: eight letters and digits. Case, dashes and spaces are ignored."
    )


@input_type
class GuardianRevokeInput:
    """Input for `guardianRevoke`, which revokes a confirmation."""

    person_id: strawberry.ID = field(description="Id of the child.")


@object_type
class ConsentMutation:
    """Mutations of consents and guardians."""

    @mutation(consent="Consent of the viewer.")
    async def consent_give(self, info: Info, input: ConsentGiveInput) -> ConsentRow | None:
        """Record the viewer's consent to a document.

        Refuses with NOT_FOUND, GUARDIAN_NEEDED, or STALE_VERSION if there is a newer version.
        Repeating: changes nothing.
        """
        number = ids.decode("ConsentDocument", input.document_id, path="documentId")
        return await consents.give(info.context.viewer_id, document_id=number)

    @mutation(purpose="Purpose that the viewer no longer consents to.")
    async def consent_withdraw(self, info: Info, input: ConsentWithdrawInput) -> ConsentPurpose | None:
        """Withdraw a consent and stop everything that needs it. Repeating: changes nothing."""
        await withdrawals.withdraw(info.context.viewer_id, purpose=input.purpose)
        return input.purpose

    @mutation(guardian_code="Code to show to the guardian.")
    async def guardian_ask(self, info: Info, input: GuardianAskInput) -> GuardianCode | None:
        """Create a code for the guardian of a viewer under 14.

        Refuses with INVALID_INPUT if no guardian is needed. Repeating: replaces the code, and the last one is valid.
        """
        if not input.confirm:
            return None
        return await guardians.create_guardian_code(info.context.settings, info.context.viewer_id)

    @mutation(dependants="Dependants of the viewer, at most 20.")
    async def guardian_confirm(self, info: Info, input: GuardianConfirmInput) -> list[PersonRow] | None:
        """Confirm as an adult that a child may take part.

        Refuses with GUARDIAN_UNSUITABLE, GUARDIAN_CODE_INVALID or TOO_MANY_ATTEMPTS.
        Repeating: is refused with GUARDIAN_CODE_INVALID, because a code works once.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "guardian", str(person_id)):
            await guardians.confirm_child(settings, person_id, code=input.code)
        return await _load_dependants(person_id)

    @mutation(dependants="Remaining dependants of the viewer, at most 20.")
    async def guardian_revoke(self, info: Info, input: GuardianRevokeInput) -> list[PersonRow] | None:
        """Revoke the confirmation for a child and withdraw the child's submissions.

        The child can no longer take part. Refuses with NOT_FOUND if the viewer has not confirmed for this person.
        Repeating: is refused with NOT_FOUND.
        """
        person_id = info.context.viewer_id
        await withdrawals.revoke_child_confirmation(
            person_id, child_id=ids.decode("Person", input.person_id, path="personId")
        )
        return await _load_dependants(person_id)


async def _load_dependants(person_id: int) -> list[PersonRow]:
    return await queries.get_people(await guardians.list_dependants(person_id))
