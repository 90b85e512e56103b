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

from datetime import datetime
from typing import Any, ClassVar, Self


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """A declined call. The verb that raised it changed nothing."""

    code: ClassVar[str] = "REFUSED"
    sentence: ClassVar[str] = "This cannot be done."
    counts_as_attempt: ClassVar[bool] = False
    """True if guessing leads to this refusal. It then counts towards the limit of failed attempts."""
    is_stored: ClassVar[bool] = True
    """False if the same call may succeed later. An idempotency key then does not store the refusal."""

    _by_code: ClassVar[dict[str, type[Refusal]]] = {}

    def __init__(self, message: str | None = None, *, path: tuple[str, ...] = ()) -> None:
        self.message = message or self.sentence
        self.path = path
        self.retry_at: datetime | None = None
        super().__init__(self.message)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.code in Refusal._by_code:
            raise TypeError(f"{cls.__name__} repeats the code {cls.code}")
        Refusal._by_code[cls.code] = cls

    @classmethod
    def codes(cls) -> dict[str, str]:
        """Return the default sentence of every code, sorted by code."""
        return {code: kind.sentence for code, kind in sorted(Refusal._by_code.items())}

    def to_json(self) -> dict[str, Any]:
        """Return the refusal as JSON for the idempotency record."""
        return {"code": self.code, "message": self.message, "path": list(self.path)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the refusal that `to_json` stored. It is a plain Refusal if its code no longer exists."""
        kind = Refusal._by_code.get(stored["code"], Refusal)
        return kind(stored["message"], path=tuple(stored["path"]))  # type: ignore[return-value]  # looked up by code


class Unauthenticated(Refusal):
    """The caller is not logged in, or has an invalid token."""

    code = "UNAUTHENTICATED"
    sentence = "Log in first."


class Forbidden(Refusal):
    """The person is known and may not do this here."""

    code = "FORBIDDEN"
    sentence = "You may not do this here."


class NotFound(Refusal):
    """There is no such thing, or this person may not see it. The answer is the same for both."""

    code = "NOT_FOUND"
    sentence = "This was not found, or you may not see it."


class InvalidInput(Refusal):
    """An input value is not valid. `path` names the field."""

    code = "INVALID_INPUT"
    sentence = "This value is not valid. Change it and try again."


class Conflict(Refusal):
    """The thing has changed since the caller read it. Nothing was changed."""

    code = "STALE_VERSION"
    sentence = "This has changed. Reload and try again."


class TryAgain(Refusal):
    """The service is busy and did nothing. Repeat the call with the same idempotency key."""

    code = "TRY_AGAIN"
    is_stored = False
    sentence = "The service is busy. Try again in a moment."
