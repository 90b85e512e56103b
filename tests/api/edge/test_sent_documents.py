"""Documents that one process received and another one serves."""

from __future__ import annotations

import hashlib

import pytest

from community.api.edge import sent_documents
from community.api.edge.codes import DocumentRefused
from community.api.edge.params import GraphQLParams
from community.api.edge.persisted import PersistedDocuments
from community.kernel import cache

TEXT = "query 名 { me { nickname } }"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()


async def find_nothing(_digest):
    return None


def start_process() -> PersistedDocuments:
    return PersistedDocuments(find_nothing, only_registered=False, sent=sent_documents)


async def resolve(documents, query=""):
    given = GraphQLParams(query=query, document_id=DIGEST, variables=None, operation_name=None, extensions=None)
    return (await documents.resolve(given)).query


async def test_document_sent_to_one_process_is_known_to_all(database):
    await resolve(start_process(), TEXT)
    other = start_process()
    assert await resolve(other) == TEXT
    await cache.client().flushdb()
    assert await resolve(other) == TEXT
    with pytest.raises(DocumentRefused):
        await resolve(start_process())


@pytest.mark.parametrize("planted", ["{ me { id } }", b"\xff\xfe"])
async def test_other_text_in_the_place_is_not_served(database, planted):
    await resolve(start_process(), TEXT)
    await cache.client().hset("sent-documents", sent_documents.compute_place(DIGEST), planted)
    with pytest.raises(DocumentRefused):
        await resolve(start_process())


async def test_process_without_redis_knows_its_own_documents(database):
    await cache.client().set("sent-documents", "of another type")
    documents = start_process()
    await resolve(documents, TEXT)
    assert await resolve(documents) == TEXT
    with pytest.raises(DocumentRefused):
        await resolve(start_process())
