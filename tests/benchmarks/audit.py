"""Time and memory of `community audit` and `community seal` on a large bank. PostgreSQL only.

.venv/bin/python tests/benchmarks/audit.py --members 100000 --postings 2000000 --step 7

COMMUNITY_TEST_DATABASE_URL names the server. `--step` is the distance between two ids.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from community.database import use_database
from tests.support import backends
from tests.support.ledger import write_history


def run_command(*arguments: str, environment: dict[str, str]) -> None:
    """Run a command, and print its times, the memory of the largest command so far, and the machine's load.

    The CPU time is that of the command, without the database.
    """
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "community", *arguments], env=environment, check=False)
    elapsed, used = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{arguments[0]}: status {done.returncode}, {elapsed:.1f} s, {cpu_s:.1f} s of CPU, at most"
        f" {used.ru_maxrss // 1024} MB; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


async def fill(settings, arguments) -> None:
    async with use_database(settings):
        await write_history(settings, accounts=arguments.members, postings=arguments.postings, step=arguments.step)


def main() -> None:
    """Fill a database, audit it without seals, seal it, and audit it with seals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--postings", type=int, default=200_000)
    parser.add_argument("--step", type=int, default=1)
    arguments = parser.parse_args()
    servers = backends.Servers()
    servers.start()
    try:
        with servers.create_database() as settings:
            started = time.monotonic()
            asyncio.run(fill(settings, arguments))
            print(f"filled in {time.monotonic() - started:.1f} s", flush=True)
            environment = os.environ | {
                "COMMUNITY_TOKEN_SECRET": backends.SECRET,
                "COMMUNITY_ENCRYPTION_KEY": backends.ENCRYPTION_KEY,
                "COMMUNITY_DATABASE_URL": settings.database_url,
                "COMMUNITY_REDIS_URL": settings.redis_url,
            }
            for command in (("audit",), ("seal",), ("audit",)):
                run_command(*command, environment=environment)
    finally:
        servers.stop()


if __name__ == "__main__":
    main()
