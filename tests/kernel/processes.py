"""Running a piece of the service in processes of their own, at the same time."""

from __future__ import annotations

import asyncio
import json
import os
import sys

_BEFORE = """
import asyncio, json
from community.database import use_database
from community.kernel import clock, db
from community.settings import load
"""
_AFTER = """
async def main():
    async with use_database(load()):
        print(json.dumps(await work()))

asyncio.run(main())
"""


async def at_once(count, work, settings, **variables):
    """What `count` processes answer that define `async def work()` as this text and run it on the database."""
    environment = os.environ | {
        "COMMUNITY_DATABASE_URL": settings.database_url,
        "COMMUNITY_REDIS_URL": settings.redis_url,
        "COMMUNITY_TOKEN_SECRET": settings.token_secret.get_secret_value(),
        **variables,
    }

    async def process():
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _BEFORE + work + _AFTER, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, problem = await started.communicate()
        assert started.returncode == 0, problem.decode()
        return json.loads(out)

    return await asyncio.gather(*(process() for _ in range(count)))
