"""The command `community`."""

from community.cli import points  # noqa: F401 - its commands are known once it is loaded
from community.cli.commands import main

__all__ = ["main"]
