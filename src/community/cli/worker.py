"""`community worker`: one worker process."""

from __future__ import annotations

import os
import secrets
import sys

import click

from community import settings as configuration
from community.cli.common import current_settings, report_errors
from community.cli.lazy import FolderCommand
from community.kernel import logs
from workers import process
from workers.registry import QUEUES, is_isolated


@click.command(cls=FolderCommand)
@click.argument("queue")
def worker(queue: str) -> None:
    """Run one worker process on QUEUE."""
    if queue not in QUEUES:
        raise click.BadParameter(f"the queues are {', '.join(QUEUES)}", param_hint="QUEUE")
    logs.configure(f"worker-{queue}")
    if is_isolated(queue):
        _replace_keys()
    settings = current_settings()
    with report_errors():
        process.work(settings, queue)


def _replace_keys() -> None:
    """Give this process random keys, which open nothing.

    A hostile picture may find an error in a decoder. If the environment has the real keys, the process starts again
    without them, because the system keeps the environment of a process.
    """
    clean = configuration.drop_keys(os.environ)
    if len(clean) < len(os.environ):
        os.execve(sys.executable, [sys.executable, "-m", "community", *sys.argv[1:]], clean)  # noqa: S606 - this command
    for name in ("TOKEN_SECRET", "ENCRYPTION_KEY"):
        os.environ[configuration.PREFIX + name] = secrets.token_urlsafe(48)
