"""`community worker`: one worker process."""

from __future__ import annotations

import click

from community.cli.common import current_settings, report_errors
from community.cli.lazy import FolderCommand
from community.kernel import logs
from workers import process
from workers.registry import QUEUES


@click.command(cls=FolderCommand)
@click.argument("queue")
def worker(queue: str) -> None:
    """Run one worker process on QUEUE."""
    if queue not in QUEUES:
        raise click.BadParameter(f"the queues are {', '.join(QUEUES)}", param_hint="QUEUE")
    logs.configure(f"worker-{queue}")
    settings = current_settings()
    with report_errors():
        process.work(settings, queue)
