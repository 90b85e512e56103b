"""Error codes and errors of the edge.

A `ProtocolError` is about HTTP. The request is not a GraphQL request, and its status is never 200.
A `DocumentRefused` is about GraphQL. The request is well formed, and its document is not executed.
The domains' own codes are in `community.kernel.errors` and in each domain's `errors.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from graphql import GraphQLError, Node

BAD_REQUEST = "BAD_REQUEST"
UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
NOT_FOUND = "NOT_FOUND"
METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
BODY_TOO_LARGE = "BODY_TOO_LARGE"
RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE"
HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
WEBSOCKET_NOT_SUPPORTED = "WEBSOCKET_NOT_SUPPORTED"

GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
BAD_USER_INPUT = "BAD_USER_INPUT"
QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
QUERY_TOO_LARGE = "QUERY_TOO_LARGE"
TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"
RESPONSE_TOO_LARGE = "RESPONSE_TOO_LARGE"
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
DOCUMENT_NOT_REGISTERED = "DOCUMENT_NOT_REGISTERED"

MAX_REQUEST_ERRORS = 5
"""Maximum number of errors of a request that is not executed."""
MAX_MESSAGE_LENGTH = 300
MAX_LOCATIONS = 5

INTERNAL = "INTERNAL"


class ProtocolError(Exception):
    """Refusal of an HTTP request before its GraphQL document is read."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        super().__init__(message)


def bad_request(message: str) -> ProtocolError:
    """Build the 400 for a request that is not GraphQL."""
    return ProtocolError(400, BAD_REQUEST, message)


def method_not_allowed(message: str, *, allow: str) -> ProtocolError:
    """Build the 405 for a method that is not in `allow`."""
    return ProtocolError(405, METHOD_NOT_ALLOWED, message, headers={"Allow": allow})


def shorten_message(message: str) -> str:
    """Return at most `MAX_MESSAGE_LENGTH` characters of a message that may contain the caller's input."""
    return message if len(message) <= MAX_MESSAGE_LENGTH else f"{message[: MAX_MESSAGE_LENGTH - 1]}…"


class DocumentRefused(GraphQLError):  # noqa: N818 - a response for the caller, like a domain's refusal
    """Refusal of a document that was not executed. Code and message are for the caller."""

    def __init__(self, code: str, message: str, nodes: Node | Sequence[Node] | None = None) -> None:
        super().__init__(shorten_message(message), nodes, extensions={"code": code})
        self.code = code

    @classmethod
    def from_graphql_error(cls, code: str, error: GraphQLError) -> Self:
        """Build a refusal with the message and the first locations of a graphql-core error."""
        refusal = cls(code, error.message)
        refusal.nodes, refusal.source = error.nodes, error.source
        refusal.positions = error.positions and list(error.positions)[:MAX_LOCATIONS]
        refusal.locations = error.locations and error.locations[:MAX_LOCATIONS]
        return refusal
