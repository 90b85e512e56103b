"""Masking of errors. Callers see refusals and errors of the request, and no details of bugs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from graphql import FieldNode, GraphQLError

from community.api.edge.codes import (
    BAD_USER_INPUT,
    INTERNAL,
    MAX_REQUEST_ERRORS,
    DocumentRefused,
    shorten_message,
)
from community.api.edge.languages import get_language
from community.api.edge.numbers import MAX_SAFE_INTEGER
from community.kernel.correlation import get_request_id
from community.kernel.errors import Refusal
from community.kernel.request_figures import note_code
from community.texts import translate

logger = logging.getLogger("community.api")


def build_extensions(refusal: Refusal) -> dict[str, Any]:
    """Build the `extensions` of a refusal. Absent path, time and figures are left out."""
    note_code(refusal.code)
    given = {
        "path": list(refusal.path),
        "retryAt": refusal.retry_at and refusal.retry_at.isoformat(),
        **{name: get_number(refusal, name) for name in ("min", "max", "actual")},
    }
    return {"code": refusal.code, **{name: value for name, value in given.items() if value not in (None, [])}}


def get_number(refusal: Refusal, name: str) -> int | None:
    """Return a figure that every client can read exactly as a number, or None."""
    figure = refusal.figures.get(name)
    return figure if isinstance(figure, int) and abs(figure) <= MAX_SAFE_INTEGER else None


def build_internal_extensions() -> dict[str, Any]:
    """Build the `extensions` of a masked bug, with the request id for the log."""
    note_code(INTERNAL)
    return {"code": INTERNAL, "requestId": get_request_id()}


def mask_errors(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Return the errors for the caller, and log each masked cause once.

    Of a request that was not executed, only the first errors are returned.
    """
    if all(error.path is None for error in errors):
        errors = errors[:MAX_REQUEST_ERRORS]
    logged: set[int] = set()
    shown = []
    for error in errors:
        cause = _get_root_cause(error)
        if isinstance(cause, DocumentRefused):
            note_code(cause.code)
            shown.append(cause if cause is error else _rewrite_error(error, cause.message, {"code": cause.code}))
        elif isinstance(cause, Refusal):
            shown.append(_rewrite_error(error, cause.translate(get_language()), build_extensions(cause)))
        elif _is_about_input(error):
            note_code(BAD_USER_INPUT)
            shown.append(_rewrite_error(error, shorten_message(error.message), {"code": BAD_USER_INPUT}))
        else:
            # One failed batch raises the same exception in every field that waited for it.
            if id(cause) not in logged:
                logged.add(id(cause))
                path = ".".join(map(str, error.path or ()))
                logger.error("request failed: request_id=%s path=%s", get_request_id(), path or "-", exc_info=cause)
            shown.append(_rewrite_error(error, translate("internal", get_language()), build_internal_extensions()))
    return shown


def _get_root_cause(error: GraphQLError) -> Exception:
    """Return the original exception, which graphql-core wraps one or more times."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_about_input(error: GraphQLError) -> bool:
    """Return True for graphql-core's errors about a variable or an argument.

    Other errors point at fields. Only the error about too many wrong variables points at nothing.
    """
    if not error.nodes:
        return error.path is None and error.original_error is None
    return not any(isinstance(node, FieldNode) for node in error.nodes)


def _rewrite_error(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(message, error.nodes, error.source, error.positions, error.path, extensions=extensions)
