"""The page: escaped examples, and scripts that are checked by hash."""

from __future__ import annotations

import base64
import json
import re

from community.api.edge.graphiql import SCRIPTS, STYLE, Tab, render_page

HOSTILE = "</script><script>alert(1)</script><!-- %SETTINGS% \u2028 & 你好"


def settings(text: str) -> dict:
    (found,) = re.findall(r'<script type="application/json" id="settings">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def test_example_is_a_tab_and_a_text():
    tab = Tab("First look", "{ hello(name: $n) }", {"n": "小红"}, {"Authorization": "Bearer x"})
    text = render_page([tab, Tab("Second", "{ me { id } }")])
    first, second = settings(text)["tabs"]
    assert first["query"] == "# First look\n{ hello(name: $n) }\n"
    assert json.loads(first["variables"]) == {"n": "小红"}
    assert json.loads(first["headers"]) == {"Authorization": "Bearer x"}
    assert second == {"query": "# Second\n{ me { id } }\n", "variables": "", "headers": ""}
    shown = text.partition("<script")[0]
    assert "First look" in shown
    assert "{ me { id } }" in shown


def test_hostile_example_is_escaped():
    text = render_page([Tab(HOSTILE, HOSTILE, {"a": HOSTILE}, {"b": HOSTILE})], title=HOSTILE)
    assert "alert(1)</script>" not in text
    assert text.count("<script") == text.count("</script>") == 2
    assert "<!--" not in text
    (tab,) = settings(text)["tabs"]
    assert HOSTILE in tab["query"]
    assert json.loads(tab["variables"]) == {"a": HOSTILE}


def test_page_loads_only_exact_versions_with_hashes():
    for path, integrity in (STYLE, *SCRIPTS):
        assert re.match(r"[a-z-]+@\d+\.\d+\.\d+/", path)
        assert len(base64.b64decode(integrity.removeprefix("sha384-"))) == 48
    assert not re.findall(r'(?:src|href)="', render_page([]))


def test_page_without_cdn_has_an_explanation():
    assert "could not be\nloaded" in render_page([])
