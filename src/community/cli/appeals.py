"""`community appeals`: appeals that no leader of the community may answer."""

from __future__ import annotations

import click

from community.api import ids
from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.conversation import moderation  # noqa: F401 - it declares appeals about comments
from community.review import sanctions  # noqa: F401 - it declares appeals about sanctions
from community.review.appeals import appeals as verbs
from community.review.appeals import queries
from community.review.appeals.queries import AppealRow
from community.review.queries import find_case


@click.group(cls=CommandGroup)
def appeals() -> None:
    """List and answer appeals that no leader may answer."""


@appeals.command("list")
def list_appeals() -> None:
    """List open appeals of communities without another leader."""

    async def find() -> list[AppealRow]:
        found = [(row, await find_case(row.case_id)) for row in await queries.list_open_appeals()]
        return [row for row, case in found if case is not None and not await verbs.has_other_leader(case)]

    for row in run_with_database(find()):
        click.echo(
            f"{ids.encode('Appeal', row.id)}  community:{row.community_id}  {row.subject.value}:{row.subject_id}"
            f"  since {row.created_at:%Y-%m-%d}  {row.text}"
        )


@appeals.command()
@click.argument("appeal", callback=build_id_parser("Appeal"))
@click.option("--grant/--deny", required=True, help="Reverse what the appeal is about, or leave it.")
@click.option("--reason", required=True, help="Answer that the member reads, 1 to 500 characters.")
def answer(appeal: int, grant: bool, reason: str) -> None:
    """Answer APPEAL, if no leader may."""
    run_with_database(verbs.answer_as_operator(appeal, granted=grant, reason=reason))
    click.echo("granted" if grant else "denied")
