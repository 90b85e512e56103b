"""What a person corrects of themselves, and what a guardian confirms for a child."""

from __future__ import annotations

import strawberry

from community.accounts import attempts, people, queries
from community.api import ids
from community.api.context import Info
from community.api.declare import field, input_type, object_type
from community.api.identity.types import GuardianCode, Person
from community.api.payloads import MutationPayload, mutation
from community.consent import guardians
from community.privacy import withdrawals


@input_type
class PersonRenameInput:
    """Another nickname."""

    nickname: str = field(description="1 to 20 characters on one line.")


@object_type
class PersonRenamePayload(MutationPayload):
    """What `personRename` answers."""

    person: Person | None = field(default=None, description="The person, with the new nickname.")


@input_type
class PersonCorrectInput:
    """What is wrong about me; what is left out stays."""

    nickname: str | None = field(default=None, description="1 to 20 characters on one line.")
    born_on: str | None = field(
        default=None,
        description="My date of birth, YYYY-MM-DD. Nobody else sees it. No correction makes a child (under 14) older.",
    )


@object_type
class PersonCorrectPayload(MutationPayload):
    """What `personCorrect` answers."""

    person: Person | None = field(default=None, description="Myself, corrected.")


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
class PersonMutation:
    """What a person corrects of themselves, and what a guardian confirms for a child."""

    @mutation
    async def person_rename(self, info: Info, input: PersonRenameInput) -> PersonRenamePayload:
        """Give myself another nickname. Harmless to repeat."""
        await people.rename(info.context.viewer_id, nickname=input.nickname)
        (row,) = await queries.get_people([info.context.viewer_id])
        return PersonRenamePayload(person=Person.of(row))

    @mutation
    async def person_correct(self, info: Info, input: PersonCorrectInput) -> PersonCorrectPayload:
        """Correct what is known of me. Harmless to repeat."""
        person_id = info.context.viewer_id
        await people.correct(person_id, nickname=input.nickname, born_on=input.born_on)
        (row,) = await queries.get_people([person_id])
        return PersonCorrectPayload(person=Person.of(row))

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
