"""The command `community`, typed in this process or as a process of its own."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from community import cli
from community import settings as configuration
from community.settings import PREFIX

COMMAND = (sys.executable, "-m", "community")


@dataclass(frozen=True)
class Done:
    """The output and the exit status of a command."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams, standard output first."""
        return self.stdout + self.stderr


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment with no settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {PREFIX + name: value for name, value in variables.items()}


def run(*arguments: str, cwd: Path, **variables: str) -> Done:
    """Run a command in this process. A process of its own takes two seconds to import what it needs.

    An exception that the command does not turn into a sentence for the operator is raised.
    """
    with contextlib.chdir(cwd), _environment_of(variables), _logging_kept():
        done = CliRunner().invoke(cli.main, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(done.exit_code, done.stdout, done.stderr)


def run_process(*arguments: str, cwd: Path, **variables: str) -> Done:
    """Run a command as a process of its own."""
    done = subprocess.run(
        [*COMMAND, *arguments], cwd=cwd, env=environment(**variables), capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def _environment_of(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    wanted = environment(**variables)
    configuration.get_settings.cache_clear()
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        configuration.get_settings.cache_clear()


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    """Undo what a command does to the logging of its process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "tortoise", "asyncpg")}
    root.handlers[:] = []
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)
