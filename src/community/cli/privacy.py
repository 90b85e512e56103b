"""What people agree to, how long anything is kept, and the rights of those who cannot ask for them themselves."""

from __future__ import annotations

from pathlib import Path

import click

from community.cli.group import build_id_parser, current_settings, main, run_with_database


@main.group()
def privacy() -> None:
    """What people agree to, how long anything is kept, and what is kept of a person."""


@privacy.command()
@click.argument(
    "purpose", type=click.Choice(["SERVICE", "PUBLICATION", "LEADERBOARDS", "NOTICES"], case_sensitive=False)
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="What the document is called.")
@click.option("--renews", is_flag=True, help="Ask everybody anew, also those who agreed to an earlier version.")
def publish(purpose: str, file: Path, title: str, renews: bool) -> None:
    """Publish the text in FILE as the next version of what people agree to for PURPOSE."""
    from community.consent import documents
    from community.consent.models import ConsentPurpose

    text = file.read_text(encoding="utf-8")
    row = run_with_database(documents.publish(ConsentPurpose(purpose.upper()), title=title, text=text, renews=renews))
    asks = "everybody is asked" if row.renews else "earlier consents go on"
    click.echo(f"{row.purpose.value} version {row.version} is published: {asks}")


@privacy.command()
@click.option("--now", is_flag=True, help="Take away what is too old before the report.")
def retention(now: bool) -> None:
    """Report how long each kind of data is kept, and what was last taken away of it."""
    from community.privacy import retention as table

    async def ask() -> list[str]:
        if now:
            await table.run(current_settings())
        lines = []
        for kind, run in await table.report():
            last = (
                "never looked through" if run is None else f"{run.dropped} of {run.dropped_ever} at {run.ran_at:%F %R}Z"
            )
            kept = (
                f"{kind.keep_for.days:>5} days" if kind.keep_for.days else f"{kind.keep_for.seconds // 3_600:>5} h   "
            )
            lines.append(f"{kind.name:<42} {kept}  {last:<34} {kind.reason}")
        return lines

    click.echo("\n".join(run_with_database(ask())))


@privacy.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.argument("into", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
def export(person: int, into: Path) -> None:
    """Write everything about PERSON into a file in FOLDER, to be handed over to them alone.

    For somebody who is suspended and cannot ask for it. It is noted in the audit trail.
    """
    from community.kernel import storage
    from community.privacy import operator_requests

    async def write() -> Path:
        storage.open_storage(current_settings())
        try:
            return await operator_requests.export(current_settings(), person, into=into)
        finally:
            storage.close_storage()

    click.echo(run_with_database(write()))


@privacy.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.option("--keep", type=click.Choice(["anonymised"]), default=None, help="What is public stays, under no name.")
@click.option("--remove", is_flag=True, help="Every word and picture goes.")
@click.option("--now", is_flag=True, help="Without the waiting period, in which it could be cancelled.")
def erase(person: int, keep: str | None, remove: bool, now: bool) -> None:
    """Have PERSON forgotten, as they could ask themselves: --keep anonymised, or --remove.

    For somebody who is suspended and cannot ask for it. It is noted in the audit trail.
    """
    from community.kernel.personal import ErasureContent
    from community.privacy import operator_requests

    if remove is (keep is not None):
        raise click.UsageError("say what becomes of what they published: either --keep anonymised or --remove")
    content = ErasureContent.REMOVE if remove else ErasureContent.ANONYMISE
    row = run_with_database(operator_requests.erase(current_settings(), person, content=content, at_once=now))
    click.echo(f"{row.content.value}, due at {row.due_at:%Y-%m-%d %H:%M}Z: the workers carry it out then")
