"""`community search`: maintenance of the index of publications and review cases."""

from __future__ import annotations

import click

from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.conversation import search as comments_search
from community.review import case_words
from community.submissions import search as submissions


@click.group(cls=CommandGroup)
def search() -> None:
    """Maintain the search."""


@search.command()
@click.option("--missing", is_flag=True, help="Only add what is missing. Searches find everything else meanwhile.")
def rebuild(*, missing: bool) -> None:
    """Make the index of publications and comments again, and add missing review cases."""
    publications, comments, cases = run_with_database(_rebuild(missing=missing))
    click.echo(f"{publications} publications, {comments} comments and {cases} review cases indexed")


async def _rebuild(*, missing: bool) -> tuple[int, int, int]:
    publications = await (submissions.index_missing() if missing else submissions.rebuild())
    comments = await (comments_search.index_missing() if missing else comments_search.rebuild())
    return publications, comments, await case_words.index_missing()
