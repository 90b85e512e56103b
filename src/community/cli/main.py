"""The root command and the modules of its commands."""

from __future__ import annotations

import os
from importlib.metadata import version

import click

from community.cli.lazy import LazyGroup
from community.system.parent_watch import watch_parent
from community.system.private_folder import PRIVATE_UMASK

COMMANDS = {
    "approve-token": "community.cli.communities:approve_token",
    "audit": "community.cli.audit:audit",
    "audit-trail": "community.cli.trail:audit_trail",
    "communities": "community.cli.communities:communities",
    "backup": "community.cli.backup:backup",
    "cases": "community.cli.cases:cases",
    "check": "community.cli.upkeep:check",
    "demo": "community.cli.demo:demo",
    "documents": "community.cli.documents:documents",
    "experts": "community.cli.experts:experts",
    "found": "community.cli.communities:found",
    "leaderboards": "community.cli.leaderboards:leaderboards",
    "media": "community.cli.media:media",
    "migrate": "community.cli.upkeep:migrate",
    "outbox": "community.cli.outbox:outbox",
    "people": "community.cli.people:people",
    "points": "community.cli.points:points",
    "privacy": "community.cli.privacy:privacy",
    "rekey": "community.cli.upkeep:rekey",
    "queues": "community.cli.queues:queues",
    "relay": "community.cli.relay:relay",
    "restore": "community.cli.backup:restore",
    "schema": "community.cli.schema:schema",
    "seal": "community.cli.audit:seal",
    "search": "community.cli.search:search",
    "serve": "community.cli.serve:serve",
    "token": "community.cli.communities:token",
    "up": "community.cli.up:up",
    "words": "community.cli.words:words",
    "worker": "community.cli.worker:worker",
}


@click.group(
    cls=LazyGroup,
    commands_by_name=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(version("community"), prog_name="community")
def main() -> None:
    """Run and maintain the community rewards and co-creation service.

    Settings are environment variables that begin with COMMUNITY_. Without any, all data is in ./.community.
    Commands that work on an installation take --folder for another folder.
    """
    os.umask(PRIVATE_UMASK)
    watch_parent()
