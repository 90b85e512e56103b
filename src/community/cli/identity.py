"""The operator's part of communities and people: found and lead a community, tell services apart, suspend people."""

from __future__ import annotations

import click

from community.cli.group import build_id_parser, main, run_with_database


@main.command()
@click.argument("name")
@click.option("--time-zone", default="Asia/Shanghai", show_default=True, help="Where its days begin.")
@click.option("--public", is_flag=True, help="Let anybody read what it publishes.")
@click.option("--open", "is_open", is_flag=True, help="Let anybody join.")
def found(name: str, time_zone: str, public: bool, is_open: bool) -> None:
    """Found the community NAME, and print the code that makes its first leader."""
    from community.communities import founding
    from community.communities.models import JoiningPolicy, Visibility

    work = founding.create_community(
        name=name,
        time_zone=time_zone,
        visibility=Visibility.PUBLIC if public else Visibility.MEMBERS,
        joining=JoiningPolicy.OPEN if is_open else JoiningPolicy.INVITATION,
    )
    invitation = run_with_database(work)
    click.echo(
        f"{invitation.code}  makes one person a leader of {name}, before {invitation.expires_at:%Y-%m-%d %H:%M}Z"
    )


@main.command()
@click.argument("community", callback=build_id_parser("Community"))
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, help="report-interactions or move-points; may be repeated."
)
def token(community: int, name: str, scopes: tuple[str, ...]) -> None:
    """Make a token for the service NAME in COMMUNITY, and print it: it is shown this once."""
    from community.communities.models import ServiceScope
    from community.communities.service_tokens import create_as_operator

    known = {scope.value.lower().replace("_", "-"): scope for scope in ServiceScope}
    if unknown := [scope for scope in scopes if scope not in known]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(known)}", param_hint="--scope")
    new = run_with_database(create_as_operator(community, name=name, scopes=[known[scope] for scope in scopes]))
    click.echo(new.secret)


@main.group()
def people() -> None:
    """Suspend people, let them in again, and see that every community is led."""


@people.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.option("--reason", required=True, help="What the person is told when they try to log in.")
def ban(person: int, reason: str) -> None:
    """Suspend PERSON everywhere, from the very next request on."""
    from community.accounts import people

    run_with_database(people.ban(person, reason=reason))
    click.echo("suspended")


@people.command()
@click.argument("person", callback=build_id_parser("Person"))
def pardon(person: int) -> None:
    """Let PERSON in again."""
    from community.accounts import people

    run_with_database(people.unban(person))
    click.echo("let in again")


@people.command()
@click.argument("community", callback=build_id_parser("Community"))
def lead(community: int) -> None:
    """Print a code that makes one more leader of COMMUNITY, for one that has none left."""
    from community.communities import invitations

    invitation = run_with_database(invitations.invite_leader(community))
    click.echo(f"{invitation.code}  makes one person a leader, before {invitation.expires_at:%Y-%m-%d %H:%M}Z")
