"""Why the service says no.

    Refusal                    an answer for the person: a stable code and a sentence
    ├── Unauthenticated        nobody is logged in, or the token is no longer good
    ├── Forbidden              this person may not do this here
    ├── NotFound               no such thing, or none that this person may know of
    ├── InvalidInput           a value that cannot be meant; `path` names it
    ├── Conflict               the thing has moved on since the caller last looked
    ├── TryAgain               nothing was done and nothing is wrong: repeat the call
    └── …                      every domain adds its own, in its `errors.py`

Anything else that is raised is a bug: masked for the client, whole in the log.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """An answer of no: nothing was changed by the verb that raised it."""

    code: ClassVar[str] = "REFUSED"
    sentence: ClassVar[str] = "This cannot be done."
    counts_as_attempt: ClassVar[bool] = False
    """Guessing leads to this refusal: it counts towards the limit of failed attempts."""

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
        """Every code that a caller can meet and what it says by default, in the order of the codes."""
        return {code: kind.sentence for code, kind in sorted(Refusal._by_code.items())}

    def to_json(self) -> dict[str, Any]:
        """The refusal as JSON, for the idempotency record."""
        return {"code": self.code, "message": self.message, "path": list(self.path)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The refusal that `stored` was made of; a code that is gone since answers as a plain refusal."""
        kind = Refusal._by_code.get(stored["code"], Refusal)
        return kind(stored["message"], path=tuple(stored["path"]))  # type: ignore[return-value]  # looked up by code


class Unauthenticated(Refusal):
    """Nobody is logged in, or the token is no longer good."""

    code = "UNAUTHENTICATED"
    sentence = "Log in first."


class Forbidden(Refusal):
    """The person is known, and may not do this here."""

    code = "FORBIDDEN"
    sentence = "You may not do this here."


class NotFound(Refusal):
    """There is no such thing, or none that this person may know of: the two are not told apart."""

    code = "NOT_FOUND"
    sentence = "There is no such thing here."


class InvalidInput(Refusal):
    """A value that cannot be meant; `path` names it."""

    code = "INVALID_INPUT"
    sentence = "This value cannot be used."


class Conflict(Refusal):
    """The thing has moved on since the caller last looked; nothing was changed."""

    code = "STALE_VERSION"
    sentence = "This has changed since you last saw it. Load it again and decide anew."


class TryAgain(Refusal):
    """Nothing was done and nothing is wrong with the call: repeat it, with the same idempotency key."""

    code = "TRY_AGAIN"
    sentence = "The service is busy with the same thing. Try again in a moment."
