"""Declaration of mutations. The payload of each is made here: its fields, or errors.

A mutation is a function under one of three decorators. Its parameters are the fields of its input:

@thing_mutation("which gives a role to a member", of=(MemberRow, "member_id"), member="Member with the role.")
def role_give(self, role: Annotated[Role, argument("Role.")]) -> ThingVerb[MemberRow]:
    '''Give a role to a member. Refuses with LEADERS_ONLY or NOT_FOUND.'''
    return partial(roles.give_role, role=role)

The first argument is the rest of the sentence "Input for `roleGive`, …". A function whose parameter is `input` has a
class of its own instead, for example because other mutations have it too.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeAlias

import strawberry
from strawberry.utils.str_converters import to_camel_case

from community.accounts.attempts import limit_attempts
from community.api import ids
from community.api.context import Caller, Info
from community.api.declare import field, get_description, get_type_name, input_type, interface, object_type
from community.api.mutation_errors import MutationError, declare_codes
from community.api.mutation_inputs import build_input, read_arguments
from community.api.nodes import Row, find_community_id, find_readable
from community.communities.errors import NotAMember
from community.kernel import db, idempotency, mistakes
from community.kernel.errors import NotFound, Refusal
from community.kernel.tables import HasId


@interface
class MutationPayload:
    """Result of a mutation."""

    errors: list[MutationError] = field(
        default_factory=list, description="Reasons why nothing was changed. Empty on success."
    )


@input_type
class KeyedThingInput:
    """Input about a thing, with an idempotency key."""

    idempotency_key: str = field(
        description="Unique key that you choose, 1 to 64 printable ASCII characters without spaces."
        " A repetition with the same key and input changes nothing and returns the same result."
        " TRY_AGAIN, NOT_A_MEMBER, CONSENT_MISSING and GUARDIAN_NEEDED leave the key free."
        " Another input with the same key is refused with IDEMPOTENCY_KEY_REUSED."
    )


@input_type
class KeyedInput(KeyedThingInput):
    """Input that names a community, with an idempotency key."""

    community_id: strawberry.ID = field(description="Id of the community.")


Run: TypeAlias = Callable[[Any, Info, Any], Coroutine[Any, Any, Any]]
Declared: TypeAlias = Callable[..., Any]
Verb: TypeAlias = Callable[[Caller], Awaitable[Row]]
ThingVerb: TypeAlias = Callable[[Caller, int], Awaitable[Row]]
_PLAIN = (str, int, type(None))


def mutation(purpose: str = "", /, **fields: str) -> Callable[[Declared], Any]:
    """Declare a mutation by the coroutine function that runs it.

    `fields` are the fields of its payload with their descriptions. The function returns the value of the only field, or
    a tuple with the value of each. Every transaction in it first locks the caller, and refuses one that has ended. The
    docstring is the description. It ends with what a repetition does, as `Repeating: …`.
    """

    def declare(declared: Declared) -> Any:
        returned = typing.get_type_hints(declared)["return"]
        kinds = typing.get_args(returned) if len(fields) > 1 else [returned] * len(fields)
        read = read_arguments(declared)

        def run(self: Any, info: Info, input: Any) -> Coroutine[Any, Any, Any]:
            call: Coroutine[Any, Any, Any] = declared(self, info, **read(input))
            return call

        given = build_input(declared, purpose, object)
        return _declare(declared, run, given, dict(zip(fields, kinds, strict=True)), fields)

    return declare


def community_mutation(purpose: str = "", /, **fields: str) -> Callable[[Declared], Any]:
    """Declare a mutation by the function from its `KeyedInput` to a `Verb`. It runs as in `run_mutation_once`.

    The only field of the payload is the row that the verb returns.
    """

    def declare(build: Declared) -> Any:
        name, row, read = to_camel_case(build.__name__), _get_row(build), read_arguments(build)

        async def run(self: Any, info: Info, input: KeyedInput) -> object:
            with mistakes.collect() as check:
                actor = check(info.context.get_actor, input.community_id)
                check(idempotency.validate_key, input.idempotency_key)
                verb = check(build, self, **read(input))
            return await find_readable(row, await run_verb_once(name, input, actor, verb), info)

        return _declare(build, run, build_input(build, purpose, KeyedInput), dict.fromkeys(fields, row), fields)

    return declare


def thing_mutation(
    purpose: str = "",
    /,
    *,
    of: tuple[type, str] | tuple[type, str, str],
    attempt: str | None = None,
    base: type = KeyedThingInput,
    **fields: str,
) -> Callable[[Declared], Any]:
    """Declare a mutation by the function from its input, a `KeyedThingInput`, to a `ThingVerb`.

    The verb runs at most once per idempotency key, as in `run_mutation_once`, but in the community of the thing. `of`
    has the row class of the thing, the field of the input with its id, and its description if it is not "Id of the …".
    The verb also gets its number. `attempt` is the kind of
    attempts that are limited for a caller and a thing. `base` has fields that several mutations share.
    """

    def declare(build: Declared) -> Any:
        name, row, read = to_camel_case(build.__name__), _get_row(build), read_arguments(build)
        kind, key = of[:2]

        async def run(self: Any, info: Info, input: KeyedThingInput) -> object:
            with mistakes.collect() as check:
                verb = check(build, self, **read(input))
                number = check(ids.decode, get_type_name(kind), getattr(input, key), path=to_camel_case(key))
                check(idempotency.validate_key, input.idempotency_key)
            actor = Caller(info.context.viewer_id, await find_community_id(kind, number))
            who = f"{actor.person_id} {number}"
            limits = [limit_attempts(info.context.settings, attempt, who)] if attempt else []
            try:
                async with limit_new_calls(actor, name, input.idempotency_key, *limits):
                    done = await run_verb_once(name, input, actor, lambda caller: verb(caller, number))
            except NotAMember:
                raise NotFound.of_field(
                    key
                ) from None  # The same as for an unknown thing, so that strangers learn nothing.
            return await find_readable(row, done, info)

        given = build_input(build, purpose, base, *of[1:])
        return _declare(build, run, given, dict.fromkeys(fields, row), fields)

    return declare


def _get_row(build: Callable[..., Any]) -> type:
    """Return the row class that the verb of a declared mutation returns."""
    *_, awaitable = typing.get_args(typing.get_type_hints(build)["return"])
    row: type = typing.get_args(awaitable)[0]
    return row


def _declare(declared: Declared, run: Run, given: type, kinds: dict[str, Any], descriptions: dict[str, str]) -> Any:
    """Return the field of a mutation. Its name and docstring are those of `declared`, and `run` runs it on its input.

    The description of the payload ends with the codes of the refusals.
    """
    name = to_camel_case(declared.__name__)
    keyed = any(part.name == "idempotency_key" for part in dataclasses.fields(given))
    description = get_description(declared) + " Repeating: the same key and input return the first result." * keyed
    codes = declare_codes(name, description, *_list_refusals(given))
    payload = _build_payload(name, codes, kinds, descriptions)

    async def resolve(self: Any, info: Info, input: Any) -> MutationPayload:
        info.context.forget()
        try:
            with info.context.guard_caller():
                result = await run(self, info, input)
            return payload(**dict(zip(kinds, result if len(kinds) > 1 else [result], strict=False)))
        except Refusal as refusal:
            return payload(errors=MutationError.list_of(refusal, name))

    resolve.__name__ = declared.__name__
    resolve.__annotations__ |= {"info": Info, "input": given, "return": payload}
    mutation_field = strawberry.mutation(resolver=resolve, description=description)
    for argument in mutation_field.arguments:
        argument.description = f"Input for `{name}`."
    return mutation_field


def _list_refusals(given: type) -> list[type[Refusal]]:
    """Return the refusals that the kind of input adds."""
    if issubclass(given, KeyedInput):
        return [idempotency.KeyReused, NotAMember]
    return [idempotency.KeyReused, NotFound] if issubclass(given, KeyedThingInput) else []


def _build_payload(
    name: str, codes: frozenset[str], kinds: dict[str, Any], descriptions: dict[str, str]
) -> type[MutationPayload]:
    """Build the payload of a mutation.

    After a refusal its fields are null. A list that is never null is empty then.
    """
    body: dict[str, Any] = {
        "__doc__": f"Result of `{name}`. Codes: {', '.join(sorted(codes))}.",
        "__annotations__": {each: kind if _is_list(kind) else kind | None for each, kind in kinds.items()},
    }
    for each, kind in kinds.items():
        empty = {"default_factory": list} if _is_list(kind) else {"default": None}
        body[each] = field(description=descriptions[each], **empty)
    return object_type(type(f"{name[0].upper()}{name[1:]}Payload", (MutationPayload,), body))


def _is_list(kind: Any) -> bool:
    return typing.get_origin(kind) is list


async def run_mutation_once(
    info: Info,
    operation: str,
    given: KeyedInput,
    verb: Callable[[Caller], Awaitable[HasId]],
    *,
    returns: type[Row],
) -> Row | None:
    """Run `verb` at most once per idempotency key, and return its row.

    It runs in the community of the input. The key is looked up before the verb asks what the caller may do. So a
    repetition has the first result, read as of now: None if the caller may no longer read it. `verb` returns a row of
    the class `returns`, or what has its id. Raises its refusal, now or of its only run, and those of
    `idempotency.run_once`.
    """
    with mistakes.collect() as check:
        actor = check(info.context.get_actor, given.community_id)
        check(idempotency.validate_key, given.idempotency_key)
    return await find_readable(returns, await run_verb_once(operation, given, actor, verb), info)


@asynccontextmanager
async def limit_new_calls(
    actor: Caller, operation: str, key: str, *limits: AbstractAsyncContextManager[None]
) -> AsyncIterator[None]:
    """Run the block within limits of attempts, unless the key is known. A repetition is no attempt."""
    scope = idempotency.IdempotencyScope(actor.community_id, actor.person_id, operation)
    async with AsyncExitStack() as stack:
        if limits and not await idempotency.is_known(scope, key):
            for limit in limits:
                await stack.enter_async_context(limit)
        yield


async def run_verb_once(
    operation: str, given: KeyedThingInput, actor: Caller, verb: Callable[[Caller], Awaitable[HasId]]
) -> HasId:
    """Run `verb` at most once per idempotency key in the actor's community.

    Return what it returns now, or the id of what it returned.
    """
    scope = idempotency.IdempotencyScope(actor.community_id, actor.person_id, operation)
    rest = _to_plain(given)
    key = rest.pop("idempotency_key")

    made: HasId | None = None
    own: idempotency.Answer = {}

    async def work() -> idempotency.Answer:
        nonlocal made, own
        made = await verb(actor)
        own = {"id": made.id}
        return own

    answer = await idempotency.run_once(scope, key, rest, work)
    # A stored answer is another object, also after an attempt that was rolled back.
    return made if made is not None and answer is own else db.Id(answer["id"])


def _to_plain(value: Any) -> Any:
    """Return what `dataclasses.asdict` returns, which copies each value."""
    if value.__class__ is list:
        return [each if isinstance(each, _PLAIN) else _to_plain(each) for each in value]
    if (fields := getattr(value.__class__, "__dataclass_fields__", None)) is None:
        return value
    plain: dict[str, Any] = {}
    for name in fields:
        part = getattr(value, name)
        plain[name] = part if isinstance(part, _PLAIN) else _to_plain(part)
    return plain
