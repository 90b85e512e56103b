"""Pictures over plain HTTP: `POST /upload` for clients without GraphQL multipart, and the files themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
from community.api.edge.params import drop_body
from community.kernel import clock, storage
from community.kernel.enumerations import require_each
from community.kernel.errors import Refusal, TryAgain, Unauthenticated
from community.media import paths, queries, renditions, rules, uploads
from community.media.models import MediaState
from community.media.queries import MediaRow
from community.settings import Settings

PUBLIC_MAX_AGE_S = 86_400
_CONTENT_TYPES = {renditions.RenditionFormat.JPEG: "image/jpeg", renditions.RenditionFormat.WEBP: "image/webp"}
require_each(renditions.RenditionFormat, _CONTENT_TYPES)
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Disposition": "inline",
}


def build_upload_limit(settings: Settings) -> Callable[[Request], Awaitable[int]]:
    """How many bytes whoever sends a request may upload with it. Raises Unauthenticated without a good token."""

    async def limit(request: Request) -> int:
        # Before the body: nobody in particular makes the service read twenty megabytes.
        _ = (await context.from_request(settings, request)).viewer_id
        return settings.upload_limit_bytes

    return limit


def build_routes(settings: Settings) -> list[Route]:
    """`/upload` and `/media/…`."""

    async def upload(request: Request) -> Response:
        try:
            return await _receive_upload(settings, request)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody is left to answer

    async def file(request: Request) -> Response:
        return await _serve_file(settings, request)

    return [
        Route("/upload", upload, methods=["POST"]),
        Route("/upload/", upload, methods=["POST"]),
        Route("/media/{ticket}/{file}", file, methods=["GET"]),
    ]


# --- uploading -----------------------------------------------------------------------------------------------------


async def _receive_upload(settings: Settings, request: Request) -> Response:
    """A form with one file under any name, and perhaps `idempotencyKey` and `altText`; answers as `mediaUpload` does.

    A refusal is answered with 200, because some platforms hand any other status to their failure path, unread.
    """
    try:
        asking = await context.from_request(settings, request)
        person_id = asking.viewer_id
    except Unauthenticated as refusal:
        await drop_body(request)
        return _build_refusal_response(HTTPStatus.UNAUTHORIZED, refusal, {"WWW-Authenticate": "Bearer"})
    form = await _read_upload_form(settings, request)
    if len(form.files) != 1:
        raise bad_request("The form has no file.")
    (sent,) = form.files.values()
    key = form.fields.get("idempotencyKey") or request.headers.get("idempotency-key") or uuid4().hex
    try:
        with asking.guard_active_person():
            media_id = await uploads.receive(
                person_id, sent.data, client_key=key, alt_text=form.fields.get("altText") or None
            )
    except Refusal as refusal:
        error = {"code": refusal.code, "message": refusal.message, "path": list(refusal.path)}
        return responses.build_json_response({"media": None, "errors": [error]})
    (row,) = await queries.get_by_ids([media_id])
    return responses.build_json_response({"media": _describe_media(row), "errors": []})


async def _read_upload_form(settings: Settings, request: Request) -> Form:
    boundary = find_boundary(request.headers.get("content-type"))
    if boundary is None:
        await drop_body(request)
        raise ProtocolError(415, UNSUPPORTED_MEDIA_TYPE, f"The body must be {FORM_MEDIA_TYPE} with a boundary.")
    return await read_form(request, boundary, limit_bytes=settings.upload_limit_bytes)


def _describe_media(row: MediaRow) -> dict[str, object]:
    waits = row.state in {MediaState.RECEIVING, MediaState.PROCESSING}
    return {
        "id": ids.encode("Media", row.id),
        "state": row.state.value,
        "pollAfterMs": rules.POLL_MS if waits else None,
    }


# --- handing out ---------------------------------------------------------------------------------------------------


async def _serve_file(settings: Settings, request: Request) -> Response:
    """One rendition, to whoever has an address that works now; anything else is not there."""
    ticket, file = request.path_params["ticket"], request.path_params["file"]
    if file not in renditions.RENDITION_FORMATS:
        return _build_not_found_response()
    row, caching = await _find_ticket_media(settings, ticket)
    if row is None or row.state is not MediaState.READY:
        return _build_not_found_response()
    tag = f'"{row.id}-{file}"'  # the file never changes
    headers = {**_SAFE_HEADERS, "Cache-Control": caching, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        data = await storage.find(paths.build_rendition_path(row.name, file))
    except TryAgain as refusal:
        return _build_refusal_response(HTTPStatus.SERVICE_UNAVAILABLE, refusal, {"Retry-After": "2"})
    if data is None:
        return _build_not_found_response()
    return Response(data, headers=headers, media_type=_CONTENT_TYPES[renditions.RENDITION_FORMATS[file]])


async def _find_ticket_media(settings: Settings, ticket: str) -> tuple[MediaRow | None, str]:
    """The picture that an address means, and how long it may be kept."""
    if rules.is_name(ticket):
        return await queries.find_public(ticket), f"public, max-age={PUBLIC_MAX_AGE_S}"
    now = clock.now()
    found = context.build_media_urls(settings, "").parse_ticket(ticket, now=now)
    if found is None:
        return None, ""
    return await queries.find(found[0]), f"private, max-age={_seconds_until(now, found[1])}"


def _seconds_until(now: datetime, until: datetime) -> int:
    return max(0, int((until - now).total_seconds()))


def _build_not_found_response() -> Response:
    return responses.build_error_response(HTTPStatus.NOT_FOUND, NOT_FOUND, "There is no such picture, or not any more.")


def _build_refusal_response(status: HTTPStatus, refusal: Refusal, headers: dict[str, str]) -> Response:
    return responses.build_error_response(status, refusal.code, refusal.message, headers=headers)
