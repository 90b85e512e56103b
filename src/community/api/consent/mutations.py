"""Mutations of consents and guardians."""

from __future__ import annotations

from typing import Annotated

import strawberry

from community.accounts import attempts, queries
from community.accounts.queries import PersonRow
from community.api import ids
from community.api.context import Info
from community.api.declare import argument, object_type
from community.api.mutation_inputs import Confirm
from community.api.mutations import mutation
from community.consent import consents, guardians
from community.consent.consents import ConsentRow
from community.consent.guardians import GuardianCode
from community.consent.models import ConsentPurpose
from community.privacy import withdrawals


@object_type
class ConsentMutation:
    """Mutations of consents and guardians."""

    @mutation("which records a consent", consent="Consent of the viewer.")
    async def consent_give(
        self, info: Info, document_id: Annotated[strawberry.ID, argument("Id of the latest version of the document.")]
    ) -> ConsentRow | None:
        """Record the viewer's consent to a document.

        Refuses with NOT_FOUND, GUARDIAN_NEEDED, or STALE_VERSION if there is a newer version.
        Repeating: changes nothing.
        """
        number = ids.decode("ConsentDocument", document_id, path="documentId")
        return await consents.give(info.context.viewer_id, document_id=number)

    @mutation("which withdraws a consent", purpose="Purpose that the viewer no longer consents to.")
    async def consent_withdraw(
        self, info: Info, purpose: Annotated[ConsentPurpose, argument("Purpose of the consent.")]
    ) -> ConsentPurpose | None:
        """Withdraw a consent and stop everything that needs it. Repeating: changes nothing."""
        await withdrawals.withdraw(info.context.viewer_id, purpose=purpose)
        return purpose

    @mutation("which creates a code for a guardian", guardian_code="Code to show to the guardian.")
    async def guardian_ask(self, info: Info, confirm: Confirm = True) -> GuardianCode | None:
        """Create a code for the guardian of a viewer under 14.

        Refuses with INVALID_INPUT if no guardian is needed. Repeating: replaces the code, and the last one is valid.
        """
        if not confirm:
            return None
        return await guardians.create_guardian_code(info.context.settings, info.context.viewer_id)

    @mutation("which confirms for a child", dependants="Dependants of the viewer, at most 20.")
    async def guardian_confirm(
        self,
        info: Info,
        code: Annotated[
            str, argument("Code that the child shows: eight letters and digits. Case, dashes and spaces are ignored.")
        ],
    ) -> list[PersonRow] | None:
        """Confirm as an adult that a child may take part.

        Refuses with GUARDIAN_UNSUITABLE, GUARDIAN_CODE_INVALID or TOO_MANY_ATTEMPTS.
        Repeating: is refused with GUARDIAN_CODE_INVALID, because a code works once.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "guardian", str(person_id)):
            await guardians.confirm_child(settings, person_id, code=code)
        return await _load_dependants(person_id)

    @mutation("which revokes a confirmation", dependants="Remaining dependants of the viewer, at most 20.")
    async def guardian_revoke(
        self, info: Info, person_id: Annotated[strawberry.ID, argument("Id of the child.")]
    ) -> list[PersonRow] | None:
        """Revoke the confirmation for a child and withdraw the child's submissions.

        The child can no longer take part. Refuses with NOT_FOUND if the viewer has not confirmed for this person.
        Repeating: is refused with NOT_FOUND.
        """
        guardian_id = info.context.viewer_id
        await withdrawals.revoke_child_confirmation(
            guardian_id, child_id=ids.decode("Person", person_id, path="personId")
        )
        return await _load_dependants(guardian_id)


async def _load_dependants(person_id: int) -> list[PersonRow]:
    return await queries.get_people(await guardians.list_dependants(person_id))
