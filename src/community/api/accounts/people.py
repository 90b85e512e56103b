"""Mutations of names, dates of birth and phones."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Annotated

import strawberry

from community.accounts import attempts, phones, queries
from community.accounts.queries import PersonRow
from community.accounts.rules import normalise_nickname
from community.api.context import Info
from community.api.declare import argument, field, input_type, object_type
from community.api.mutation_inputs import Confirm
from community.api.mutations import mutation
from community.communities import nicknames
from community.consent import phone_binding
from community.kernel.errors import InvalidInput
from community.safety import nicknames as screened_names
from community.texts import Language


@input_type
class PersonEditInput:
    """Input for `personEdit`, which changes personal data. Null keeps a value."""

    nickname: str | None = field(default=None, description="Nickname, 1 to 20 characters on one line.")
    born_on: date | None = field(
        default=None,
        description="Date of birth, visible only to the viewer. A person under 14 cannot change it to 14 or older.",
    )
    language: Language | None = field(
        default=strawberry.UNSET,
        description="Language of sentences. Null follows `Accept-Language`. It is kept if the field is absent.",
    )


@object_type
class PersonMutation:
    """Mutations of names, dates of birth and phones."""

    @mutation(
        "which stores a verified telephone number", masked="Number with its middle replaced, such as +86 138****1234."
    )
    async def phone_bind(
        self, info: Info, code: Annotated[str, argument("One-time code of `getPhoneNumber`, not that of `wx.login`.")]
    ) -> str | None:
        """Bind the telephone number that WeChat has verified.

        A person who had the number before loses it. Refuses with CONSENT_MISSING, GUARDIAN_NEEDED, LOGIN_CODE_INVALID,
        LOGIN_BLOCKED, PLATFORM_UNAVAILABLE, PLATFORM_BUSY, TOO_MANY_ATTEMPTS or TOO_MANY_CALLS.
        Repeating: needs a new code and binds the same number.
        """
        settings, person_id = info.context.settings, info.context.viewer_id
        async with attempts.limit_attempts(settings, "phone", str(person_id)):
            await attempts.count_platform_call(settings, str(person_id))
            await phone_binding.bind(settings, person_id, code)
        phone = await phones.find(settings, person_id)
        return None if phone is None else phone.masked

    @mutation("which deletes the telephone number", bound="True if a number is still bound.")
    async def phone_unbind(self, info: Info, confirm: Confirm = True) -> bool | None:
        """Delete the viewer's telephone number. Repeating: changes nothing."""
        person_id = info.context.viewer_id
        if confirm:
            await phones.unbind(person_id)
        return await phones.find(info.context.settings, person_id) is not None

    @mutation(person="Viewer with the changes.")
    async def person_edit(self, info: Info, input: PersonEditInput) -> PersonRow | None:
        """Change the viewer's nickname, date of birth or language.

        Listed words and personal data in a nickname are refused with TEXT_BLOCKED. Also refuses with GUARDIAN_NEEDED
        if a person under 14 would become older. Repeating: changes nothing.
        """
        person_id = info.context.viewer_id
        if input.nickname is not None:
            with suppress(InvalidInput):  # `edit_person` reports it.
                await screened_names.require_allowed(person_id, normalise_nickname(input.nickname))
        born_on = None if input.born_on is None else input.born_on.isoformat()
        language = ... if input.language is strawberry.UNSET else input.language
        await nicknames.edit_person(person_id, nickname=input.nickname, born_on=born_on, language=language)
        (row,) = await queries.get_people([person_id])
        return row
