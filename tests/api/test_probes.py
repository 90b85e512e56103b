"""Health probes with and without a trailing slash."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/readyz", "/readyz/"])
async def test_probe_responds_without_a_redirect(place, path):
    answer = await place.client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/graphql//"])
async def test_unknown_path_is_not_found(place, path):
    assert (await place.client.get(path)).status_code == 404
