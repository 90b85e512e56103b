"""Health probes are answered under both spellings, and nothing is ever redirected."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/readyz", "/readyz/"])
async def test_a_probe_is_answered_without_a_redirect(place, path):
    answer = await place.client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/graphql//"])
async def test_what_is_not_there_is_not_there_under_another_spelling(place, path):
    assert (await place.client.get(path)).status_code == 404
