"""Errors that are planted into the points bank, one at a time, and the tests that must catch each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = "src/community/points"
MACHINE = "tests/points/test_machine.py"
SPENDING = "tests/points/test_spend.py"
HOLDS = "tests/points/test_holds.py"
CLAW_BACK = "tests/points/earning/test_claw_back.py"


@dataclass(frozen=True)
class Mutant:
    """One error: some text of a module of `points/` that stands there once, and what stands there instead.

    `also` is planted with it: texts of the same module, where two guards hold one rule and either is enough.
    """

    name: str
    module: str
    was: str
    now: str
    held_by: str = MACHINE
    backend: str = "embedded"
    also: tuple[tuple[str, str], ...] = ()


MUTANTS = [
    Mutant("a balance that nobody guards", "journal.py",
           "return None if missing else await self._take(entry_id, parts, into=into)",
           "return await self._take(entry_id, parts, into=into)"),
    Mutant("a balance that nobody guards in the one statement", "spend.py",
           "\n    AND (SELECT sum(taken) FROM chosen) = $3", "", held_by=SPENDING, backend="servers"),
    Mutant("no idempotency", "spend.py",
           """    done = await _find_result(community_id, EntryKind.SPEND, source, given)
    if done is not None:
        return done""",
           """    source = Source(source.key + clock.now().isoformat(), source.inputs)""",
           also=(('await idempotent.run_once(community_id, "spend", source, given, work)', "await work()"),)),
    Mutant("a key that is good for something else", "idempotent.py",
           "    return {**stored, SENDER: None} == {**given, SENDER: None}", "    return True",
           held_by="tests/api/test_points.py", backend="servers"),
    Mutant("a refusal that is forgotten", "spend.py",
           'await idempotent.run_once(community_id, "spend", source, given, work)', "await work()",
           held_by="tests/api/test_points.py"),
    Mutant("no idempotency in the one statement", "spend.py",
           "SELECT $1, 'SPEND', $4, $5, $6 FROM paid RETURNING id",
           "SELECT $1, 'SPEND', CAST($4 AS TEXT) || clock_timestamp(), $5, $6 FROM paid RETURNING id",
           held_by=SPENDING, backend="servers"),
    Mutant("a refund into a new lot", "journal.py",
           """        for one in withdrawals:
            await db.execute(_MOVE_LOT, one.lot_id, one.left)
            await db.execute(_NEW_MOVEMENT, self.community_id, one.lot_id, posting, one.left, one.movement_id)
""",
           """        expires_at = withdrawals[0].expires_at.replace(year=2099)
        await _NEW_LOT.one(self.community_id, self.id, posting, total, expires_at)
"""),
    Mutant("a refund of more than was spent", "spend.py", "if missing or not chosen:", "if not chosen:"),
    Mutant("expiry by creation date", "journal.py",
           'remaining > 0 AND expires_at > $2"\n    " ORDER BY expires_at, id"',
           'remaining > 0 AND expires_at > $2"\n    " ORDER BY id DESC"'),
    Mutant("ended points that can be spent", "journal.py",
           'FROM lot WHERE account_id = $1 AND remaining > 0 AND expires_at > $2"',
           'FROM lot WHERE account_id = $1 AND remaining > 0 AND $2 = $2"',
           held_by=SPENDING, also=(("for lot in await _DUE_LOTS.all(self.id, now):", "for lot in list[_Lot]():"),)),
    Mutant("ended points that can be spent in the one statement", "spend.py",
           "AND remaining > 0 AND expires_at > $6", "AND remaining > 0", held_by=SPENDING, backend="servers"),
    Mutant("a refund that renews an ended lot", "journal.py",
           "for one in withdrawals if one.expires_at <= now]", "for one in withdrawals if one.left < 0]",
           held_by=SPENDING),
    Mutant("a hold that is resolved twice", "holds.py",
           "WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING id",
           "WHERE community_id = $1 AND id = $2 RETURNING id", held_by=HOLDS),
    Mutant("a hold that is captured after its time", "holds.py", "if hold.expires_at <= clock.now():", "if False:",
           held_by=HOLDS),
    Mutant("a debt that is not repaid first", "journal.py", "repaid = min(self.debt, amount)", "repaid = 0"),
    Mutant("a debt that does not block", "spend.py", "    if account.debt:\n        raise InDebt\n", "",
           held_by=CLAW_BACK),
    Mutant("a claw-back of what is left only", "earning/claw_back.py",
           "        await account.add_debt(entry, missing)", "        pass"),
    Mutant("a claw-back of what had ended", "earning/claw_back.py",
           "wanted = award.amount - lot.expired", "wanted = award.amount"),
    Mutant("a growth value that falls", "journal.py",
           "await self._save(balance=before - sum(part.amount for part in parts), debt=self.debt)",
           "self.growth = max(0, self.growth - 1)\n"
           "        await self._save(balance=before - sum(part.amount for part in parts), debt=self.debt)"),
    Mutant("a statement whose balance does not run", "journal.py",
           "from_balance=before - amount,\n", "from_balance=before,\n"),
]  # fmt: skip


def plant(mutant: Mutant, text: str) -> str:
    """Return the module's text with the error in it. Fails unless each replaced text stands there once."""
    for was, now in ((mutant.was, mutant.now), *mutant.also):
        assert text.count(was) == 1, f"{mutant.name}: {was!r} is there {text.count(was)} times"
        text = text.replace(was, now)
    return text


def run_with(folder: Path, mutant: Mutant) -> subprocess.CompletedProcess[str]:
    """Run the tests that hold the mutant's rule on a copy of the sources with the error in it."""
    for package in ("src/community", "workers"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    where = subprocess.run(
        [sys.executable, "-c", "import community; print(community.__file__)"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert where.startswith(str(folder)), "the tests would run on other sources"
    path = folder / SOURCES / mutant.module
    path.write_text(plant(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-x", "-k", mutant.backend, mutant.held_by],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
