"""The explorer, a page with examples to run and the schema to read. It loads nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse

from community.api.edge.responses import PRIVATE_HEADERS

_TEMPLATE = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")


def _allow_inline(tag: str) -> str:
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", _TEMPLATE, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; connect-src 'self'; script-src {_allow_inline('script')}; style-src {_allow_inline('style')};"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Example:
    """Example operation with a title, variables and headers."""

    title: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def build_page_response(examples: Sequence[Example], *, title: str) -> HTMLResponse:
    """Build the response with the page. The page sends its requests to the path from which it was loaded."""
    settings = [
        {
            "title": example.title,
            "query": example.query.strip(),
            "variables": _format_json(example.variables),
            "headers": _format_json(example.headers),
        }
        for example in examples
    ]
    parts = {"TITLE": html.escape(title), "SETTINGS": _escape_script_json(settings)}
    # In one pass, so that an example with the name of a placeholder is not changed.
    page = re.sub(f"%({'|'.join(parts)})%", lambda found: parts[found[1]], _TEMPLATE)
    return HTMLResponse(page, headers={**PRIVATE_HEADERS, "Content-Security-Policy": CONTENT_SECURITY_POLICY})


def _format_json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) if value else ""


def _escape_script_json(value: Any) -> str:
    """Return JSON that cannot end a script element or open a comment."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
