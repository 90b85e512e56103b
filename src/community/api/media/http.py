"""Pictures over plain HTTP: `POST /upload` for clients without GraphQL multipart, and the files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from datetime import datetime
from http import HTTPStatus
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from community.api import context, ids
from community.api.edge import responses
from community.api.edge.codes import NOT_FOUND, UNSUPPORTED_MEDIA_TYPE, ProtocolError, bad_request
from community.api.edge.forms import FORM_MEDIA_TYPE, Form, find_boundary, read_form
from community.api.edge.languages import get_language
from community.api.edge.load import Load
from community.api.edge.params import drop_body
from community.api.media import ranges
from community.api.media.slots import UploadSlots
from community.api.media.types import get_poll_after_ms
from community.api.mutation_errors import MutationError
from community.kernel import clock, storage
from community.kernel.enumerations import require_each
from community.kernel.errors import Refusal
from community.kernel.received import ReceivedFile
from community.media import paths, queries, renditions, rules, uploads
from community.media.models import MediaState
from community.media.queries import MediaRow
from community.settings import Settings
from community.texts import translate

PUBLIC_MAX_AGE_S = 86_400
_CONTENT_TYPES = {renditions.RenditionFormat.JPEG: "image/jpeg", renditions.RenditionFormat.WEBP: "image/webp"}
require_each(renditions.RenditionFormat, _CONTENT_TYPES)
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Disposition": "inline",
}


FileReceiver = Callable[[Request], AbstractAsyncContextManager[ReceivedFile]]


def build_file_receiver(settings: Settings) -> FileReceiver:
    """Build the function that offers a place for the file of a request.

    It decides before the body is read. A caller without a token must not make the service keep 20 MB.
    """
    slots = UploadSlots()

    @asynccontextmanager
    async def receive_file(request: Request) -> AsyncIterator[ReceivedFile]:
        caller = await context.from_request(settings, request)
        if not caller.is_logged_in:
            yield ReceivedFile(0)
            return
        with (
            slots.take(caller.viewer_id, caller.subscriber) as refusal,
            closing(ReceivedFile(settings.upload_limit_bytes, refusal)) as file,
        ):
            yield file

    return receive_file


def build_routes(settings: Settings, receive_file: FileReceiver, load: Load) -> list[Route]:
    """Build the routes `/upload` and `/media/…`."""

    async def upload(request: Request) -> Response:
        try:
            async with receive_file(request) as received:
                return await _receive_upload(settings, request, received)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # the client has gone

    async def file(request: Request) -> Response:
        with load:
            return await _serve_file(settings, request)

    return [
        Route("/upload", upload, methods=["POST"]),
        Route("/upload/", upload, methods=["POST"]),
        Route("/media/{ticket}/{file}", file, methods=["GET"]),
    ]


async def _receive_upload(settings: Settings, request: Request, received: ReceivedFile) -> Response:
    """Receive a form with one file under any name, and optionally `idempotencyKey` and `altText`.

    The response has the fields of `mediaUpload`. A refusal has the status 200, because some platforms pass any other
    status to their failure path without its body. So has that of a missing or invalid token.
    """
    caller = await context.from_request(settings, request)
    form = await _read_upload_form(request, received)
    if len(form.files) != 1:
        raise bad_request("The form has no file.")
    key = form.fields.get("idempotencyKey") or request.headers.get("idempotency-key") or uuid4().hex
    alt_text = form.fields.get("altText") or None
    try:
        with caller.guard_caller():
            media_id = await uploads.receive(caller.viewer_id, received, key=key, alt_text=alt_text)
    except Refusal as refusal:
        errors = [error.to_json() for error in MutationError.list_of(refusal, "mediaUpload")]
        return responses.build_json_response({"media": None, "errors": errors})
    (row,) = await queries.get_by_ids([media_id])
    return responses.build_json_response({"media": _describe_media(row), "errors": []})


async def _read_upload_form(request: Request, received: ReceivedFile) -> Form:
    boundary = find_boundary(request.headers.get("content-type"))
    if boundary is None:
        await drop_body(request)
        raise ProtocolError(415, UNSUPPORTED_MEDIA_TYPE, f"The body must be {FORM_MEDIA_TYPE} with a boundary.")
    return await read_form(request, boundary, received)


def _describe_media(row: MediaRow) -> dict[str, object]:
    return {"id": ids.encode("Media", row.id), "state": row.state.value, "pollAfterMs": get_poll_after_ms(row)}


async def _serve_file(settings: Settings, request: Request) -> Response:
    """Serve one rendition for a valid URL. Return 404 for any other URL."""
    ticket, file = request.path_params["ticket"], request.path_params["file"]
    if file not in renditions.RENDITION_FORMATS:
        return _build_not_found_response()
    row, caching = await _find_ticket_media(settings, ticket)
    if row is None or row.state is not MediaState.READY:
        return _build_not_found_response()
    etag = f'"{row.id}-{file}"'  # a rendition never changes
    headers = {**_SAFE_HEADERS, "Cache-Control": caching, "ETag": etag}
    if_none_match = request.headers.get("if-none-match", "")
    not_modified = Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if ranges.is_known(etag, if_none_match):
        return not_modified
    data = await storage.find(paths.build_rendition_path(row.name, file))
    if data is None:
        return _build_not_found_response()
    media_type = _CONTENT_TYPES[renditions.RENDITION_FORMATS[file]]
    whole = ranges.build_file_response(data, request.method, request.headers, headers, media_type=media_type)
    return not_modified if ranges.is_any(if_none_match) else whole


async def _find_ticket_media(settings: Settings, ticket: str) -> tuple[MediaRow | None, str]:
    """Return the picture of a URL, or None, and its `Cache-Control`."""
    if rules.is_name(ticket):
        return await queries.find_public(ticket), f"public, max-age={PUBLIC_MAX_AGE_S}"
    now = clock.now()
    found = context.build_media_urls(settings, "").parse_ticket(ticket, now=now)
    if found is None:
        return None, ""
    return await queries.find(found[0]), f"private, max-age={_count_seconds_until(now, found[1])}"


def _count_seconds_until(now: datetime, until: datetime) -> int:
    return max(0, int((until - now).total_seconds()))


def _build_not_found_response() -> Response:
    return responses.build_error_response(HTTPStatus.NOT_FOUND, NOT_FOUND, translate("no_file.picture", get_language()))
