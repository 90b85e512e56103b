"""What is kept of documents is bounded, and holds nothing that was refused."""

from __future__ import annotations

import pytest

from community.api.edge import documents
from community.api.edge.codes import DocumentRefused
from community.api.edge.documents import DocumentCache, DocumentInvalid
from community.api.edge.limits import Limits


@pytest.fixture
def kept(tiny_schema):
    return DocumentCache(lambda: tiny_schema._schema, Limits())


def test_a_known_text_is_the_same_document(kept):
    first = kept.prepare("{ hello }", None, None)
    assert kept.prepare("{ hello }", None, None) is first
    assert kept.prepare("{ hello  }", None, None) is not first


def test_a_long_text_is_not_kept(kept):
    text = "{ hello }" + " " * documents.MAX_CACHED_DOCUMENT_LENGTH
    assert kept.prepare(text, None, None) is not kept.prepare(text, None, None)


def test_the_oldest_give_way(kept):
    first = kept.prepare("{ hello }", None, None)
    second = kept.prepare("{ me { id } }", None, None)
    for i in range(documents.MAX_CACHED_DOCUMENTS - 1):
        kept.prepare(f"{{ a{i}: hello }}", None, None)
        assert kept.prepare("{ me { id } }", None, None) is second
    assert kept.prepare("{ hello }", None, None) is not first


def test_all_together_are_bounded_by_their_length(kept):
    first = kept.prepare("{ hello }", None, None)
    text = "{ hello }" + " " * (documents.MAX_CACHED_DOCUMENT_LENGTH - 100)
    for i in range(documents.MAX_CACHED_TOTAL_LENGTH // documents.MAX_CACHED_DOCUMENT_LENGTH + 2):
        kept.prepare(text + "#" * i, None, None)
    assert kept.prepare("{ hello }", None, None) is not first


def test_what_was_refused_is_refused_again(kept):
    for _ in range(2):
        with pytest.raises(DocumentInvalid):
            kept.prepare("{ nothing }", None, None)
        with pytest.raises(DocumentRefused):
            kept.prepare("{", None, None)
        with pytest.raises(DocumentRefused):
            kept.prepare("{ hello }", "Other", None)
