"""Callers see refusals. Bugs are in the log, with the request id of the response."""

from __future__ import annotations

import logging

import pytest


def errors_logged(caplog) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("query", ["{ crash }", "{ crashHard }", "{ wrongType }", "{ me { broken } }"])
async def test_bug_is_masked_and_logged_with_request_id(client, caplog, secret, query):
    response = await client.post({"query": query}, x_request_id="r-17")
    (error,) = response.json()["errors"]
    assert error["message"] == "服务出了问题。请稍后重试。"
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "r-17"}
    assert error["path"]
    assert secret not in response.text
    (record,) = errors_logged(caplog)
    assert "r-17" in record.getMessage()
    assert secret in caplog.text
    assert "Traceback" in caplog.text


async def test_shared_failure_is_logged_once(client, caplog):
    answer = await client.ask("{ people { edges { node { broken } } } }")
    assert len(answer["errors"]) == 2
    assert len(errors_logged(caplog)) == 1


async def test_refusal_has_its_sentence_and_no_log_line(client, caplog):
    answer = await client.ask("{ forbidden invalid hello }")
    assert answer["data"] == {"forbidden": None, "invalid": None, "hello": "你好，世界"}
    assert [(error["message"], error["path"], error["extensions"]) for error in answer["errors"]] == [
        ("您不能在这里进行此操作。", ["forbidden"], {"code": "FORBIDDEN"}),
        (
            "此项须为 0 至 60 个字，现为 71 个字。请调整字数。",
            ["invalid"],
            {"code": "INVALID_INPUT", "path": ["input", "title"], "min": 0, "max": 60, "actual": 71},
        ),
    ]
    assert caplog.records == []


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query ($n: Int!) { number(of: $n) }", "query A { a } query B { b }"]
)
async def test_invalid_request_has_no_log_line(client, caplog, query):
    assert (await client.ask(query))["errors"]
    assert caplog.records == []


async def test_null_for_required_argument_is_bad_user_input(client):
    answer = await client.ask("query ($n: Int = 3) { number(of: $n) }", {"n": None})
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "null" in answer["errors"][0]["message"]


async def test_validation_error_has_its_location(client):
    (error,) = (await client.ask("{ nothing }"))["errors"]
    assert "'nothing'" in error["message"]
    assert error["locations"] == [{"line": 1, "column": 3}]


async def test_refusal_of_the_context_is_the_response(client, caplog):
    response = await client.post({"query": "{ hello }"}, authorization="expired")
    assert response.status_code == 200
    assert response.json() == {"errors": [{"message": "请先登录。", "extensions": {"code": "UNAUTHENTICATED"}}]}
    response = await client.post(
        {"query": "{ hello }"}, authorization="expired", accept="application/graphql-response+json"
    )
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert caplog.records == []


async def test_bug_in_the_context_is_masked(client, caplog, secret):
    response = await client.post({"query": "{ hello }"}, authorization="bug", x_request_id="r-18")
    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"] == {"code": "INTERNAL", "requestId": "r-18"}
    assert secret not in response.text
    (record,) = errors_logged(caplog)
    assert "r-18" in record.getMessage()
    response = await client.post(
        {"query": "{ hello }"}, authorization="bug", accept="application/graphql-response+json"
    )
    assert response.status_code == 500


async def test_value_without_json_form_is_an_internal_error(client, caplog):
    answer = await client.ask("{ nan }")
    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert len(errors_logged(caplog)) == 1


async def test_resolver_gets_its_context(client):
    response = await client.post({"query": "{ viewer }"}, authorization="阿明".encode())
    assert response.status_code == 200
    assert (await client.ask("{ viewer }")) == {"data": {"viewer": "anonymous"}}


async def test_schema_masks_without_the_handler(tiny_schema, secret):
    result = await tiny_schema.execute("{ crash }")
    assert [error.message for error in result.errors] == ["服务出了问题。请稍后重试。"]
    assert secret not in str(result)
