"""Lazy groups: a command's module is imported only when the command is called."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from community.settings import DEFAULT_FOLDER, PREFIX


class FolderCommand(click.Command):
    """A command that works on the installation in a folder."""

    def __init__(self, *arguments: Any, **given: Any) -> None:
        super().__init__(*arguments, **given)
        option = click.Option(
            ["--folder"], type=click.Path(path_type=Path), callback=_set_folder, expose_value=False,
            help=f"Folder of the installation of `community up`. Default: {PREFIX}FOLDER, else {DEFAULT_FOLDER}.",
        )  # fmt: skip
        self.params.append(option)


class CommandGroup(click.Group):
    """A group whose commands take `--folder`, unless they name another class."""

    command_class = FolderCommand
    group_class = type


class LazyGroup(CommandGroup):
    """A group that imports the module of a command when the command is called.

    `commands_by_name` gives `module:attribute` for each command.
    """

    def __init__(self, *arguments: Any, commands_by_name: Mapping[str, str], **given: Any) -> None:
        super().__init__(*arguments, **given)
        self._commands_by_name = commands_by_name

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands in alphabetical order."""
        return sorted({*super().list_commands(ctx), *self._commands_by_name})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of this name, or None."""
        if cmd_name not in self._commands_by_name:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._commands_by_name[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self._commands_by_name[cmd_name]} is not a command")
        return command


def _set_folder(_context: click.Context, _option: click.Parameter, folder: Path | None) -> None:
    if folder is not None:
        os.environ[f"{PREFIX}FOLDER"] = str(folder)
