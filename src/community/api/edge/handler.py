"""GraphQL over HTTP: one response for each request.

Follows the GraphQL-over-HTTP draft for `application/graphql-response+json`. With `application/json` a well-formed
request always gets 200, because some platforms pass any other status to their failure path without its body.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from community.api.compiled.operations import PlainResult
from community.api.edge import media_types, responses
from community.api.edge.codes import (
    GRAPHQL_VALIDATION_FAILED,
    INTERNAL,
    NOT_ACCEPTABLE,
    RESPONSE_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    DocumentRefused,
    ProtocolError,
    bad_request,
    method_not_allowed,
)
from community.api.edge.forms import FORM_MEDIA_TYPE, PREFLIGHT_HEADERS, find_boundary, parse_form_params, read_form
from community.api.edge.headers import read_headers
from community.api.edge.load import Load
from community.api.edge.masking import mask_errors
from community.api.edge.params import (
    GraphQLParams,
    drop_body,
    parse_body_params,
    parse_query_params,
    parse_query_string,
    read_body,
)
from community.api.edge.persisted import PersistedDocuments
from community.api.edge.schema import GuardedSchema
from community.kernel import db
from community.kernel.errors import TryAgain, Unauthenticated
from community.kernel.received import ReceivedFile

RESPONSE_MEDIA_TYPES = (media_types.JSON, media_types.GRAPHQL_RESPONSE)
OPERATION_TYPES_BY_METHOD = {"GET": (OperationType.QUERY,), "POST": (OperationType.QUERY, OperationType.MUTATION)}
ALLOWED_METHODS = "GET, POST, OPTIONS"


class GraphQLHandler:
    """ASGI application for one path: `Route("/graphql", handler)`, and the same for `/graphql/`.

    `get_context` is called once per well-formed request. A refusal that it raises becomes the response. Forms with a
    file need `receive_file`, which offers a place for the file during the request.
    `documents` finds documents by their digest. `page` builds the page for browsers at each request.
    `load` refuses requests that would wait too long.
    """

    def __init__(
        self,
        schema: GuardedSchema,
        get_context: Callable[[Request, GraphQLParams], Awaitable[Any]],
        *,
        body_limit_bytes: int,
        receive_file: Callable[[Request], AbstractAsyncContextManager[ReceivedFile]] | None = None,
        documents: PersistedDocuments,
        page: Callable[[], Response] | None = None,
        load: Load | None = None,
    ) -> None:
        self._schema = schema
        self._get_context = get_context
        self._body_limit_bytes = body_limit_bytes
        self._receive_file = receive_file
        self._documents = documents
        self._page = page
        self._load = load or Load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        headers = read_headers(scope)
        try:
            response = await self._respond(Request(scope, receive), headers)
        except ClientDisconnect:
            return  # the client has gone
        await responses.compress(response, headers.get(b"accept-encoding"))
        await response(scope, receive, send)

    async def _respond(self, request: Request, headers: Mapping[bytes, str]) -> Response:
        accepted = media_types.negotiate(headers.get(b"accept"), RESPONSE_MEDIA_TYPES)
        method = request.method
        try:
            if method == "OPTIONS":
                return Response(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": ALLOWED_METHODS})
            if method not in OPERATION_TYPES_BY_METHOD:
                raise method_not_allowed("Send GraphQL by POST, or queries by GET.", allow=ALLOWED_METHODS)
            if method == "GET" and self._page is not None and _is_page_request(request, headers):
                return self._page()
            return await self._serve_graphql(request, headers, accepted)
        except ProtocolError as error:
            return responses.build_error_response(
                error.status, error.code, error.message, media_type=accepted or media_types.JSON, headers=error.headers
            )

    async def _serve_graphql(self, request: Request, headers: Mapping[bytes, str], accepted: str | None) -> Response:
        if accepted is None:
            raise ProtocolError(406, NOT_ACCEPTABLE, f"The response can be {' or '.join(RESPONSE_MEDIA_TYPES)}.")
        if request.method == "GET":
            return await self._answer(request, parse_query_params(request.scope["query_string"]), accepted)
        content_type = headers.get(b"content-type", "")
        if media_types.is_json(content_type):
            body = await read_body(request, limit_bytes=self._body_limit_bytes)
            return await self._answer(request, parse_body_params(body), accepted)
        boundary = find_boundary(content_type)
        if boundary is None or self._receive_file is None:
            raise ProtocolError(415, UNSUPPORTED_MEDIA_TYPE, f"The body must be {media_types.JSON} in UTF-8.")
        await _check_preflight(request)
        async with self._receive_file(request) as file:
            params = parse_form_params(await read_form(request, boundary, file))
            return await self._answer(request, params, accepted)

    async def _answer(self, request: Request, params: GraphQLParams, accepted: str) -> Response:
        try:
            with self._load:
                async with db.reading():
                    return await self._execute(request, params, accepted)
        except TryAgain as refusal:
            return _build_refusal_response(mask_errors([GraphQLError("", original_error=refusal)]), accepted)

    async def _execute(self, request: Request, params: GraphQLParams, accepted: str) -> Response:
        try:
            params = await self._documents.resolve(params)
            context = await self._get_context(request, params)
        except (ClientDisconnect, ProtocolError):
            raise
        except Exception as error:  # noqa: BLE001 - a refusal or a bug, for a well-formed request
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
                raise method_not_allowed("Send mutations by POST. GET is for queries.", allow="POST") from None
            refusal = DocumentRefused(GRAPHQL_VALIDATION_FAILED, "Subscriptions are not supported here.")
            return _build_refusal_response([refusal], accepted)
        return _build_result_response(result, accepted, limit_bytes=self._schema.limits.response_bytes)


async def _check_preflight(request: Request) -> None:
    if not any(request.headers.get(name) for name in PREFLIGHT_HEADERS):
        await drop_body(request)
        raise bad_request(f"A {FORM_MEDIA_TYPE} needs the header {PREFLIGHT_HEADERS[0]}: 1.")


def _build_result_response(result: ExecutionResult, accepted: str, *, limit_bytes: int) -> Response:
    errors = result.errors or []
    # Errors of fields have a path. Without one, execution did not start and the response has no `data`, not even null.
    if errors and result.data is None and all(error.path is None for error in errors):
        return _build_refusal_response(errors, accepted)
    if accepted == media_types.GRAPHQL_RESPONSE and _needs_login(result.data, errors):
        return _build_refusal_response([GraphQLError(errors[0].message, extensions=errors[0].extensions)], accepted)
    payload: dict[str, Any] = {"data": result.data}
    if errors:
        payload["errors"] = [error.formatted for error in errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    encode = responses.encode_plain_json if isinstance(result, PlainResult) else responses.encode_json
    try:
        response = responses.build_json_response(payload, media_type=accepted, encode=encode)
    except (TypeError, ValueError, RecursionError) as error:
        return _build_refusal_response(mask_errors([GraphQLError(str(error), original_error=error)]), accepted)
    if len(response.body) > limit_bytes:
        message = f"The response is larger than {limit_bytes} bytes. Request smaller pages or fewer fields."
        return _build_refusal_response([DocumentRefused(RESPONSE_TOO_LARGE, message)], accepted)
    return response


def _needs_login(data: dict[str, Any] | None, errors: Sequence[GraphQLError]) -> bool:
    """Return True if no field at the root has an answer without a login."""
    refused = {error.path[0] for error in errors if error.path and _get_code(error) == Unauthenticated.code}
    return bool(refused) and all(value is None and name in refused for name, value in (data or {}).items())


def _get_code(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")


def _build_refusal_response(errors: Sequence[GraphQLError], accepted: str) -> Response:
    """Build the response without data. Its status depends on the codes if the client reads it."""
    status, headers = 200, {}
    if accepted == media_types.GRAPHQL_RESPONSE:
        codes = {_get_code(error) for error in errors}
        status = 400
        if INTERNAL in codes:
            status = 500
        elif Unauthenticated.code in codes:
            status, headers = 401, {"WWW-Authenticate": "Bearer"}
        elif TryAgain.code in codes:
            status, headers = 503, responses.RETRY_HEADERS
    return responses.build_json_response(
        {"errors": [error.formatted for error in errors]}, status=status, media_type=accepted, headers=headers
    )


def _is_page_request(request: Request, headers: Mapping[bytes, str]) -> bool:
    """Return True if a browser requests the page and no operation, by GET."""
    if media_types.negotiate(headers.get(b"accept"), (*RESPONSE_MEDIA_TYPES, media_types.HTML)) != media_types.HTML:
        return False
    return not {"query", "documentId", "extensions"} & parse_query_string(request.scope["query_string"]).keys()
