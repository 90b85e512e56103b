"""The tabs of GraphiQL, from the operator's file or built in."""

from __future__ import annotations

import json

import pytest

from community.api.examples import EXAMPLES, load_tabs
from community.settings import PREFIX


def test_tabs_are_read_again_from_the_file(tmp_path):
    path = tmp_path / "tabs.json"
    assert load_tabs(path) == list(EXAMPLES)
    path.write_text(json.dumps([{"title": "看", "query": "{ me { id } }", "variables": {"a": 1}}]))
    (tab,) = load_tabs(path)
    assert (tab.title, tab.query, tab.variables, tab.headers) == ("看", "{ me { id } }", {"a": 1}, {})
    path.write_text("[]")
    assert load_tabs(path) == []


@pytest.mark.parametrize(
    "content",
    ["", "{", "{}", "[1]", '[{"title": "x"}]', '[{"title": 1, "query": "{ me { id } }"}]', "\0", "[" * 10_000,
     '[{"title": "x", "query": "y", "headers": {"a": []}}]'],
)  # fmt: skip
def test_invalid_file_of_tabs_is_logged(tmp_path, caplog, content):
    path = tmp_path / "tabs.json"
    path.write_text(content)
    assert load_tabs(path) == list(EXAMPLES)
    assert f"{PREFIX}GRAPHIQL_TABS" in caplog.text


def test_folder_of_tabs_is_logged(tmp_path, caplog):
    assert load_tabs(tmp_path) == list(EXAMPLES)
    assert f"{PREFIX}GRAPHIQL_TABS" in caplog.text
