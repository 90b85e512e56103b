"""The explorer: escaped examples, one file, and a policy that forbids other origins."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from community.api.edge.explorer import CONTENT_SECURITY_POLICY, Example, build_page_response

HOSTILE = "</script><script>alert(1)</script><!-- %SETTINGS% \u2028 & 你好"


def render(examples, title="t"):
    return bytes(build_page_response(examples, title=title).body).decode()


def read_examples(text):
    (found,) = re.findall(r'<script type="application/json" id="settings">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def test_examples_are_in_the_page():
    example = Example("First look", "{ hello(name: $n) }\n", {"n": "小红"}, {"Authorization": "Bearer x"})
    first, second = read_examples(render([example, Example("Second", "{ me { id } }")]))
    assert (first["title"], first["query"]) == ("First look", "{ hello(name: $n) }")
    assert json.loads(first["variables"]) == {"n": "小红"}
    assert json.loads(first["headers"]) == {"Authorization": "Bearer x"}
    assert second == {"title": "Second", "query": "{ me { id } }", "variables": "", "headers": ""}


def test_hostile_example_is_escaped():
    text = render([Example(HOSTILE, HOSTILE, {"a": HOSTILE}, {"b": HOSTILE})], title=HOSTILE)
    assert "alert(1)</script>" not in text
    assert text.count("<script") == text.count("</script>") == 2
    assert "<!--" not in text
    (example,) = read_examples(text)
    assert example["query"] == HOSTILE
    assert json.loads(example["variables"]) == {"a": HOSTILE}


def test_page_is_small_and_loads_nothing_else():
    text = render([])
    assert len(text.encode()) <= 25_000
    assert re.findall(r"https?://|src=|href=|@import|url\(|innerHTML", text) == []


def test_policy_allows_only_its_own_script_and_style():
    text = render([])
    for tag in ("script", "style"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


async def test_page_is_served_to_browsers_with_its_policy(client):
    response = await client.http.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["cache-control"] == "no-store"


async def test_introspection_of_the_page_is_within_limits(place):
    (query,) = re.findall(r"const INTROSPECTION = `(.*?)`;", render([]), re.DOTALL)
    (kind,) = re.findall(r'const TYPE = "(.*?)";', render([]))
    (inputs,) = re.findall(r"const INPUT = `(.*?)`;", render([]))
    query = query.replace("${INPUT}", inputs).replace("${TYPE}", kind)
    assert len((await place.guest.ask(query))["__schema"]["types"]) > 100
