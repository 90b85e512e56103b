"""`/metrics` and the lines of the log tell what requests did, and name no person."""

from __future__ import annotations

import json
import logging

from pydantic import SecretStr

from community.kernel import db, outbox
from community.kernel.logs import JsonFormatter
from tests.support.api import run_api

TOKEN = "a token for the metrics of this test, long"


def find_value(text: str, start: str) -> float:
    """Return the value of the first line that begins so, or 0."""
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(start)), 0.0)


async def test_metrics_without_the_token_are_not_found(settings):
    assert (settings.metrics_token, (await read(settings)).status_code) == (None, 404)
    guarded = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    assert (await read(guarded, "another")).status_code == 404


async def get_metrics(place, token=TOKEN):
    return await place.client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


async def read(settings, token=TOKEN):
    async with run_api(settings) as place:
        return await get_metrics(place, token)


async def test_metrics_count_requests_refusals_and_effects(settings):
    guarded = settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    async with run_api(guarded) as place:
        await db.transaction(lambda: outbox.put("effects.sweep"))
        before = (await get_metrics(place)).text
        queries = (
            'query Anything { community(id: "x") { id } }',
            "{ a: __typename b: __typename }",
            "{ nothing }",
            "{ }",
        )
        for query in queries:
            await place.client.post("/graphql", json={"query": query})
        after = (await get_metrics(place)).text
    for operation, outcome in (("community", "refused"), ("several", "ok"), ("invalid", "refused")):
        start = f'community_requests_total{{operation="{operation}",outcome="{outcome}"}}'
        expected = 2 if operation == "several" else 1
        assert find_value(after, start) - find_value(before, start) == expected, operation
    for code in ("INVALID_INPUT", "GRAPHQL_VALIDATION_FAILED"):
        start = f'community_refusals_total{{code="{code}"}}'
        assert find_value(after, start) - find_value(before, start) == 1
    assert 'community_effects_pending{name="effects.sweep"} 1.0' in after
    assert find_value(after, "community_database_up") == 1
    assert find_value(after, "process_resident_memory_bytes") > 0
    assert "Anything" not in after


async def test_log_line_of_a_request_has_its_figures(settings, caplog):
    caplog.set_level(logging.INFO, "community.requests")
    async with run_api(settings) as place:
        await place.client.post("/graphql", json={"query": "{ __typename }"}, headers={"X-Request-ID": "one"})
    (record,) = (record for record in caplog.records if record.name == "community.requests")
    line = json.loads(JsonFormatter("api").format(record))
    assert (line["request_id"], line["operation"], line["outcome"], line["status"]) == ("one", "__typename", "ok", 200)
    assert (line["person"], line["part"]) == (None, "api")
    assert line["duration_ms"] > 0
    assert line["statements"] == 0
