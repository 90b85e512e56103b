"""`community words`: the operator's word list."""

from __future__ import annotations

from pathlib import Path

import click

from community.cli.arguments import build_id_parser
from community.cli.common import run_with_database
from community.cli.lazy import CommandGroup
from community.safety import lists
from community.safety.entries import DEFAULT_CATEGORY, Word, WordEntries, parse_lines
from community.safety.facts import Level
from community.safety.models import ALL_COMMUNITIES
from community.safety.preview import preview_as_operator

_LEVELS = click.Choice([level.value for level in Level], case_sensitive=False)


@click.group(cls=CommandGroup)
def words() -> None:
    """Manage the operator's word list, which counts in all communities."""


@words.command("import")
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--level", type=_LEVELS, default=Level.REVIEW.value, show_default=True, help="Level of other lines.")
@click.option("--category", default=DEFAULT_CATEGORY, show_default=True, help="Category of other lines.")
@click.option("--skip-faulty", is_flag=True, help="Leave faulty lines out. Without it they stop the import.")
@click.option("--dry-run", is_flag=True, help="Report the lines, and publish nothing.")
def import_words(files: tuple[Path, ...], level: str, category: str, *, skip_faulty: bool, dry_run: bool) -> None:
    """Replace the operator's list by the words of all FILEs, as its next edition.

    A line is WORD,LEVEL,CATEGORY,OPTIONS or only WORD. The option `sound` also finds homophones and Pinyin,
    and `initials` the initials of the Pinyin. A line !WORD is a longer word that is harmless. Lines that begin with #
    are comments. Repeated words are reported and left out.
    """
    entries, faults, faulty = _read(files, Word("", Level(level.upper()), category))
    for line in faults:
        click.echo(line, err=True)
    if faulty and not skip_faulty:
        raise click.ClickException(f"nothing was imported: {faulty} lines are faulty. Correct them, or --skip-faulty")
    counts = f"{len(entries.words)} words, {len(entries.exceptions)} exceptions, {len(faults)} lines left out"
    if dry_run:
        click.echo(f"{counts}; nothing was imported")
        return
    row = run_with_database(lists.publish_as_operator(entries))
    click.echo(f"edition {row.version} is published: {counts}")


def _read(files: tuple[Path, ...], default: Word) -> tuple[WordEntries, list[str], int]:
    """Return the entries of all files, a report, and the number of faulty lines."""
    places: list[str] = []
    lines: list[str] = []
    for path in files:
        try:
            found = path.read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError:
            raise click.ClickException(f"{path} is not in UTF-8") from None
        places += [f"{path}:{number}" for number, _ in enumerate(found, start=1)]
        lines += found
    entries, faults = parse_lines(lines, default=default)
    report = [
        f"{places[fault.number - 1]}: {fault.sentence or f'repeats {places[fault.repeats - 1]}'}" for fault in faults
    ]
    return entries, report, sum(fault.repeats == 0 for fault in faults)


@words.command("try")
@click.argument("text")
@click.option(
    "--community", callback=build_id_parser("Community"), default=None, help="With the words of this community too."
)
def try_text(text: str, community: int | None) -> None:
    """Show what the screening would do with TEXT."""
    found = run_with_database(preview_as_operator(text, ALL_COMMUNITIES if community is None else community))
    click.echo(found.screening.verdict.value)
    for finding in found.screening.findings:
        place = finding.place
        where = "" if place is None else f" {place.start}-{place.end} {found.text[place.start : place.end]!r}"
        figures = "".join(f" {name}={value}" for name, value in finding.figures.items())
        click.echo(f"{finding.level.value} {finding.reason.value}{where}{figures}")
    click.echo(f"the public sees: {found.public_text}")
