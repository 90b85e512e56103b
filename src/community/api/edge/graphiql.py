"""The GraphiQL page with examples in its tabs.

It shows the examples as text if scripts cannot load.
The scripts come from public CDNs in exact versions. Browsers check them against hashes that were computed from the npm
packages. So a CDN can fail to serve a script, but it cannot change it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

CDNS = ("https://cdn.jsdelivr.net/npm/", "https://unpkg.com/")

STYLE = ("graphiql@3.9.0/graphiql.min.css", "sha384-QMux00XgRtwRLSYIY3kw2rj1ovk5AuuliAchk+HSQbqdbGFnz9GYuqIlOqxhwCE2")
SCRIPTS = (
    (
        "react@18.3.1/umd/react.production.min.js",
        "sha384-DGyLxAyjq0f9SPpVevD6IgztCFlnMF6oW/XQGmfe+IsZ8TqEiDrcHkMLKI6fiB/Z",
    ),
    (
        "react-dom@18.3.1/umd/react-dom.production.min.js",
        "sha384-gTGxhz21lVGYNMcdJOyq01Edg0jhn/c22nsx0kyqP0TxaV5WVdsSH1fSDUf5YJj1",
    ),
    ("graphiql@3.9.0/graphiql.min.js", "sha384-8NGfVj4CVlqHajlZj+bPJT4thxPMHMJYn7DWK2CvtopLd02E7qsPHazniBYvVjOO"),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """Example operation with a title, variables and headers."""

    title: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> str:
        """Document with its title as a comment."""
        comment = "\n".join(f"# {line}" for line in self.title.splitlines())
        return f"{comment}\n{self.query.strip()}\n"


def render_page(tabs: Sequence[Tab], *, title: str = "GraphiQL", cdns: Sequence[str] = CDNS) -> str:
    """Render the page as HTML. It sends requests to the path from which it was loaded."""
    settings = {
        "cdns": list(cdns),
        "style": STYLE,
        "scripts": SCRIPTS,
        "tabs": [
            {"query": tab.document, "variables": _format_json(tab.variables), "headers": _format_json(tab.headers)}
            for tab in tabs
        ],
    }
    parts = {
        "TITLE": html.escape(title),
        "EXAMPLES": "\n".join(map(_render_example, tabs)),
        "SETTINGS": _escape_script_json(settings),
    }
    # In one pass, so that an example with the name of a placeholder is not changed.
    return re.sub(f"%({'|'.join(parts)})%", lambda found: parts[found[1]], _PAGE_TEMPLATE)


def _format_json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) if value else ""


def _escape_script_json(value: Any) -> str:
    """Return JSON that cannot end a script element or open a comment."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _render_example(tab: Tab) -> str:
    parts = [tab.document]
    if tab.variables:
        parts.append(f"variables: {_format_json(tab.variables)}\n")
    if tab.headers:
        parts.append(f"headers: {_format_json(tab.headers)}\n")
    return f"<h2>{html.escape(tab.title)}</h2>\n<pre>{html.escape(chr(10).join(parts))}</pre>"


_PAGE_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>%TITLE%</title>
<style>
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
#graphiql { height: 100vh; }
#plain { max-width: 60rem; margin: 0 auto; padding: 1rem; }
#plain pre { padding: 0.75rem; overflow: auto; background: #f3f3f5; }
</style>
</head>
<body>
<div id="graphiql">
<div id="plain">
<h1>%TITLE%</h1>
<p id="state">The explorer is loaded from a public CDN and needs JavaScript. If this text stays, it could not be
loaded. The API still works. Send the examples below to this address with any HTTP client, as POST with the
header <code>Content-Type: application/json</code> and the body
<code>{"query": "…", "variables": {…}}</code>.</p>
%EXAMPLES%
</div>
</div>
<script type="application/json" id="settings">%SETTINGS%</script>
<script>
(function () {
  "use strict";
  var settings = JSON.parse(document.getElementById("settings").textContent);

  // Load one asset from the first CDN whose file matches the hash.
  function load(make, asset) {
    return settings.cdns.reduce(function (earlier, cdn) {
      return earlier.catch(function () {
        return new Promise(function (resolve, reject) {
          var element = make(cdn + asset[0]);
          element.integrity = asset[1];
          element.crossOrigin = "anonymous";
          element.onload = resolve;
          element.onerror = function () { element.remove(); reject(new Error(asset[0])); };
          document.head.appendChild(element);
        });
      });
    }, Promise.reject(new Error(asset[0])));
  }
  function script(url) {
    var element = document.createElement("script");
    element.src = url;
    return element;
  }
  function style(url) {
    var element = document.createElement("link");
    element.rel = "stylesheet";
    element.href = url;
    return element;
  }

  settings.scripts.reduce(function (earlier, asset) {
    return earlier.then(function () { return load(script, asset); });
  }, load(style, settings.style)).then(function () {
    var tabs = settings.tabs;
    ReactDOM.createRoot(document.getElementById("graphiql")).render(
      React.createElement(GraphiQL, {
        fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
        defaultTabs: tabs.length ? tabs : undefined,
        defaultEditorToolsVisibility: true,
        shouldPersistHeaders: true
      })
    );
  }).catch(function (error) {
    document.getElementById("state").append(" (" + error.message + " did not load.)");
  });
})();
</script>
</body>
</html>
"""
