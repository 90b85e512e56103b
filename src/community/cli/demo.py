"""`community demo`: the product's story in a folder of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from community.cli.common import EXIT_FAILURE, report_errors
from community.demo.photographs import load_folder
from community.demo.run import play_and_serve, play_and_stop


@click.command()
@click.option("--once", is_flag=True, help="Stop after the story. Exit status 0 only if every step succeeded.")
@click.option("--port", type=int, default=8000, show_default=True, help="Port to serve on. 0 takes any free port.")
@click.option(
    "--photos", type=click.Path(path_type=Path, exists=True, file_okay=False), default=None,
    help="Use the photographs of this folder instead of drawn ones.",
)  # fmt: skip
def demo(once: bool, port: int, photos: Path | None) -> None:
    """Start the service in a temporary folder, play the story, serve until Ctrl-C."""
    with report_errors():
        if photos is not None:
            load_folder(photos, 1)
    play = play_and_stop if once else play_and_serve
    sys.exit(0 if play(port=port, photos=photos) else EXIT_FAILURE)
