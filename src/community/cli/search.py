"""`community search`: maintenance of the words of things and of the names of members."""

from __future__ import annotations

import click

from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.communities import names
from community.conversation import indexing
from community.review import case_words
from community.submissions import search as submissions


@click.group(cls=CommandGroup)
def search() -> None:
    """Maintain the search."""


@search.command()
@click.option("--missing", is_flag=True, help="Only add what is missing. Searches find everything else meanwhile.")
def rebuild(*, missing: bool) -> None:
    """Make the index of publications, comments, review cases and names again."""
    publications, comments, cases, people = run_with_database(_rebuild(missing=missing))
    click.echo(f"{publications} publications, {comments} comments and {cases} review cases indexed, {people} names")


async def _rebuild(*, missing: bool) -> tuple[int, int, int, int]:
    publications = await (submissions.index_missing() if missing else submissions.rebuild())
    comments = await (indexing.index_missing() if missing else indexing.rebuild())
    cases = await (case_words.index_missing() if missing else case_words.rebuild())
    return publications, comments, cases, await names.rebuild(missing=missing)
