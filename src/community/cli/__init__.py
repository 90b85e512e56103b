"""The command `community`. Its commands are known once the modules are loaded that hold them."""

from community.cli import identity, points, privacy, running, upkeep  # noqa: F401
from community.cli.group import main

__all__ = ["main"]
