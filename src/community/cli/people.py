"""`community people`: search and suspension of people, and leaders for communities that have none."""

from __future__ import annotations

from contextlib import suppress

import click

from community.accounts import phones, queries
from community.api import ids
from community.cli.arguments import build_id_parser
from community.cli.common import current_settings, run_with_database
from community.cli.lazy import CommandGroup
from community.communities import bans, invitations
from community.communities.queries import MemberRow, list_all_memberships
from community.kernel.errors import Refusal


@click.group(cls=CommandGroup)
def people() -> None:
    """Find, ban and unban people, and give a community a leader."""


@people.command()
@click.argument("text")
def find(text: str) -> None:
    """Find people by TEXT.

    It is a part of the nickname, an id, or a telephone number as in "+86 13912345678".
    """

    async def search() -> list[tuple[queries.FoundPersonRow, list[MemberRow]]]:
        found = await _find_people(text)
        return [(row, await list_all_memberships(row.id)) for row in found]

    for row, memberships in run_with_database(search()):
        state = "erased" if row.erased_at else "banned" if row.banned_at else "active"
        places = ", ".join(
            f"{'former ' if member.left_at else ''}member:{member.id} of community:{member.community_id}"
            for member in memberships
        )
        click.echo(
            f"{row.id:>8}  {ids.encode('Person', row.id)}  {row.nickname}  since {row.created_at:%Y-%m-%d}  {state}"
            f"  {places or 'no community'}"
        )


async def _find_people(text: str) -> list[queries.FoundPersonRow]:
    if text.startswith("+"):
        person_id = await phones.find_person_id(current_settings(), text)
        return [] if person_id is None else await queries.find_for_operator(person_id)
    if text.isdecimal():
        return await queries.find_for_operator(int(text))
    with suppress(Refusal):
        return await queries.find_for_operator(ids.decode("Person", text, path="id"))
    return await queries.find_by_nickname(text)


@people.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.option("--reason", required=True, help="Reason that the person reads at the next login.")
def ban(person: int, reason: str) -> None:
    """Ban PERSON in every community, from the next request on."""
    run_with_database(bans.ban(person, reason=reason))
    click.echo("banned")


@people.command()
@click.argument("person", callback=build_id_parser("Person"))
def unban(person: int) -> None:
    """Let PERSON log in again."""
    run_with_database(bans.unban(person))
    click.echo("unbanned")


@people.command()
@click.argument("community", callback=build_id_parser("Community"))
def lead(community: int) -> None:
    """Print an invitation code for one more leader of COMMUNITY."""
    invitation = run_with_database(invitations.invite_leader(community))
    click.echo(f"{invitation.code}  makes one person a leader, before {invitation.expires_at:%Y-%m-%d %H:%M}Z")
