"""Mutations of consents and guardians."""

from __future__ import annotations

import strawberry

from community.accounts import attempts, queries
from community.api import ids
from community.api.accounts.types import Person
from community.api.consent.types import Consent, GuardianCode
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.payloads import MutationPayload, mutation
from community.consent import consents, guardians
from community.consent.models import ConsentPurpose
from community.privacy import withdrawals


@input_type
class ConsentGiveInput:
    """What I agree to."""

    document_id: strawberry.ID = field(description="The document, in its latest version.")


@object_type
class ConsentGivePayload(MutationPayload):
    """What `consentGive` answers."""

    consent: Consent | None = field(default=None, description="My consent.")


@input_type
class ConsentWithdrawInput:
    """What I agree to no more."""

    purpose: ConsentPurpose = field(description="What rested on it; it stops at once.")


@object_type
class ConsentWithdrawPayload(MutationPayload):
    """What `consentWithdraw` answers."""

    purpose: ConsentPurpose | None = field(default=None, description="What I do not agree to.")


@input_type
class GuardianAskInput:
    """Whether to ask."""

    confirm: bool = field(default=True, description="False asks nobody.")


@object_type
class GuardianAskPayload(MutationPayload):
    """What `guardianAsk` answers."""

    guardian_code: GuardianCode | None = field(default=None, description="What to show to the guardian.")


@input_type
class GuardianConfirmInput:
    """The code that a child showed."""

    code: str = field(description="Eight letters and digits, in any case, dashes and spaces allowed.")


@object_type
class GuardianConfirmPayload(MutationPayload):
    """What `guardianConfirm` answers."""

    wards: list[Person] | None = field(default=None, description="The children for whom I have confirmed.")


@input_type
class GuardianRevokeInput:
    """For whom I confirm no more."""

    person_id: strawberry.ID = field(description="The child.")


@object_type
class GuardianRevokePayload(MutationPayload):
    """What `guardianRevoke` answers."""

    wards: list[Person] | None = field(default=None, description="The children for whom I still confirm.")


@object_type
class ConsentMutation:
    """Mutations of consents and guardians."""

    @mutation
    async def consent_give(self, info: Info, input: ConsentGiveInput) -> ConsentGivePayload:
        """Agree to a document. Harmless to repeat."""
        number = ids.decode("ConsentDocument", input.document_id, path="documentId")
        row = await consents.give(info.context.viewer_id, document_id=number)
        return ConsentGivePayload(consent=Consent.of(row))

    @mutation
    async def consent_withdraw(self, info: Info, input: ConsentWithdrawInput) -> ConsentWithdrawPayload:
        """Withdraw a consent, and stop what rests on it. Harmless to repeat."""
        await withdrawals.withdraw(info.context.viewer_id, purpose=input.purpose)
        return ConsentWithdrawPayload(purpose=input.purpose)

    @mutation
    async def guardian_ask(self, info: Info, input: GuardianAskInput) -> GuardianAskPayload:
        """Get a code for my guardian, as somebody under 14; the code before it works no more."""
        if not input.confirm:
            return GuardianAskPayload()
        made = await guardians.create_guardian_code(info.context.settings, info.context.viewer_id)
        return GuardianAskPayload(guardian_code=GuardianCode(code=made.code, expires_at=made.expires_at))

    @mutation
    async def guardian_confirm(self, info: Info, input: GuardianConfirmInput) -> GuardianConfirmPayload:
        """Confirm, as an adult, that the child who showed me the code may take part."""
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "guardian", str(person_id)):
            await guardians.confirm_child(settings, person_id, code=input.code)
        return GuardianConfirmPayload(wards=await _load_dependants(person_id))

    @mutation
    async def guardian_revoke(self, info: Info, input: GuardianRevokeInput) -> GuardianRevokePayload:
        """Take my confirmation back: the child takes part no more, and what it has published is taken back."""
        person_id = info.context.viewer_id
        await withdrawals.revoke_child_confirmation(
            person_id, child_id=ids.decode("Person", input.person_id, path="personId")
        )
        return GuardianRevokePayload(wards=await _load_dependants(person_id))


async def _load_dependants(person_id: int) -> list[Person]:
    return [Person.of(row) for row in await queries.get_people(await guardians.list_dependants(person_id))]
