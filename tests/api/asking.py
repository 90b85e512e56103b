"""Requests for the operations of the permission table, and their results."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from graphql import get_named_type, is_leaf_type

from community import app
from community.api.edge.forms import PREFLIGHT_HEADERS
from community.api.schema import build_schema
from community.settings import Settings
from tests.api.who_may_what import NONE, OK, World

SCHEMA = build_schema()._schema
QUERIES, MUTATIONS = SCHEMA.query_type.fields, SCHEMA.mutation_type.fields
OPERATIONS = {**QUERIES, **MUTATIONS}


@dataclass(frozen=True)
class Asker:
    """Client of the API in this process, with its world."""

    client: httpx.AsyncClient
    world: World

    async def ask(self, row: str, given: dict[str, Any], *, token: str | None) -> str:
        """Send the operation of a row. Return `OK`, `NONE` or the code of the refusal."""
        return read_result(get_operation(row), await self._send(row, given, token))

    async def ask_errors(self, row: str, given: dict[str, Any], *, token: str | None) -> list[dict[str, Any]]:
        """Send the mutation of a row. Return its errors."""
        answer = await self._send(row, given, token)
        assert "errors" not in answer, answer
        errors: list[dict[str, Any]] = answer["data"][get_operation(row)]["errors"]
        return errors

    async def _send(self, row: str, given: dict[str, Any], token: str | None) -> dict[str, Any]:
        query, variables = write_document(get_operation(row), given)
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer: dict[str, Any] = (await self.client.post("/graphql", **write_body(query, variables, headers))).json()
        return answer


@asynccontextmanager
async def open_asker(settings: Settings) -> AsyncIterator[Asker]:
    """Serve the API in this process on a new world."""
    application = app.create_app(settings)
    async with (
        application.app.lifespan_context(application),
        httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://testserver") as client,
    ):
        yield Asker(client, await World.build(settings))


def get_operation(row: str) -> str:
    """Return the operation of the row with this name."""
    return row.partition(" ")[0]


def write_document(operation: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the smallest document with the operation, and its variables."""
    if operation in MUTATIONS:
        asked = f"{operation}(input: $input) {{ errors {{ code path }} }}"
        return f"mutation($input: {MUTATIONS[operation].args['input'].type}) {{ {asked} }}", {"input": given}
    field = QUERIES[operation]
    declared = ", ".join(f"${name}: {field.args[name].type}" for name in given)
    passed = ", ".join(f"{name}: ${name}" for name in given)
    selected = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    asked = f"{operation}({passed})" if given else operation
    return (f"query({declared}) {{ {asked}{selected} }}" if given else f"{{ {asked}{selected} }}"), given


def write_body(query: str, variables: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Return the body and headers of a request. It is a form if there is a file in it."""
    file = variables.get("input", {}).get("file")
    if file is None:
        return {"json": {"query": query, "variables": variables}, "headers": headers}
    asked = {"query": query, "variables": {"input": variables["input"] | {"file": None}}}
    form = {"operations": json.dumps(asked), "map": json.dumps({"0": ["variables.input.file"]})}
    return {"data": form, "files": {"0": ("a.jpg", file)}, "headers": headers | {PREFLIGHT_HEADERS[0]: "1"}}


def read_result(operation: str, answer: dict[str, Any]) -> str:
    """Return `OK`, `NONE` or the code of the refusal."""
    if "errors" in answer:
        (error,) = answer["errors"]
        return error["extensions"]["code"]
    found = answer["data"][operation]
    if operation in MUTATIONS:
        return found["errors"][0]["code"] if found["errors"] else OK
    return NONE if found is None else OK
