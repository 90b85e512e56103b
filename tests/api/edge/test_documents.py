"""The limits of the document cache, and what it does not store."""

from __future__ import annotations

import pytest

from community.api.edge import documents
from community.api.edge.codes import DocumentRefused
from community.api.edge.documents import DocumentCache, DocumentInvalid
from community.api.edge.limits import Limits


@pytest.fixture
def document_cache(tiny_schema):
    return DocumentCache(tiny_schema._schema, Limits())


def prepare(cache, text):
    return cache.prepare(text, None, None).document


def test_same_text_returns_cached_document(document_cache):
    first = prepare(document_cache, "{ hello }")
    assert prepare(document_cache, "{ hello }") is first
    assert prepare(document_cache, "{ hello  }") is not first


def test_long_text_is_not_cached(document_cache):
    text = "{ hello }" + " " * documents.MAX_CACHED_DOCUMENT_LENGTH
    assert prepare(document_cache, text) is not prepare(document_cache, text)


def test_oldest_document_is_evicted(document_cache):
    first = prepare(document_cache, "{ hello }")
    second = prepare(document_cache, "{ me { id } }")
    for i in range(documents.MAX_CACHED_DOCUMENTS - 1):
        prepare(document_cache, f"{{ a{i}: hello }}")
        assert prepare(document_cache, "{ me { id } }") is second
    assert prepare(document_cache, "{ hello }") is not first


def test_cache_is_limited_by_total_length(document_cache):
    first = prepare(document_cache, "{ hello }")
    text = "{ hello }" + " " * (documents.MAX_CACHED_DOCUMENT_LENGTH - 100)
    for i in range(documents.MAX_CACHED_TOTAL_LENGTH // documents.MAX_CACHED_DOCUMENT_LENGTH + 2):
        prepare(document_cache, text + "#" * i)
    assert prepare(document_cache, "{ hello }") is not first


def test_refused_document_is_refused_again(document_cache):
    for _ in range(2):
        with pytest.raises(DocumentInvalid):
            prepare(document_cache, "{ nothing }")
        with pytest.raises(DocumentRefused):
            prepare(document_cache, "{")
        with pytest.raises(DocumentRefused):
            document_cache.prepare("{ hello }", "Other", None)
