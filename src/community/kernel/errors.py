"""Refusals, the answers by which the service declines a call.

    Refusal                    a stable code and a sentence for the person
    ├── Unauthenticated        the caller is not logged in, or the token is no longer valid
    ├── Forbidden              this person may not do this here
    ├── NotFound               there is no such thing, or this person may not see it
    ├── InvalidInput           an input value is not valid, `path` names the field
    ├── Conflict               the thing has changed since the caller read it
    ├── TryAgain               nothing was done and nothing is wrong, repeat the call
    └── …                      every domain adds its own in its `errors.py`

Every other exception is a bug: masked for the client, complete in the log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, TypeVar

from community.kernel import clock
from community.texts import Language, UnknownText, require_text, translate

Figure = int | str
R = TypeVar("R")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def to_camel_case(name: str) -> str:
    """Return the name of a part in the spelling of the graph."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def describe_error(error: BaseException) -> str:
    """Return the class of an error. One of this service has its text too, which quotes no person."""
    if isinstance(error, Refusal):
        return f"{error.code}: {error}"
    if type(error).__module__.partition(".")[0] in {"community", "workers"} and str(error):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A declined call. The verb that raised it changed nothing.

    Its sentence is the text `refusal.<CODE>` or `refusal.<CODE>.<reason>`, and the figures are the fields of the text.
    Clients also get the figures `min`, `max` and `actual` as numbers. `also` has the other mistakes of the same input.
    """

    code: ClassVar[str] = "REFUSED"
    """Of a class without one it is the name of the class in capitals: `SoldOut` has `SOLD_OUT`."""
    reasons: ClassVar[Set[str]] = frozenset()
    """Reasons that are computed where the refusal is raised. A literal reason needs no entry."""
    counts_as_attempt: ClassVar[bool] = False
    """True if guessing leads to this refusal. It then counts towards the limit of failed attempts."""
    is_stored: ClassVar[bool] = True
    """False if the same call may succeed later. An idempotency key then does not store the refusal."""

    _by_code: ClassVar[dict[str, type[Refusal]]] = {}

    def __init__(
        self,
        reason: str | None = None,
        /,
        *,
        path: tuple[str, ...] = (),
        retry_at: datetime | None = None,
        **figures: Figure,
    ) -> None:
        """Build a refusal. Raises UnknownText unless the catalogue has its text with these figures."""
        self.reason = reason
        self.path = path
        self.retry_at = retry_at
        self.figures = figures
        self.also: tuple[Refusal, ...] = ()
        require_text(self._key, figures)
        super().__init__(reason)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in vars(cls):
            cls.code = _WORD.sub("_", cls.__name__).upper()
        if cls.code in Refusal._by_code:
            raise TypeError(f"{cls.__name__} repeats the code {cls.code}")
        Refusal._by_code[cls.code] = cls

    def __str__(self) -> str:
        """Return the English sentences of all mistakes, for logs and commands."""
        return " ".join(refusal.translate(Language.EN) for refusal in self.list_all())

    @property
    def _key(self) -> str:
        return f"refusal.{self.code}" if self.reason is None else f"refusal.{self.code}.{self.reason}"

    def translate(self, language: Language) -> str:
        """Return the sentence for the person."""
        return translate(self._key, language, **self.figures)

    def move_to(self, *path: str) -> Self:
        """Return the same refusal about another field."""
        return type(self)(self.reason, path=path, retry_at=self.retry_at, **self.figures)

    def join(self, others: Sequence[Refusal]) -> Self:
        """Return this refusal with further mistakes of the same input."""
        self.also = tuple(others)
        return self

    def list_all(self) -> list[Refusal]:
        """Return this refusal and the other mistakes of the same input."""
        return [self, *self.also]

    @classmethod
    def codes(cls) -> dict[str, type[Refusal]]:
        """Return the class of every code, sorted by code."""
        known = {Refusal.code: Refusal} | Refusal._by_code
        return {code: known[code] for code in sorted(known)}

    def to_json(self) -> dict[str, Any]:
        """Return the refusal as JSON for the idempotency record. It has no sentence."""
        stored: dict[str, Any] = {"code": self.code, "path": list(self.path)}
        if self.reason is not None:
            stored["reason"] = self.reason
        if self.figures:
            stored["figures"] = self.figures
        if self.retry_at is not None:
            stored["retry_at"] = self.retry_at.isoformat()
        if self.also:
            stored["also"] = [refusal.to_json() for refusal in self.also]
        return stored

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the refusal that `to_json` stored.

        It is a plain Refusal if its code no longer exists, and has no reason if its reason no longer exists.
        """
        kind = Refusal._by_code.get(stored["code"], Refusal)
        retry_at = datetime.fromisoformat(stored["retry_at"]) if "retry_at" in stored else None
        path, figures = tuple(stored["path"]), stored.get("figures", {})
        try:
            made = kind(stored.get("reason"), path=path, retry_at=retry_at, **figures)
        except UnknownText:
            made = kind(path=path, retry_at=retry_at, **figures)
        return made.join([cls.from_json(other) for other in stored.get("also", ())])  # type: ignore[return-value]  # looked up by code


def require_row(row: R | None, refusal: Refusal) -> R:
    """Return what was found. Raises the refusal if it is None."""
    if row is None:
        raise refusal
    return row


class Unauthenticated(Refusal):
    """The caller is not logged in, or has an invalid token."""

    reasons = frozenset({"service_token_expired", "service_token_suspended", "service_token_waiting"})


class Forbidden(Refusal):
    """The person is known and may not do this here."""


class NotFound(Refusal):
    """There is no such thing, or this person may not see it. The answer is the same for both.

    The reason is the kind of the thing. Without a `path`, its id is in the field of this kind: `slotId` of a `slot`.
    """

    def __init__(
        self,
        kind: str | None = None,
        /,
        *,
        path: tuple[str, ...] | None = None,
        retry_at: datetime | None = None,
        **figures: Figure,
    ) -> None:
        """Build the refusal. Raises UnknownText unless the kind has a text."""
        if path is None:
            path = () if kind is None else (to_camel_case(f"{kind}_id"),)
        super().__init__(kind, path=path, retry_at=retry_at, **figures)

    @classmethod
    def of_field(cls, name: str) -> Self:
        """Return the refusal of the thing whose id this field has.

        Without a text of its own it has no kind.
        """
        try:
            return cls(name.removesuffix("_id"))
        except UnknownText:
            return cls()


class InvalidInput(Refusal):
    """An input value is not valid. `path` names the field."""


class Conflict(Refusal):
    """The thing has changed since the caller read it. Nothing was changed."""

    code = "STALE_VERSION"


class TryAgain(Refusal):
    """The service is busy, away or full, and did nothing. Repeat the call with the same idempotency key.

    With the reason `unconfirmed` it is unknown whether the call had its effect. The key then returns the first result.
    """

    reasons = frozenset({"locked", "away", "disk_full", "pictures"})
    is_stored = False
    retry_after: ClassVar[dict[str | None, timedelta]] = {
        "away": timedelta(seconds=2),
        "disk_full": timedelta(minutes=1),
    }
    """Time until the next attempt by reason. It is 1 s for all others."""

    def __init__(
        self,
        reason: str | None = None,
        /,
        *,
        path: tuple[str, ...] = (),
        retry_at: datetime | None = None,
        **figures: Figure,
    ) -> None:
        """Build the refusal. Without `retry_at` the reason gives the time."""
        retry_at = retry_at or clock.now() + self.retry_after.get(reason, timedelta(seconds=1))
        super().__init__(reason, path=path, retry_at=retry_at, **figures)
