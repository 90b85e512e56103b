"""`community audit` and `seal`: checks of the books."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from community.cli.common import EXIT_FAILURE, run_with_database
from community.cli.lazy import FolderCommand
from community.kernel.invariants import STATEMENT_TIMEOUT_MS, InvariantResult, Position, check_invariants
from community.kernel.seals.chain import SealRow, find_newest, seal_all
from community.kernel.seals.checks import check_seals, find_age, is_kept
from community.system.invariants import INVARIANTS

EXIT_STOPPED = 3
"""Exit status of an audit that was stopped before its end."""
_SEALS = "~seals"
"""The name in a position after all tables."""
_KEEP_S = 1.0


@click.command(cls=FolderCommand)
def seal() -> None:
    """Seal the new rows of the books, and print the newest seal.

    The audit trail and all other rows that never change are sealed too. Keep it outside the database.
    `community audit --seal` then finds whether anything older was changed.
    """

    async def work() -> SealRow | None:
        await seal_all()
        return await find_newest()

    newest = run_with_database(work(), statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    click.echo("there is nothing to seal" if newest is None else f"{newest.id}:{newest.digest}")


@dataclass(slots=True)
class _Audit:
    """A running audit, which a stop signal ends after the present stretch."""

    path: Path | None
    is_ok: bool = True
    stopped: bool = False
    position: Position = field(default_factory=Position)
    kept_at: float = 0.0

    def load(self) -> None:
        """Load the position of the file, if there is one."""
        if self.path is not None and self.path.exists():
            kept = json.loads(self.path.read_text())
            self.is_ok, self.position = kept["is_ok"], Position(**kept["position"])

    def is_stopped(self, position: Position) -> bool:
        """Keep the position, and return True after a stop signal."""
        if self.path is not None and (self.stopped or time.monotonic() - self.kept_at > _KEEP_S):
            new = self.path.with_name(f"{self.path.name}.new")
            new.write_text(json.dumps({"is_ok": self.is_ok, "position": asdict(position)}))
            new.replace(self.path)
            self.kept_at = time.monotonic()
        return self.stopped

    def stop(self, *_: object) -> None:
        """Handle a stop signal."""
        self.stopped = True

    def report(self, fault: str) -> None:
        """Print a fault."""
        self.is_ok = False
        click.echo(f"BAD  {fault}")

    async def run(self) -> None:
        """Check all invariants and all seals."""
        async for result in check_invariants(INVARIANTS, position=self.position, is_stopped=self.is_stopped):
            self._print_result(result)
        if self.stopped:
            return
        if self.position.table != _SEALS:
            self.position = Position(_SEALS)
        count = redacted = 0
        async for finding in check_seals(self.position.after_id):
            count, redacted = count + 1, redacted + len(finding.redacted)
            if finding.redacted:
                rows = ", ".join(map(str, finding.redacted))
                cause = finding.reason or "an erasure"
                click.echo(f"     seal {finding.seal_id}: made after {cause} in {finding.content} {rows}")
            if finding.fault is not None:
                self.report(f"seal {finding.seal_id}: {finding.fault}")
            self.position.after_id = finding.seal_id
            if self.is_stopped(self.position):
                return
        if fault := (await find_age()).fault:
            self.report(f"{fault}: is a relay running?")
        click.echo(f"     {count:>11,} seals, {redacted:,} rows were redacted after they had been sealed")

    def _print_result(self, result: InvariantResult) -> None:
        rows = f"{result.rows_examined:>11,} {result.invariant.table}"
        if not result.violations:
            click.echo(f"ok   {rows:<30} {result.invariant.description}")
            return
        self.report(f"{rows:<30} {result.invariant.description}")
        click.echo(f"     violated by: {result.invariant.table} {', '.join(map(str, result.violations))}")


@click.command(cls=FolderCommand)
@click.option("--seal", "kept", multiple=True, help="A seal that was printed before, which must still be there.")
@click.option(
    "--position", type=click.Path(dir_okay=False, path_type=Path),
    help="A file for the position of this audit. After a stop, the same call continues there.",
)  # fmt: skip
def audit(kept: tuple[str, ...], position: Path | None) -> None:
    """Check every invariant on every row, and every seal.

    Exit status 1 if one is violated, 3 if a signal stopped the audit.
    """
    running = _Audit(position)
    running.load()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, running.stop)

    async def work() -> None:
        for text in kept:
            if not await is_kept(text):
                running.report(f"the seal {text} is not in the database: sealed rows were changed or deleted")
        await running.run()

    started = time.monotonic()
    run_with_database(work(), statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    if running.stopped:
        click.echo("stopped before the end" + ("" if position is None else "; the same call continues here"))
        sys.exit(EXIT_STOPPED)
    if position is not None:
        position.unlink(missing_ok=True)
    outcome = "every invariant holds" if running.is_ok else "an invariant is violated"
    click.echo(f"{outcome}, in {time.monotonic() - started:.1f} s")
    sys.exit(0 if running.is_ok else EXIT_FAILURE)
