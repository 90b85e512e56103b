"""Downloads of an event. They are a calendar, and the book of a story call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar import Event as Appointment
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from community.api import (
    context,
    ids,
    schema,  # noqa: F401 - the types are declared in its order
)
from community.api.communities.visible import is_member
from community.api.context import Context
from community.api.edge import responses
from community.api.edge.codes import NOT_FOUND
from community.api.edge.languages import get_language
from community.api.edge.load import Load
from community.api.events import book
from community.api.events.types import find_event
from community.events.kinds import EventKind, EventState
from community.events.rows import EventRow
from community.kernel.errors import Refusal
from community.settings import Settings
from community.texts import translate

_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
}


def build_routes(settings: Settings, load: Load) -> list[Route]:
    """Build the routes below `/events/`. The rights are those of the field `event`."""

    async def calendar(request: Request) -> Response:
        with load:
            caller = await context.from_request(settings, request)
            event = await _find_event(caller, request)
            if event is None:
                return _build_not_found_response()
            community = await caller.find_readable_community(event.community_id)
            body = build_calendar(event, community.time_zone, host=urlsplit(caller.base_url).hostname or "localhost")
            return Response(body, media_type="text/calendar", headers=_name_file(event, "ics"))

    async def stories(request: Request) -> Response:
        with load:
            caller = await context.from_request(settings, request)
            event = await _find_event(caller, request)
            if event is None or event.kind is not EventKind.STORY_CALL or event.state is not EventState.CLOSED:
                return _build_not_found_response()
            if not await is_member(event.community_id, _as_info(caller)):
                return _build_not_found_response()
            pages: AsyncIterator[str] = book.write_pages(event, _as_info(caller), get_language())
            return StreamingResponse(pages, media_type="text/html", headers=_name_file(event, "html"))

    return [
        Route("/events/{id}/calendar.ics", calendar, methods=["GET"]),
        Route("/events/{id}/book.html", stories, methods=["GET"]),
    ]


def build_calendar(event: EventRow, time_zone: str, *, host: str) -> bytes:
    """Return the dates of an event as a calendar.

    Times are in the time zone of the community. An activity lasts from its beginning to its end. Every
    phase is an appointment of no length.
    """
    language = get_language()
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//community//events//EN")
    moments = {state.value.lower(): at for state, at in event.dates.items()}
    if (begins := event.conditions.starts_at) is not None:
        calendar.add_component(_build_appointment(event, "activity", host, begins, event.closes_at, time_zone))
    for name, at in moments.items():
        entry = _build_appointment(event, name, host, at, None, time_zone)
        entry["summary"] = f"{event.title} · {translate(f'event_calendar.{name}', language)}"
        calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _build_appointment(
    event: EventRow, name: str, host: str, begins: datetime, ends: datetime | None, time_zone: str
) -> Appointment:
    zone = ZoneInfo(time_zone)
    made = Appointment()
    made.add("uid", f"event-{event.id}-{name}@{host}")
    made.add("dtstamp", event.created_at.astimezone(UTC))
    made.add("sequence", event.version)
    made.add("summary", event.title)
    made.add("description", event.text)
    made.add("dtstart", begins.astimezone(zone))
    if ends is not None:
        made.add("dtend", ends.astimezone(zone))
    made.add("status", "CANCELLED" if event.state is EventState.CANCELLED else "CONFIRMED")
    return made


async def _find_event(caller: Context, request: Request) -> EventRow | None:
    try:
        return await find_event(ids.decode("Event", request.path_params["id"], path="id"), _as_info(caller))
    except (Refusal, KeyError):
        return None


def _as_info(caller: Context) -> Any:
    """Return what the functions of the graph read of a request."""
    return SimpleNamespace(context=caller)


def _name_file(event: EventRow, ending: str) -> dict[str, str]:
    return _SAFE_HEADERS | {"Content-Disposition": f'attachment; filename="event-{event.id}.{ending}"'}


def _build_not_found_response() -> Response:
    return responses.build_error_response(HTTPStatus.NOT_FOUND, NOT_FOUND, translate("no_file.event", get_language()))
