"""Many random documents, answered by a plan and by graphql-core. The answers have the same bytes.

COMMUNITY_TEST_SEED chooses other documents.
"""

from __future__ import annotations

import os

import pytest

from community.communities.settings import Visibility
from tests.api.asking import open_asker
from tests.api.gallery import build_gallery
from tests.api.random_documents import ask_randomly
from tests.support.shadow import compare_executors

DOCUMENTS = 300


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_random_documents_get_the_same_answers(settings, visibility):
    async with open_asker(settings) as asker:
        gallery = await build_gallery(asker.world, visibility)
        with compare_executors() as found:
            await ask_randomly(asker.client, gallery, DOCUMENTS, start=int(os.environ.get("COMMUNITY_TEST_SEED", "1")))
    assert found.differences == []
    assert found.compared > DOCUMENTS
