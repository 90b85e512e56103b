"""The command `community`."""

from community.cli.main import main

__all__ = ["main"]
