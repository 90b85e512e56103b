"""Arguments of commands: ids of things."""

from __future__ import annotations

from collections.abc import Callable

import click

from community.api import ids
from community.kernel.errors import Refusal


def build_id_parser(kind: str) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """Return a callback that parses a number or a global id of `kind`. A missing option stays None."""

    def parse_id(_context: click.Context, _argument: click.Parameter, given: str | None) -> int | None:
        if given is None:
            return None
        try:
            return int(given) if given.isdecimal() else ids.decode(kind, given, path="id")
        except Refusal as refusal:
            raise click.BadParameter(str(refusal)) from None

    return parse_id
