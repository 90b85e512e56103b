"""`community queues`: what waits, and for how long."""

from __future__ import annotations

import click
from redis import RedisError

from community.cli.common import current_settings, run_with_database
from community.cli.lazy import FolderCommand
from community.kernel import clock, outbox_upkeep
from workers.queues import connect, get_queue
from workers.registry import QUEUES, get_queue_name


@click.command(cls=FolderCommand)
def queues() -> None:
    """Show each queue with its pending effects and the jobs in Redis."""
    backlogs = run_with_database(outbox_upkeep.list_backlogs())
    for queue in QUEUES:
        click.echo(f"{queue:<32}  {_count_jobs(queue)}")
        for row in (row for row in backlogs if get_queue_name(row.name) == queue):
            age_s = (clock.now() - row.oldest).total_seconds()
            click.echo(f"  {row.name:<30}  {row.pending} pending, the oldest for {age_s:.0f} s")


def _count_jobs(queue: str) -> str:
    try:
        with connect(current_settings()) as connection:
            return f"{len(get_queue(queue, connection))} jobs in Redis"
    except RedisError:
        return "Redis does not answer"
