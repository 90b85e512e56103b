"""Root fields about the viewer's account and consents."""

from __future__ import annotations

from datetime import date

from community.accounts import logins, phones, queries
from community.api.consent.types import Account, GuardianState
from community.api.context import Info
from community.api.declare import object_type, query
from community.consent import consents, documents, guardians
from community.consent.consents import ConsentRow
from community.consent.documents import DocumentRow
from community.consent.guardians import PrivatePersonRow
from community.kernel.errors import Unauthenticated, require_row


@object_type
class ConsentQuery:
    """Root fields about the viewer's account and consents."""

    @query
    async def account(self, info: Info) -> Account:
        """Data of the viewer that only the viewer sees."""
        person_id = info.context.viewer_id
        row = require_row(await guardians.find_private(person_id), Unauthenticated())
        dependants = await guardians.list_dependants(person_id)
        me, *children = await queries.get_people([person_id, *dependants])
        return Account(
            person=me,
            born_on=None if row.born_on is None else date.fromisoformat(row.born_on),
            guardian=_to_guardian_state(row),
            dependants=children,
            platforms=await logins.list_links(person_id),
            phone=await phones.find(info.context.settings, person_id),
        )

    @query
    async def consent_documents(self, info: Info) -> list[DocumentRow]:
        """The latest consent document of each purpose that has one."""
        del info
        return await documents.list_documents()

    @query
    async def consents(self, info: Info) -> list[ConsentRow]:
        """The viewer's consents, newest first, withdrawn ones included, at most 200."""
        return await consents.list_own(info.context.viewer_id)


def _to_guardian_state(row: PrivatePersonRow) -> GuardianState:
    if row.needs_guardian:
        return GuardianState.NEEDED
    return GuardianState.CONFIRMED if row.guardian_confirmed_at is not None else GuardianState.NOT_NEEDED
