"""Concurrent processes that run a piece of the service."""

from __future__ import annotations

import asyncio
import json
import os
import sys

_PREAMBLE = """
import asyncio, json
from community.database import use_database
from community.kernel import clock, db
from community.settings import load
"""
_MAIN = """
async def main():
    async with use_database(load()):
        print(json.dumps(await work()))

asyncio.run(main())
"""


async def run_processes(count, work, settings, **variables):
    """Run `async def work()`, defined in the text `work`, in `count` processes and return their answers."""
    environment = os.environ | {
        "COMMUNITY_DATABASE_URL": settings.database_url,
        "COMMUNITY_REDIS_URL": settings.redis_url,
        "COMMUNITY_TOKEN_SECRET": settings.token_secret.get_secret_value(),
        **variables,
    }

    async def process():
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PREAMBLE + work + _MAIN, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await started.communicate()
        assert started.returncode == 0, errors.decode()
        return json.loads(output)

    return await asyncio.gather(*(process() for _ in range(count)))
