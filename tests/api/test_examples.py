"""The examples of the explorer, from the operator's file or built in."""

from __future__ import annotations

import json

import pytest

from community.api.examples import EXAMPLES, load_examples
from community.settings import PREFIX


def test_examples_are_read_again_from_the_file(tmp_path):
    path = tmp_path / "examples.json"
    assert load_examples(path) == list(EXAMPLES)
    path.write_text(json.dumps([{"title": "看", "query": "{ me { id } }", "variables": {"a": 1}}]))
    (example,) = load_examples(path)
    assert (example.title, example.query, example.variables, example.headers) == ("看", "{ me { id } }", {"a": 1}, {})
    path.write_text("[]")
    assert load_examples(path) == []


@pytest.mark.parametrize(
    "content",
    ["", "{", "{}", "[1]", '[{"title": "x"}]', '[{"title": 1, "query": "{ me { id } }"}]', "\0", "[" * 10_000,
     '[{"title": "x", "query": "y", "headers": {"a": []}}]'],
)  # fmt: skip
def test_invalid_file_of_examples_is_logged(tmp_path, caplog, content):
    path = tmp_path / "examples.json"
    path.write_text(content)
    assert load_examples(path) == list(EXAMPLES)
    assert f"{PREFIX}EXPLORER_EXAMPLES" in caplog.text


def test_folder_of_examples_is_logged(tmp_path, caplog):
    assert load_examples(tmp_path) == list(EXAMPLES)
    assert f"{PREFIX}EXPLORER_EXAMPLES" in caplog.text
