"""What people agree to, and how long anything is kept."""

from __future__ import annotations

from pathlib import Path

import click

from community.cli.group import current_settings, main, with_database


@main.group()
def privacy() -> None:
    """What people agree to, and how long anything is kept."""


@privacy.command()
@click.argument(
    "purpose", type=click.Choice(["SERVICE", "PUBLICATION", "LEADERBOARDS", "NOTICES"], case_sensitive=False)
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="What the document is called.")
@click.option("--renews", is_flag=True, help="Ask everybody anew, also those who agreed to an earlier version.")
def publish(purpose: str, file: Path, title: str, renews: bool) -> None:
    """Publish the text in FILE as the next version of what people agree to for PURPOSE."""
    from community.identity import consents
    from community.identity.models import Purpose

    text = file.read_text(encoding="utf-8")
    row = with_database(consents.publish(Purpose(purpose.upper()), title=title, text=text, renews=renews))
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
            kept = f"{kind.kept.days:>5} days" if kind.kept.days else f"{kind.kept.seconds // 3_600:>5} h   "
            lines.append(f"{kind.name:<42} {kept}  {last:<34} {kind.why}")
        return lines

    click.echo("\n".join(with_database(ask())))
