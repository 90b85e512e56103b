"""Trusted documents in the database."""

from __future__ import annotations

import pytest

from community.kernel import documents
from community.kernel.errors import InvalidInput, NotFound

TEXTS = ["{ me { id } }", "query 名 { me { nickname } }"]


async def test_document_is_registered_once(database):
    assert await documents.register(TEXTS) == 2
    assert await documents.register([TEXTS[0], TEXTS[0]]) == 0
    assert [row.text for row in await documents.list_all()] == TEXTS


async def test_document_is_found_until_removed(database):
    await documents.register(TEXTS)
    digest = documents.compute_digest(TEXTS[1])
    assert await documents.find_text(digest) == TEXTS[1]
    await documents.remove(digest)
    assert await documents.find_text(digest) is None
    with pytest.raises(NotFound):
        await documents.remove(digest)


async def test_registered_document_is_served_by_the_api(place):
    await documents.register(["{ consentDocuments { purpose } }"])
    digest = documents.compute_digest("{ consentDocuments { purpose } }")
    response = await place.client.post("/graphql", json={"documentId": f"sha256:{digest}"})
    assert response.json() == {"data": {"consentDocuments": []}}


async def test_documents_beyond_the_limit_are_refused(database, monkeypatch):
    monkeypatch.setattr(documents, "MAX_DOCUMENTS", 2)
    await documents.register(TEXTS)
    with pytest.raises(InvalidInput) as refused:
        await documents.register([TEXTS[0], "{ me { language } }"])
    assert refused.value.figures == {"max": 2, "actual": 3}
    assert await documents.register(TEXTS) == 0
    assert [row.text for row in await documents.list_all()] == TEXTS
