"""An API process that stops under a backlog answers every request with JSON, and ends within ten seconds."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from http.client import HTTPResponse

import pytest

from community.settings import PREFIX
from community.system.supervisor import listen
from tests.support.backends import ENCRYPTION_KEY, SECRET

MAX_STOP_S = 10
REQUESTS = 120
LOGIN = """mutation($input: LoginInput!) { login(input: $input) { accessToken { token } errors { code retryAt } } }"""


def start_api(settings, listening):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url, "TOKEN_SECRET": SECRET}
    return subprocess.Popen(
        [sys.executable, "-m", "community", "serve", "--fd", str(listening.fileno())],
        env=kept | {PREFIX + name: value for name, value in {**given, "ENCRYPTION_KEY": ENCRYPTION_KEY}.items()},
        pass_fds=[listening.fileno()],
    )


def send_login(connection, number):
    given = {"platform": "DEVELOPMENT", "code": f"x{number}", "nickname": f"x{number}"}
    body = json.dumps({"query": LOGIN, "variables": {"input": given}}).encode()
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def receive(connection):
    """Return the JSON of a response."""
    response = HTTPResponse(connection)
    response.begin()
    return json.loads(response.read())


def get_code(answer):
    (error,) = answer.get("errors") or answer["data"]["login"]["errors"]
    assert error.get("retryAt") or error["extensions"]["retryAt"]
    return error.get("code") or error["extensions"]["code"]


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.on_embedded
def test_api_with_backlog_stops_in_time_with_json(settings):
    """The database is locked, so that every login waits."""
    with ExitStack() as stack:
        listening = stack.enter_context(listen("127.0.0.1", 0))
        api = stack.enter_context(start_api(settings, listening))
        connections = [
            stack.enter_context(socket.create_connection(listening.getsockname(), timeout=30)) for _ in range(REQUESTS)
        ]
        for connection in connections:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert [receive(connection) for connection in connections] == [{"status": "ok"}] * REQUESTS
        locking = stack.enter_context(closing(sqlite3.connect(settings.sqlite_path)))
        locking.execute("BEGIN IMMEDIATE")
        for number, connection in enumerate(connections):
            send_login(connection, number)
        api.send_signal(signal.SIGTERM)
        began = time.monotonic()
        codes = {get_code(receive(connection)) for connection in connections}
        api.wait(30)
        assert time.monotonic() - began < MAX_STOP_S
    assert codes == {"TRY_AGAIN"}
