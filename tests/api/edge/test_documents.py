"""The limits of the document cache, and what it does not store."""

from __future__ import annotations

import pytest

from community.api.edge import documents
from community.api.edge.codes import DocumentRefused
from community.api.edge.documents import DocumentCache, DocumentInvalid
from community.api.edge.limits import Limits


@pytest.fixture
def document_cache(tiny_schema):
    return DocumentCache(lambda: tiny_schema._schema, Limits())


def test_same_text_returns_cached_document(document_cache):
    first = document_cache.prepare("{ hello }", None, None)
    assert document_cache.prepare("{ hello }", None, None) is first
    assert document_cache.prepare("{ hello  }", None, None) is not first


def test_long_text_is_not_cached(document_cache):
    text = "{ hello }" + " " * documents.MAX_CACHED_DOCUMENT_LENGTH
    assert document_cache.prepare(text, None, None) is not document_cache.prepare(text, None, None)


def test_oldest_document_is_evicted(document_cache):
    first = document_cache.prepare("{ hello }", None, None)
    second = document_cache.prepare("{ me { id } }", None, None)
    for i in range(documents.MAX_CACHED_DOCUMENTS - 1):
        document_cache.prepare(f"{{ a{i}: hello }}", None, None)
        assert document_cache.prepare("{ me { id } }", None, None) is second
    assert document_cache.prepare("{ hello }", None, None) is not first


def test_cache_is_limited_by_total_length(document_cache):
    first = document_cache.prepare("{ hello }", None, None)
    text = "{ hello }" + " " * (documents.MAX_CACHED_DOCUMENT_LENGTH - 100)
    for i in range(documents.MAX_CACHED_TOTAL_LENGTH // documents.MAX_CACHED_DOCUMENT_LENGTH + 2):
        document_cache.prepare(text + "#" * i, None, None)
    assert document_cache.prepare("{ hello }", None, None) is not first


def test_refused_document_is_refused_again(document_cache):
    for _ in range(2):
        with pytest.raises(DocumentInvalid):
            document_cache.prepare("{ nothing }", None, None)
        with pytest.raises(DocumentRefused):
            document_cache.prepare("{", None, None)
        with pytest.raises(DocumentRefused):
            document_cache.prepare("{ hello }", "Other", None)
