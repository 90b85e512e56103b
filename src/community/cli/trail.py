"""`community audit-trail`: what was done, when and by whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import FolderCommand
from community.communities import trail
from community.kernel.audit import TrailFilter
from community.kernel.audit_actions import AuditAction

ACTION = click.Choice([action.value for action in AuditAction])
DAY = click.DateTime(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


@click.command(cls=FolderCommand)
@click.option("--community", callback=build_id_parser("Community"), help="Only of this community.")
@click.option("--person", callback=build_id_parser("Person"), help="Only by this person and about them.")
@click.option("--action", "actions", type=ACTION, multiple=True, help="Only this action.")
@click.option("--since", type=DAY, help="Only from this time on, in UTC.")
@click.option("--until", type=DAY, help="Only before this time, in UTC.")
def audit_trail(
    community: int | None,
    person: int | None,
    actions: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Print the last 100 actions, newest first."""
    only = TrailFilter(
        community_id=community,
        actions=[AuditAction(action) for action in actions] or None,
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
    )
    for row in run_with_database(trail.list_for_operator(only=only, person_id=person)):
        where = f"community:{row.community_id}" if row.community_id else "-"
        who = f"member:{row.actor_id}" if row.actor_id else "-"
        click.echo(
            f"{row.created_at:%Y-%m-%d %H:%M:%S}Z  {row.action.value:<24}  {where:<14}  {who:<12}"
            f"  {row.subject}:{row.subject_id}  {json.dumps(row.detail, ensure_ascii=False, sort_keys=True)}"
        )
