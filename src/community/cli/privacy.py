"""`community privacy`: consent documents, retention, and export and erasure for a person."""

from __future__ import annotations

from pathlib import Path

import click

from community.cli.arguments import build_id_parser
from community.cli.common import current_settings, run_with_database
from community.cli.lazy import CommandGroup
from community.consent import documents
from community.consent.models import ConsentPurpose
from community.kernel import storage
from community.kernel.personal import ErasureContent
from community.privacy import operator_requests
from community.privacy import retention as table
from community.texts import Language


@click.group(cls=CommandGroup)
def privacy() -> None:
    """Manage consent documents, retention, and the data of a person."""


@privacy.command()
@click.argument(
    "purpose", type=click.Choice(["SERVICE", "PUBLICATION", "LEADERBOARDS", "NOTICES"], case_sensitive=False)
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="Title of the document.")
@click.option("--renews", is_flag=True, help="Ask everyone again, also people who agreed to an earlier version.")
def publish(purpose: str, file: Path, title: str, renews: bool) -> None:
    """Publish FILE as the next version of the consent document for PURPOSE."""
    text = file.read_text(encoding="utf-8")
    row = run_with_database(documents.publish(ConsentPurpose(purpose.upper()), title=title, text=text, renews=renews))
    asks = "everyone is asked again" if row.renews else "earlier consents stay valid"
    click.echo(f"{row.purpose.value} version {row.version} is published: {asks}")


@privacy.command()
@click.option("--now", is_flag=True, help="Delete data past its retention period before the report.")
def retention(now: bool) -> None:
    """Report the retention period of each kind of data and its last deletion."""

    async def ask() -> list[str]:
        if now:
            await table.run(current_settings())
        lines = []
        for rule, run in await table.report():
            last = "never run" if run is None else f"{run.dropped} of {run.dropped_ever} at {run.ran_at:%F %R}Z"
            kept = (
                f"{rule.keep_for.days:>5} days" if rule.keep_for.days else f"{rule.keep_for.seconds // 3_600:>5} h   "
            )
            lines.append(f"{rule.name:<42} {kept}  {last:<34} {rule.get_reason(Language.EN)}")
        return lines

    click.echo("\n".join(run_with_database(ask())))


@privacy.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.argument("into", metavar="FOLDER", type=click.Path(file_okay=False, path_type=Path))
def export(person: int, into: Path) -> None:
    """Write all data about PERSON into a file in FOLDER. Give the file to that person only.

    Use it for a banned person, who cannot request an export. The audit trail records it.
    """

    async def write() -> Path:
        storage.open_storage(current_settings())
        try:
            return await operator_requests.export(current_settings(), person, into=into)
        finally:
            storage.close_storage()

    click.echo(run_with_database(write()))


@privacy.command()
@click.argument("person", callback=build_id_parser("Person"))
@click.option("--keep", type=click.Choice(["anonymised"]), default=None, help="Published content stays without a name.")
@click.option("--remove", is_flag=True, help="All texts and pictures are deleted.")
@click.option("--now", is_flag=True, help="Skip the waiting period, in which the erasure can be cancelled.")
def erase(person: int, keep: str | None, remove: bool, now: bool) -> None:
    """Erase PERSON with --keep anonymised or with --remove.

    Use it for a banned person, who cannot request an erasure. The audit trail records it.
    """
    if remove is (keep is not None):
        raise click.UsageError("give --keep anonymised or --remove")
    request_erasure = operator_requests.request_immediate_erasure if now else operator_requests.request_erasure
    content = ErasureContent.REMOVE if remove else ErasureContent.ANONYMISE
    row = run_with_database(request_erasure(current_settings(), person, content=content))
    click.echo(f"{row.content.value}, due at {row.due_at:%Y-%m-%d %H:%M}Z: the workers carry it out then")
