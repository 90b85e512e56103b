"""What a mutation answers: the object it was about, or the reasons why nothing was done."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import Enum
from typing import Any, Concatenate, ParamSpec, TypeVar

import strawberry

from community.accounts import errors as _accounts  # noqa: F401 - loaded, so that their codes are known
from community.api.context import Context, Info
from community.api.declare import declare_enum, field, get_description, input_type, interface, object_type
from community.communities import errors as _communities  # noqa: F401
from community.communities.queries import MemberRow
from community.consent import errors as _consent  # noqa: F401
from community.kernel import idempotency, paging  # noqa: F401
from community.kernel.errors import Refusal
from community.media import errors as _media  # noqa: F401
from community.points import errors as _points  # noqa: F401
from community.privacy import errors as _privacy  # noqa: F401
from community.review import errors as _review  # noqa: F401
from community.submissions import errors as _submissions  # noqa: F401

P = ParamSpec("P")
T = TypeVar("T")

_SENTENCES_BY_CODE = {Refusal.code: Refusal.sentence, **Refusal.codes()}

ErrorCode = Enum("ErrorCode", {code: code for code in sorted(_SENTENCES_BY_CODE)})  # type: ignore[misc]  # the codes are the domains'
ErrorCode.__doc__ = "Why nothing was done: stable names for programs to act on."
declare_enum(ErrorCode, name="ErrorCode", values=_SENTENCES_BY_CODE)


@object_type
class MutationError:
    """One reason why nothing was done."""

    code: ErrorCode = field(description="The reason, for the program.")
    message: str = field(description="The reason, as a sentence for the person.")
    path: list[str] = field(
        description="The field of the input that it is about; empty when it is about no single one."
    )
    retry_at: datetime | None = field(default=None, description="When it may be tried again, where that is known.")

    @classmethod
    def of(cls, refusal: Refusal) -> MutationError:
        """A refusal as the payload says it."""
        return cls(
            code=ErrorCode(refusal.code), message=refusal.message, path=list(refusal.path), retry_at=refusal.retry_at
        )


@interface
class MutationPayload:
    """What every mutation answers."""

    errors: list[MutationError] = field(
        default_factory=list, description="Why nothing was done; empty when it was done."
    )


Answer = TypeVar("Answer", bound=MutationPayload)


def mutation(resolver: Callable[Concatenate[Any, Info, P], Coroutine[Any, Any, Answer]]) -> Any:
    """Declare a mutation that answers a payload; a refusal becomes the payload's `errors` and nothing else.

    Whatever it writes, it writes while the person who asks still stands.
    """

    @functools.wraps(resolver)
    async def answered(self: Any, info: Info, *args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            with info.context.guard_active_person():
                return await resolver(self, info, *args, **kwargs)
        except Refusal as refusal:
            payload: type[Answer] = typing.get_type_hints(resolver)["return"]
            return payload(errors=[MutationError.of(refusal)])

    declared = strawberry.mutation(resolver=answered, description=get_description(resolver))
    given = typing.get_type_hints(resolver).get("input", object)
    keyed = any(part.name == "idempotency_key" for part in dataclasses.fields(given))
    for argument in declared.arguments:
        argument.description = f"What is wanted{', and by which key it is told from every other call' * keyed}."
    return declared


@input_type
class KeyedInput:
    """A deed in a community that must not happen twice."""

    community_id: strawberry.ID = field(description="The community it happens in.")
    idempotency_key: str = field(
        description="Yours to choose, 1 to 64 ASCII characters: a call that is repeated with it does nothing twice."
    )


async def run_mutation_once(
    context: Context, operation: str, given: KeyedInput, verb: Callable[[MemberRow], Coroutine[Any, Any, int]]
) -> tuple[MemberRow, int]:
    """Do what a mutation asks for once for its idempotency key: who did it, and the id that `verb` answered then.

    Raises what the verb refused, now or the first time, and the refusals of `idempotency.once`.
    """
    member = await context.get_member(given.community_id)
    scope = idempotency.IdempotencyScope(member.community_id, member.person_id, operation)
    rest = dataclasses.asdict(given)
    key = rest.pop("idempotency_key")

    async def work() -> idempotency.Answer:
        return {"id": await verb(member)}

    answer = await idempotency.run_once(scope, key, rest, work)
    return member, answer["id"]
