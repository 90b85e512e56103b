"""What GraphiQL shows in its tabs: a file of the operator's, and the built-in ones whatever is wrong with it."""

from __future__ import annotations

import json

import pytest

from community.api.examples import EXAMPLES, load_tabs
from community.settings import PREFIX


def test_a_file_of_tabs_is_shown_as_it_is_now(tmp_path):
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
def test_a_broken_file_breaks_nothing_and_is_told_of(tmp_path, caplog, content):
    path = tmp_path / "tabs.json"
    path.write_text(content)
    assert load_tabs(path) == list(EXAMPLES)
    assert f"{PREFIX}GRAPHIQL_TABS" in caplog.text


def test_a_folder_is_no_file(tmp_path, caplog):
    assert load_tabs(tmp_path) == list(EXAMPLES)
    assert f"{PREFIX}GRAPHIQL_TABS" in caplog.text
