"""The codes that the edge itself answers with, and the two ways in which it says no.

A `ProtocolError` is about HTTP: the request is not a GraphQL request at all, so its status is never 200.
A `DocumentRefused` is about GraphQL: the request is well formed, its document is not executed.
Codes of refusals by the domains live with them, in `community.kernel.errors` and its children.
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

GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
BAD_USER_INPUT = "BAD_USER_INPUT"
QUERY_TOO_DEEP = "QUERY_TOO_DEEP"
QUERY_TOO_LARGE = "QUERY_TOO_LARGE"
TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
QUERY_TOO_COSTLY = "QUERY_TOO_COSTLY"

INTERNAL = "INTERNAL"
INTERNAL_MESSAGE = "Something went wrong on our side."


class ProtocolError(Exception):
    """The HTTP request is refused before anything in it was looked at as GraphQL."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        super().__init__(message)


def bad_request(message: str) -> ProtocolError:
    """The refusal of a body or query string that cannot be a GraphQL request: 400."""
    return ProtocolError(400, BAD_REQUEST, message)


def method_not_allowed(message: str, *, allow: str) -> ProtocolError:
    """The refusal of a method, which names those in `allow`: 405."""
    return ProtocolError(405, METHOD_NOT_ALLOWED, message, headers={"Allow": allow})


class DocumentRefused(GraphQLError):  # noqa: N818 - an answer to the caller, as a refusal of a domain is
    """A document that was not executed, with the code that says why; its message is meant for the caller."""

    def __init__(self, code: str, message: str, nodes: Node | Sequence[Node] | None = None) -> None:
        super().__init__(message, nodes, extensions={"code": code})
        self.code = code

    @classmethod
    def from_graphql_error(cls, code: str, error: GraphQLError) -> Self:
        """The refusal that says what the library's `error` says, at the same place in the document."""
        refused = cls(code, error.message)
        refused.nodes, refused.source = error.nodes, error.source
        refused.positions, refused.locations = error.positions, error.locations
        return refused
