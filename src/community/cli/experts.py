"""`community experts`: decisions about credentials."""

from __future__ import annotations

from datetime import datetime

import click

from community.api import ids
from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.experts import credentials
from community.experts.credentials import CredentialAction
from community.experts.models import CredentialState

_CREDENTIAL = click.argument("credential", callback=build_id_parser("Credential"))
_REASON = click.option("--reason", required=True, help="Reason that the holder reads, 1 to 200 characters.")


@click.group(cls=CommandGroup)
def experts() -> None:
    """List, verify, refuse, suspend, renew and withdraw credentials of experts."""


@experts.command("list")
@click.option("--state", type=click.Choice([state.value for state in CredentialState]), default="APPLIED")
def list_credentials(state: str) -> None:
    """List credentials in a state with their evidence, and with words to look at. They are ordered by their expiry."""
    for row, words in run_with_database(credentials.list_in_state(CredentialState(state))):
        scope = ",".join([*row.kinds, *(f"#{tag}" for tag in row.tags)])
        click.echo(
            f"{ids.encode('Credential', row.id)}  community:{row.community_id}  until {row.expires_at:%Y-%m-%d}"
            f"  {row.nickname}: {row.profession}, {row.issuer} ({scope})  {row.evidence}"
            + (f"  look at: {'、'.join(words)}" if words else "")
        )


@experts.command()
@_CREDENTIAL
def verify(credential: int) -> None:
    """Verify CREDENTIAL, or end its suspension."""
    run_with_database(credentials.decide(credential, CredentialAction.VERIFY))
    click.echo("verified")


@experts.command()
@_CREDENTIAL
@_REASON
def refuse(credential: int, reason: str) -> None:
    """Refuse the application for CREDENTIAL."""
    run_with_database(credentials.decide(credential, CredentialAction.REFUSE, reason=reason))
    click.echo("refused")


@experts.command()
@_CREDENTIAL
@_REASON
def suspend(credential: int, reason: str) -> None:
    """Suspend CREDENTIAL. Its endorsements are not current until it is verified again."""
    run_with_database(credentials.decide(credential, CredentialAction.SUSPEND, reason=reason))
    click.echo("suspended")


@experts.command()
@_CREDENTIAL
@_REASON
def withdraw(credential: int, reason: str) -> None:
    """Withdraw CREDENTIAL for good. Its endorsements are no longer current."""
    run_with_database(credentials.decide(credential, CredentialAction.WITHDRAW, reason=reason))
    click.echo("withdrawn")


@experts.command()
@_CREDENTIAL
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day, within ten years.")
def renew(credential: int, until: datetime) -> None:
    """Renew CREDENTIAL. Its endorsements are current again."""
    run_with_database(credentials.decide(credential, CredentialAction.RENEW, expires_on=until.date()))
    click.echo("renewed")
