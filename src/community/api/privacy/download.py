"""Download of an archive by its signed link, which is valid for 15 minutes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from community.api.edge.codes import NOT_FOUND
from community.api.edge.languages import get_language
from community.api.edge.responses import build_error_response
from community.kernel.errors import NotFound
from community.privacy import exports
from community.settings import Settings
from community.texts import translate

PATH = "/exports/{token:str}"


def build_endpoint(settings: Settings) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint of a link: the archive, or 404 in every other case."""

    async def download(request: Request) -> Response:
        """Serve the archive with headers that forbid caches to store it."""
        try:
            path = await exports.resolve_link(settings, request.path_params["token"])
        except NotFound:
            return build_error_response(404, NOT_FOUND, translate("no_file.archive", get_language()))
        return FileResponse(
            path,
            media_type="application/zip",
            filename="community-export.zip",
            headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
        )

    return download
