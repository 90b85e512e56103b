"""Health probes with and without a trailing slash."""

from __future__ import annotations

import pytest

from community.kernel import db, logs


@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/readyz", "/readyz/"])
async def test_probe_responds_without_a_redirect(place, path):
    answer = await place.client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/graphql//", "/media/{ticket}/{file}"])
async def test_unknown_path_is_not_found(place, path):
    assert (await place.client.get(path)).status_code == 404


async def test_readiness_in_an_outage_is_one_warning(place, caplog, monkeypatch):
    monkeypatch.setattr(logs, "_warned", {})
    await db.close_database()
    for _ in range(3):
        assert (await place.client.get("/readyz")).status_code == 503
    found = [record for record in caplog.records if record.name == "community.app"]
    assert [(record.getMessage().partition(":")[0], record.exc_info) for record in found] == [
        ("database does not answer", None)
    ]
