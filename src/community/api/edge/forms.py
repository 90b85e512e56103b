"""Forms with files (RFC 7578), with limits that are checked while reading.

Parts have any order and any name. A part with a file name, or with a type that is not text, is a file. Its declared
type is not trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from community.api.edge.codes import ProtocolError, bad_request
from community.api.edge.params import FORBIDDEN_CHARACTERS, GraphQLParams, load_json, parse_payload_params, receive_body
from community.kernel.received import ReceivedFile

FORM_MEDIA_TYPE = "multipart/form-data"
PREFLIGHT_HEADERS = ("GraphQL-Require-Preflight", "Apollo-Require-Preflight")
"""Headers that prevent cross-site posts. A foreign web page can post a form, but only without these headers."""

MAX_PARTS = 20
MAX_FIELD_BYTES = 65_536
MAX_FILES = 1
MAX_PATHS_PER_FILE = 10
MAX_FORM_BYTES = 134_217_728
"""Limit of a whole form. A file has a lower limit, and what exceeds it is read and dropped."""


@dataclass(slots=True)
class Form:
    """Fields and files of a form by name. Each name occurs once."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, ReceivedFile] = field(default_factory=dict)


def find_boundary(content_type: str | None) -> bytes | None:
    """Return the boundary of a form's Content-Type, or None for another type."""
    essence, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    return boundary if essence == FORM_MEDIA_TYPE.encode() and 1 <= len(boundary) <= 70 else None  # noqa: PLR2004 - RFC 2046


class _Part:
    def __init__(self) -> None:
        self.name = ""
        self.is_file = False
        self.data = bytearray()


class _FormReader:
    """Collector of parts. Its callbacks raise ProtocolError while the parser runs."""

    def __init__(self, file: ReceivedFile) -> None:
        self.form = Form()
        self.ended = False
        self._file = file
        self._part = _Part()
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._headers: dict[bytes, str] = {}
        self._count = 0

    def callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._on_part_begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def _on_part_begin(self) -> None:
        self._count += 1
        if self._count > MAX_PARTS:
            raise bad_request(f"The form has more than {MAX_PARTS} parts.")
        self._part, self._headers = _Part(), {}

    def _on_header_end(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = value.decode("latin-1")
        self._header = (bytearray(), bytearray())

    def _on_headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data" or b"name" not in options:
            raise bad_request("A part of the form has no name.")
        kind, _ = parse_options_header(self._headers.get(b"content-type"))
        self._part.name = _decode_text(options[b"name"])
        self._part.is_file = b"filename" in options or not (kind or b"text/plain").startswith(
            (b"text/", b"application/json")
        )
        taken = self.form.files if self._part.is_file else self.form.fields
        if self._part.name in taken:
            raise bad_request("A part of the form is repeated.")
        if self._part.is_file and len(self.form.files) >= MAX_FILES:
            raise bad_request("A form carries one file.")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.is_file:
            self._file.write(memoryview(data)[start:end])
            return
        self._part.data += memoryview(data)[start:end]
        if len(self._part.data) > MAX_FIELD_BYTES:
            raise bad_request(f"A field of the form is larger than {MAX_FIELD_BYTES} bytes.")

    def _on_part_end(self) -> None:
        part = self._part
        if part.is_file:
            self.form.files[part.name] = self._file
        else:
            self.form.fields[part.name] = _decode_text(bytes(part.data))

    def _on_end(self) -> None:
        self.ended = True


def _decode_text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise bad_request("A text of the form is not UTF-8.") from None
    if FORBIDDEN_CHARACTERS.search(text):
        raise bad_request("A text of the form contains a NUL.")
    return text


async def read_form(request: Request, boundary: bytes, file: ReceivedFile) -> Form:
    """Read the form of a request, and write its file into `file`.

    A file that is too large is read to its end, so that the client gets the response. Raises ProtocolError with 413
    above `MAX_FORM_BYTES`, and with 400 if the form is not valid.
    """
    reader = _FormReader(file)
    parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type]  # a TypedDict of the same callbacks
    refusal: ProtocolError | None = None

    def take(chunk: bytes) -> None:
        nonlocal refusal
        if refusal is None:
            refusal = _feed(parser, chunk)

    await receive_body(request, take, limit_bytes=MAX_FORM_BYTES)
    # Raised after the whole body is read. Otherwise the connection is reset and the client loses the response.
    if refusal is not None:
        raise refusal
    if not reader.ended:
        raise bad_request("The form ends too early.")
    return reader.form


def _feed(parser: MultipartParser, chunk: bytes) -> ProtocolError | None:
    try:
        parser.write(chunk)
    except ProtocolError as error:
        return error
    except (FormParserError, ValueError, AssertionError):
        return bad_request("The form cannot be read.")
    return None


def parse_form_params(form: Form) -> GraphQLParams:
    """Parse the GraphQL request in the fields `operations` and `map` of a form.

    Follows the GraphQL multipart request specification. The place of each file in the variables must be null. Raises
    ProtocolError if the form does not follow it.
    """
    for name in ("operations", "map"):
        if name not in form.fields:
            raise bad_request(f"The form has no `{name}`.")
    operations = load_json(form.fields["operations"], what="`operations`")
    places = load_json(form.fields["map"], what="`map`")
    if not isinstance(operations, dict) or not isinstance(places, dict):
        raise bad_request("`operations` and `map` must be objects; batches are not supported.")
    params = parse_payload_params(operations)
    if set(places) != set(form.files):
        raise bad_request("`map` must name every file of the form, and nothing else.")
    for name, paths in places.items():
        if not isinstance(paths, list) or not 1 <= len(paths) <= MAX_PATHS_PER_FILE:
            raise bad_request("`map` must list where each file belongs.")
        for path in paths:
            _put_file(params.variables, path, form.files[name])
    return params


def _put_file(variables: dict[str, Any] | None, path: object, file: ReceivedFile) -> None:
    steps = path.split(".") if isinstance(path, str) else []
    if len(steps) < 2 or steps[0] != "variables":  # noqa: PLR2004 - `variables` and a name in it
        raise bad_request("A file belongs into the variables: `variables.file`.")
    holder: Any = variables
    for step in steps[1:-1]:
        holder = _get_child(holder, step)
    last = steps[-1]
    if _get_child(holder, last, default=file) is not None:
        raise bad_request("A file's place in the variables must be null.")
    holder[int(last) if isinstance(holder, list) else last] = file


def _get_child(holder: Any, step: str, *, default: object = None) -> Any:
    """Return a child of the variables, or `default` if there is none.

    Raises ProtocolError for every other place.
    """
    if isinstance(holder, Mapping):
        return holder.get(step, default)
    if isinstance(holder, list) and step.isascii() and step.isdigit() and len(step) < 4 and int(step) < len(holder):  # noqa: PLR2004 - no list has 1000 items
        return holder[int(step)]
    raise bad_request("`map` names a place that is not in the variables.")
