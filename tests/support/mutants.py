"""Errors to plant into the points bank, one at a time, and the tests that must catch them."""

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
    """One error: a text that occurs once in a module of `points/`, and its replacement.

    `also` has further replacements in the same module, where two checks guard one rule and either is enough.
    """

    name: str
    module: str
    original: str
    mutated: str
    caught_by: str = MACHINE
    backend: str = "embedded"
    also: tuple[tuple[str, str], ...] = ()


MUTANTS = [
    Mutant("balance is not checked", "journal.py",
           "return None if missing else await self._take(entry_id, parts, into=into)",
           "return await self._take(entry_id, parts, into=into)"),
    Mutant("balance is not checked in one statement", "spend.py",
           "\n    AND (SELECT sum(taken) FROM chosen) = $3", "", caught_by=SPENDING, backend="servers"),
    Mutant("spend is not idempotent", "spend.py",
           """    done = await _find_result(community_id, EntryKind.SPEND, source, given)
    if done is not None:
        return done""",
           """    source = Source(source.key + clock.now().isoformat(), source.inputs)""",
           also=(('await idempotent.run_once(community_id, "spend", source, given, work)', "await work()"),)),
    Mutant("key is accepted for another input", "idempotent.py",
           "    return all(given.get(name) == value for name, value in stored.items() if name != SENDER)",
           "    return True",
           caught_by="tests/api/test_points.py", backend="servers"),
    Mutant("refusal is not stored", "spend.py",
           'await idempotent.run_once(community_id, "spend", source, given, work)', "await work()",
           caught_by="tests/api/test_points.py"),
    Mutant("spend is not idempotent in one statement", "spend.py",
           "SELECT $1, 'SPEND', $4, $5, $6 FROM claimed",
           "SELECT $1, 'SPEND', CAST($4 AS TEXT) || clock_timestamp(), $5, $6 FROM claimed",
           caught_by=SPENDING, backend="servers"),
    Mutant("refund goes into a new lot", "journal.py",
           """        await lots.move_lots(self.community_id, returned)
""",
           """        expires_at = withdrawals[0].expires_at.replace(year=2099)
        await _NEW_LOT.one(self.community_id, self.id, posting, total, expires_at)
"""),
    Mutant("refund exceeds the spend", "spend.py", "if missing or not chosen:", "if not chosen:"),
    Mutant("lots are spent by creation date", "journal.py",
           'remaining > 0 AND expires_at > $2"\n    " ORDER BY expires_at, id"',
           'remaining > 0 AND expires_at > $2"\n    " ORDER BY id DESC"'),
    Mutant("expired points can be spent", "journal.py",
           'FROM lot WHERE account_id = $1 AND remaining > 0 AND expires_at > $2"',
           'FROM lot WHERE account_id = $1 AND remaining > 0 AND $2 = $2"',
           caught_by=SPENDING, also=(("return (await lots.expire_due_lots([self])).get(self.id, 0)", "return 0"),)),
    Mutant("expired points can be spent in one statement", "spend.py",
           "AND remaining > 0 AND expires_at > $6", "AND remaining > 0", caught_by=SPENDING, backend="servers"),
    Mutant("refund renews an expired lot", "journal.py",
           "for one in withdrawals if one.expires_at <= now]", "for one in withdrawals if one.left < 0]",
           caught_by=SPENDING),
    Mutant("hold is resolved twice", "holds.py",
           "WHERE community_id = $1 AND id = $2 AND state = 'OPEN' RETURNING id",
           "WHERE community_id = $1 AND id = $2 RETURNING id", caught_by=HOLDS),
    Mutant("hold is captured after its time limit", "holds.py", "if hold.expires_at <= clock.now():", "if False:",
           caught_by=HOLDS),
    Mutant("debt is not repaid first", "journal.py", "repaid = min(self.debt, amount)", "repaid = 0"),
    Mutant("debt does not block spending", "spend.py", "    if account.debt:\n        raise InDebt\n", "",
           caught_by=CLAW_BACK),
    Mutant("claw-back adds no debt", "earning/claw_back.py",
           "        await account.add_debt(entry, missing)", "        pass"),
    Mutant("claw-back takes expired points", "earning/claw_back.py",
           "wanted = lot.amount - lot.expired", "wanted = lot.amount"),
    Mutant("growth value falls", "journal.py",
           "await self._save(balance=before - sum(part.amount for part in parts), debt=self.debt)",
           "self.growth = max(0, self.growth - 1)\n"
           "        await self._save(balance=before - sum(part.amount for part in parts), debt=self.debt)"),
    Mutant("statement has the wrong balance", "journal.py",
           "from_balance=before - amount,\n", "from_balance=before,\n"),
]  # fmt: skip


def plant(mutant: Mutant, text: str) -> str:
    """Return the module's text with the error. Fails unless each replaced text occurs once."""
    for original, mutated in ((mutant.original, mutant.mutated), *mutant.also):
        count = text.count(original)
        assert count == 1, f"{mutant.name}: {original!r} occurs {count} times"
        text = text.replace(original, mutated)
    return text


def run_with(folder: Path, mutant: Mutant) -> subprocess.CompletedProcess[str]:
    """Run the tests that must catch a mutant, on a copy of the sources with the error."""
    for package in ("src/community", "workers"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    where = subprocess.run(
        [sys.executable, "-c", "import community; print(community.__file__)"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert where.startswith(str(folder)), "the tests would use other sources"
    path = folder / SOURCES / mutant.module
    path.write_text(plant(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "0", "-x", "-k", mutant.backend, mutant.caught_by],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
