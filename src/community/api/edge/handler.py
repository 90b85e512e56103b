"""GraphQL over HTTP: one request in, one answer out, whatever the request is.

Follows the GraphQL-over-HTTP draft for `application/graphql-response+json`. Under `application/json` a well-formed
request is always answered with 200: some clients' platforms hand any other status to their failure path, unread.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from community.api.edge import media_types, responses
from community.api.edge.codes import (
    GRAPHQL_VALIDATION_FAILED,
    INTERNAL,
    NOT_ACCEPTABLE,
    UNSUPPORTED_MEDIA_TYPE,
    DocumentRefused,
    ProtocolError,
    bad_request,
    method_not_allowed,
)
from community.api.edge.forms import FORM_MEDIA_TYPE, PREFLIGHT_HEADERS, find_boundary, parse_form_params, read_form
from community.api.edge.masking import mask_errors
from community.api.edge.params import (
    GraphQLParams,
    drop_body,
    parse_body_params,
    parse_query_params,
    parse_query_string,
    read_body,
)
from community.api.edge.schema import GuardedSchema
from community.kernel.errors import Refusal, Unauthenticated

RESPONSE_MEDIA_TYPES = (media_types.JSON, media_types.GRAPHQL_RESPONSE)
OPERATION_TYPES_BY_METHOD = {"GET": (OperationType.QUERY,), "POST": (OperationType.QUERY, OperationType.MUTATION)}
ALLOWED_METHODS = "GET, POST, OPTIONS"


class GraphQLHandler:
    """An ASGI application for one path: `Route("/graphql", handler)`, and the same for `/graphql/`.

    `get_context` is called once for a well-formed request; a refusal that it raises is the answer. Forms with a file
    are read only when `upload_limit_bytes` says how large one may be for this request; a refusal that it raises is the
    answer, before the body is read. `graphiql` makes the page that browsers get, anew for each of them.
    """

    def __init__(
        self,
        schema: GuardedSchema,
        get_context: Callable[[Request], Awaitable[Any]],
        *,
        body_limit_bytes: int,
        upload_limit_bytes: Callable[[Request], Awaitable[int]] | None = None,
        graphiql: Callable[[], str] | None = None,
    ) -> None:
        self._schema = schema
        self._get_context = get_context
        self._body_limit_bytes = body_limit_bytes
        self._upload_limit_bytes = upload_limit_bytes
        self._graphiql = graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return  # nobody is left to answer
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        accepted = media_types.negotiate(_read_header(request, "accept"), RESPONSE_MEDIA_TYPES)
        try:
            if request.method == "OPTIONS":
                return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ALLOWED_METHODS})
            if request.method not in OPERATION_TYPES_BY_METHOD:
                raise method_not_allowed("GraphQL is asked by POST, or by GET for queries.", allow=ALLOWED_METHODS)
            if self._graphiql is not None and _is_page_request(request):
                return HTMLResponse(self._graphiql(), headers=responses.PRIVATE_HEADERS)
            return await self._answer_graphql(request, accepted)
        except ProtocolError as error:
            return responses.build_error_response(
                error.status, error.code, error.message, media_type=accepted or media_types.JSON, headers=error.headers
            )

    async def _answer_graphql(self, request: Request, accepted: str | None) -> Response:
        if accepted is None:
            raise ProtocolError(406, NOT_ACCEPTABLE, f"The answer can be {' or '.join(RESPONSE_MEDIA_TYPES)}.")
        try:
            params = await self._read_params(request)
        except Refusal as error:
            return _build_refusal_response(mask_errors([GraphQLError(str(error), original_error=error)]), accepted)
        return await self._execute(request, params, accepted)

    async def _read_params(self, request: Request) -> GraphQLParams:
        if request.method == "GET":
            return parse_query_params(request.scope["query_string"])
        content_type = _read_header(request, "content-type")
        boundary = find_boundary(content_type)
        if boundary is not None and self._upload_limit_bytes is not None:
            return await self._read_form_params(request, boundary, self._upload_limit_bytes)
        if not media_types.is_json(content_type or ""):
            raise ProtocolError(415, UNSUPPORTED_MEDIA_TYPE, f"The body must be {media_types.JSON} in UTF-8.")
        return parse_body_params(await read_body(request, limit_bytes=self._body_limit_bytes))

    async def _read_form_params(
        self, request: Request, boundary: bytes, limit_bytes: Callable[[Request], Awaitable[int]]
    ) -> GraphQLParams:
        try:
            if not any(request.headers.get(name) for name in PREFLIGHT_HEADERS):
                raise bad_request(f"A {FORM_MEDIA_TYPE} needs the header {PREFLIGHT_HEADERS[0]}: 1.")
            most = await limit_bytes(request)
        except (ProtocolError, Refusal):
            await drop_body(request)
            raise
        return parse_form_params(await read_form(request, boundary, limit_bytes=most))

    async def _execute(self, request: Request, params: GraphQLParams, accepted: str) -> Response:
        try:
            context = await self._get_context(request)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - a refusal or a bug: the request itself was well formed
            return _build_refusal_response(mask_errors([GraphQLError(str(error), original_error=error)]), accepted)
        try:
            result = await self._schema.execute(
                params.query,
                variable_values=params.variables,
                context_value=context,
                operation_name=params.operation_name,
                allowed_operation_types=OPERATION_TYPES_BY_METHOD[request.method],
            )
        except InvalidOperationTypeError:
            if request.method == "GET":
                raise method_not_allowed("GET is for queries.", allow="POST") from None
            refused = DocumentRefused(GRAPHQL_VALIDATION_FAILED, "Subscriptions are not answered here.")
            return _build_refusal_response([refused], accepted)
        return _build_result_response(result, accepted)


def _build_result_response(result: ExecutionResult, accepted: str) -> Response:
    errors = result.errors or []
    # Errors of fields have a path: without one, execution never began and there is no data, not even null.
    if errors and result.data is None and all(error.path is None for error in errors):
        return _build_refusal_response(errors, accepted)
    payload: dict[str, Any] = {"data": result.data}
    if errors:
        payload["errors"] = [error.formatted for error in errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    try:
        return responses.build_json_response(payload, media_type=accepted)
    except (TypeError, ValueError, RecursionError) as error:
        return _build_refusal_response(mask_errors([GraphQLError(str(error), original_error=error)]), accepted)


def _build_refusal_response(errors: Sequence[GraphQLError], accepted: str) -> Response:
    """The answer without data: its status tells the kinds apart where clients look at it."""
    status, headers = 200, {}
    if accepted == media_types.GRAPHQL_RESPONSE:
        codes = {(error.extensions or {}).get("code") for error in errors}
        status = 400
        if INTERNAL in codes:
            status = 500
        elif Unauthenticated.code in codes:
            status, headers = 401, {"WWW-Authenticate": "Bearer"}
    return responses.build_json_response(
        {"errors": [error.formatted for error in errors]}, status=status, media_type=accepted, headers=headers
    )


def _read_header(request: Request, name: str) -> str | None:
    """The header; where a list is split over several lines, the whole list."""
    lines = request.headers.getlist(name)
    return ",".join(lines) if lines else None


def _is_page_request(request: Request) -> bool:
    """Whether a browser asks for something to look at rather than for an answer."""
    if (
        request.method != "GET"
        or media_types.negotiate(_read_header(request, "accept"), (*RESPONSE_MEDIA_TYPES, media_types.HTML))
        != media_types.HTML
    ):
        return False
    return "query" not in parse_query_string(request.scope["query_string"])
