"""Errors of mutations, and the codes with which each mutation can refuse."""

from __future__ import annotations

import logging
import re
from datetime import datetime
from enum import Enum
from typing import Any

from community.accounts.errors import SessionEnded
from community.api.amounts import Points
from community.api.declare import declare_enum, field, object_type
from community.api.edge.languages import get_language
from community.api.edge.masking import get_number
from community.kernel import idempotency, paging  # noqa: F401
from community.kernel.errors import InvalidInput, Refusal, TryAgain, Unauthenticated
from community.kernel.request_figures import note_code
from community.kernel.rooms import import_modules

logger = logging.getLogger(__name__)

CODES: dict[str, frozenset[str]] = {}
"""The codes with which each mutation can refuse, by its name in the graph."""

import_modules("errors")  # so that their codes exist
_SENTENCES_BY_CODE = {code: str(refusal()) for code, refusal in Refusal.codes().items()}

ErrorCode = Enum("ErrorCode", {code: code for code in _SENTENCES_BY_CODE})  # type: ignore[misc]  # the codes come from the domains
ErrorCode.__doc__ = "Stable code of an error, for programs."
declare_enum(ErrorCode, values=_SENTENCES_BY_CODE)


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


_REFUSING_SENTENCE = re.compile(r"[^.]*\brefuse[sd] with\b[^.]*", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b")


def declare_codes(name: str, description: str, *further: type[Refusal]) -> frozenset[str]:
    """Return the codes with which a mutation can refuse, and keep them.

    They are the codes in the sentences "Refuses with …" and "… is refused with …" of its description, those that every
    mutation has, and those of `further` refusals. Raises TypeError for a code that does not exist.
    """
    codes = {code for sentence in _REFUSING_SENTENCE.findall(description) for code in _CODE.findall(sentence)}
    if unknown := codes - set(_SENTENCES_BY_CODE):
        raise TypeError(f"{name} is described with unknown codes: {', '.join(sorted(unknown))}")
    refusals: tuple[type[Refusal], ...] = (InvalidInput, SessionEnded, TryAgain, Unauthenticated, *further)
    codes |= {kind.code for kind in refusals}
    CODES[name] = frozenset(codes)
    return CODES[name]
