"""Payloads of mutations: the changed object, or errors."""

from __future__ import annotations

import dataclasses
import functools
import logging
import re
import typing
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from enum import Enum
from typing import Any, Concatenate, ParamSpec, TypeVar

import strawberry
from strawberry.types import get_object_definition
from strawberry.utils.str_converters import to_camel_case

from community.accounts import errors as _accounts  # noqa: F401 - imported so that their codes exist
from community.accounts.errors import SessionEnded
from community.api import ids
from community.api.amounts import Points
from community.api.context import Caller, Info
from community.api.declare import (
    declare_enum,
    field,
    get_description,
    get_type_name,
    input_type,
    interface,
    object_type,
)
from community.api.edge.languages import get_language
from community.api.edge.masking import get_number
from community.api.nodes import Row, find_community_id, find_readable
from community.communities import errors as _communities  # noqa: F401
from community.communities.errors import NotAMember
from community.consent import errors as _consent  # noqa: F401
from community.kernel import idempotency, mistakes, paging  # noqa: F401
from community.kernel.errors import InvalidInput, NotFound, Refusal, TryAgain, Unauthenticated
from community.kernel.measuring import note_code
from community.media import errors as _media  # noqa: F401
from community.points import errors as _points  # noqa: F401
from community.privacy import errors as _privacy  # noqa: F401
from community.review import errors as _review  # noqa: F401
from community.submissions import errors as _submissions  # noqa: F401

logger = logging.getLogger(__name__)

P = ParamSpec("P")

CODES: dict[str, frozenset[str]] = {}
"""The codes with which each mutation can refuse, by its name in the graph."""

_SENTENCES_BY_CODE = {code: str(refusal()) for code, refusal in Refusal.codes().items()}

ErrorCode = Enum("ErrorCode", {code: code for code in _SENTENCES_BY_CODE})  # type: ignore[misc]  # the codes come from the domains
ErrorCode.__doc__ = "Stable code of an error, for programs."
declare_enum(ErrorCode, name="ErrorCode", values=_SENTENCES_BY_CODE)


@object_type
class MutationError:
    """One reason why a mutation changed nothing."""

    code: ErrorCode = field(description="Code, for programs.")
    message: str = field(description="Sentence to show to the person, in the language of the request.")
    path: list[str] = field(description="Path of the input field that caused the error. Empty if no single field did.")
    retry_at: datetime | None = field(default=None, description="Time from which a retry can succeed. Null if unknown.")

    min: Points | None = field(default=None, description="Smallest possible value. Null if there is none.")
    max: Points | None = field(default=None, description="Largest possible value. Null if there is none.")
    actual: Points | None = field(default=None, description="The value that was refused. Null if it is no number.")

    @classmethod
    def list_of(cls, refusal: Refusal, mutation: str) -> list[MutationError]:
        """Return a refusal as a payload shows it, with all mistakes of the input.

        A code that this mutation does not declare is logged as an error. The tests fail then.
        """
        refusals = refusal.list_all()
        if undeclared := {each.code for each in refusals} - CODES[mutation]:
            logger.error("undeclared refusal: mutation=%s codes=%s", mutation, ",".join(sorted(undeclared)))
        return [cls._of(each) for each in refusals]

    @classmethod
    def _of(cls, refusal: Refusal) -> MutationError:
        note_code(refusal.code)
        return cls(
            code=ErrorCode(refusal.code),
            message=refusal.translate(get_language()),
            path=list(refusal.path),
            retry_at=refusal.retry_at,
            **{name: get_number(refusal, name) for name in ("min", "max", "actual")},  # type: ignore[arg-type]  # numbers
        )

    def to_json(self) -> dict[str, Any]:
        """Return the error for a client without GraphQL, with the same fields."""
        return {
            "code": self.code.name,
            "message": self.message,
            "path": self.path,
            "retryAt": self.retry_at and self.retry_at.isoformat(),
            "min": self.min,
            "max": self.max,
            "actual": self.actual,
        }


@interface
class MutationPayload:
    """Result of a mutation."""

    errors: list[MutationError] = field(
        default_factory=list, description="Reasons why nothing was changed. Empty on success."
    )


Answer = TypeVar("Answer", bound=MutationPayload)


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


_REFUSING_SENTENCE = re.compile(r"[^.]*\brefuse[sd] with\b[^.]*", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b")


def declare_codes(name: str, description: str, given: type) -> frozenset[str]:
    """Return the codes with which a mutation can refuse, and keep them.

    They are the codes in the sentences "Refuses with …" and "… is refused with …" of its description, those that every
    mutation has, and those of its kind of input. Raises TypeError for a code that does not exist.
    """
    codes = {code for sentence in _REFUSING_SENTENCE.findall(description) for code in _CODE.findall(sentence)}
    if unknown := codes - set(_SENTENCES_BY_CODE):
        raise TypeError(f"{name} is described with unknown codes: {', '.join(sorted(unknown))}")
    codes |= {kind.code for kind in (InvalidInput, SessionEnded, TryAgain, Unauthenticated)}
    if issubclass(given, KeyedThingInput):
        codes |= {idempotency.KeyReused.code, (NotAMember if issubclass(given, KeyedInput) else NotFound).code}
    CODES[name] = frozenset(codes)
    return CODES[name]


def mutation(resolver: Callable[Concatenate[Any, Info, P], Coroutine[Any, Any, Answer]]) -> Any:
    """Declare a mutation whose refusals become `errors` of its payload.

    Every transaction in it first locks the caller, and refuses one that has ended. The description ends with what a
    repetition does: in the docstring as `Repeating: …`, or here if the input has an idempotency key. The description
    of the payload ends with the codes of the refusals.
    """
    name = to_camel_case(resolver.__name__)
    hints = typing.get_type_hints(resolver)
    payload: type[Answer] = hints["return"]
    given: type = hints.get("input", object)
    keyed = any(part.name == "idempotency_key" for part in dataclasses.fields(given))
    description = get_description(resolver) + " Repeating: the same key and input return the first result." * keyed
    codes = declare_codes(name, description, given)
    definition = get_object_definition(payload, strict=True)
    definition.description = f"{definition.description} Codes: {', '.join(sorted(codes))}."

    @functools.wraps(resolver)
    async def resolve(self: Any, info: Info, *args: P.args, **kwargs: P.kwargs) -> Answer:
        info.context.forget()
        try:
            with info.context.guard_caller():
                return await resolver(self, info, *args, **kwargs)
        except Refusal as refusal:
            return payload(errors=MutationError.list_of(refusal, name))
        finally:
            info.context.forget()

    declared = strawberry.mutation(resolver=resolve, description=description)
    for argument in declared.arguments:
        argument.description = f"Input for `{name}`."
    return declared


async def run_mutation_once(
    info: Info,
    operation: str,
    given: KeyedInput,
    verb: Callable[[Caller], Awaitable[ids.HasId]],
    *,
    returns: type[Row],
) -> Row | None:
    """Run `verb` at most once per idempotency key, and return its row.

    It runs in the community of the input. The key is looked up before the verb asks what the caller may do. So a
    repetition has the first result, read as of now: None if the caller may no longer read it. `verb` returns a row of
    the class `returns`, or what has its id. Raises its refusal, now or of its only run, and those of
    `idempotency.run_once`.
    """
    actor = info.context.get_actor(given.community_id)
    return await find_readable(returns, await _run_once(operation, given, actor, verb), info)


async def run_thing_mutation_once(
    info: Info,
    operation: str,
    given: KeyedThingInput,
    verb: Callable[[Caller, int], Awaitable[ids.HasId]],
    *,
    of: tuple[type, str],
    returns: type[Row],
    unknown: Callable[[], NotFound] = NotFound,
) -> Row | None:
    """Run `verb` of a thing as `run_mutation_once` does, in the community of the thing.

    `of` has the row class of the thing, and the field of the input with its id. `verb` also gets its number.
    `unknown` builds the verb's own refusal of an unknown thing.
    """
    kind, name = of
    with mistakes.collect() as check:
        number = check(ids.decode, get_type_name(kind), getattr(given, name), path=to_camel_case(name))
        check(idempotency.validate_key, given.idempotency_key)
    actor = Caller(info.context.viewer_id, await find_community_id(kind, number))
    try:
        done = await _run_once(operation, given, actor, lambda caller: verb(caller, number))
    except NotAMember:
        raise unknown() from None  # The same as for an unknown thing, so that strangers learn nothing.
    return await find_readable(returns, done, info)


async def _run_once(
    operation: str, given: KeyedThingInput, actor: Caller, verb: Callable[[Caller], Awaitable[ids.HasId]]
) -> int:
    scope = idempotency.IdempotencyScope(actor.community_id, actor.person_id, operation)
    rest = dataclasses.asdict(given)
    key = rest.pop("idempotency_key")

    async def work() -> idempotency.Answer:
        return {"id": (await verb(actor)).id}

    number: int = (await idempotency.run_once(scope, key, rest, work))["id"]
    return number
