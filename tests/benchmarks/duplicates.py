"""The search for copies among 100,000 pictures, compared with a scan of all hashes.

    .venv/bin/python tests/benchmarks/duplicates.py [--pictures 100000] [--questions 100]
    .venv/bin/python tests/benchmarks/duplicates.py --postgres postgres://…/an_empty_database

Without `--postgres` the database is SQLite in a temporary folder. The pictures of the database are random hashes of one
community, and drawn photographs among them. Each question is a copy of one of these, cut by 5% on every side.

Both ways take turns in one run. The scan reads every hash of the community and counts the different bits in Python.
It may find further candidates that differ in 8 to 12 bits, see `media/fingerprints/keys.py`. One that differs in fewer
bits is an error. The benchmark prints the medians, the 95th percentiles and the ratio. The processor time of a whole
check includes the search, the comparison of the candidates and all statements. No time decides anything by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import asyncpg
from PIL import Image

from community.database import use_database
from community.demo.photographs import draw_photographs
from community.kernel import db
from community.kernel.migrate import migrate
from community.media import duplicates
from community.media.fingerprint_store import FingerprintRow
from community.media.fingerprints import keys
from community.media.fingerprints.fingerprint import Fingerprint, make_fingerprint
from community.media.fingerprints.hashes import Hashes, build_question, find_pairings, unpack
from community.media.fingerprints.squares import read_square
from community.settings import Settings
from tests.support.backends import SECRET
from tests.support.near_duplicates import crop

DRAWN = 40
COMMUNITY = 1
SURE_BITS = 7
"""The search finds every hash with so few different bits."""


def draw() -> list[tuple[Fingerprint, Fingerprint]]:
    """Draw photographs, and return the fingerprints of each and of its copy."""
    found = []
    for one in draw_photographs(DRAWN, (720, 540)):
        image = Image.open(io.BytesIO(one.data)).convert("RGB")
        copy = crop(image, left=0.05, top=0.05, right=0.05, lower=0.05)
        found.append((make_fingerprint(image), make_fingerprint(copy)))
    return found


def invent(chance: random.Random) -> Hashes:
    """Return random hashes. Those of the crops differ from the whole one in eight bits."""
    whole = chance.getrandbits(64)
    crops = tuple(whole ^ sum(1 << bit for bit in chance.sample(range(64), 8)) for _ in range(5))
    return Hashes(whole, crops, chance.getrandbits(64))


def list_rows(pictures: int, drawn: list[tuple[Fingerprint, Fingerprint]]) -> dict[str, tuple[str, list[tuple]]]:
    """Return the columns and the rows of each table of the search. Foreign keys are off while they are written."""
    chance = random.Random(1)
    hashes = [unpack(own.hashes) for own, _ in drawn] + [invent(chance) for _ in range(pictures - len(drawn))]
    squares = [own.square for own, _ in drawn]
    return {
        "picture_fingerprint": (
            "id media_id digest hashes square",
            [
                (number, number, f"picture {number}", one.pack(), squares[number % len(squares) - 1])
                for number, one in enumerate(hashes, 1)
            ],
        ),
        "picture_fingerprint_key": (
            "community_id band hash fingerprint_id",
            sorted(
                (COMMUNITY, key.band, key.hash, number)
                for number, one in enumerate(hashes, 1)
                for key in keys.list_stored_keys(one)
            ),
        ),
    }


async def fill(settings: Settings, tables: dict[str, tuple[str, list[tuple]]]) -> None:
    """Write the rows as fast as the database takes them."""
    kind, _, path = settings.database_url.partition("://")
    if kind == "sqlite":
        with closing(sqlite3.connect(path)) as file:
            for table, (columns, rows) in tables.items():
                places = ", ".join("?" * len(columns.split()))
                file.executemany(f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({places})", rows)
            file.commit()
            file.execute("ANALYZE")
        return
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        for table, (columns, rows) in tables.items():
            await connection.copy_records_to_table(table, records=rows, columns=columns.split())
            await connection.execute(f"VACUUM ANALYZE {table}")
    finally:
        await connection.close()


async def scan(question) -> dict[int, int]:
    """Return the least number of different bits of each candidate, by a look at every hash."""
    rows = await db.client().execute_query_dict("SELECT id, hashes FROM picture_fingerprint")
    found = ((row["id"], find_pairings(question, unpack(bytes(row["hashes"])))) for row in rows)
    return {number: pairings[0].distance for number, pairings in found if pairings}


async def measure(drawn: list[tuple[Fingerprint, Fingerprint]], questions: int) -> None:
    """Ask, and print the figures."""
    searched, spent, scanned, checked, further, found = [], [], [], [], [], 0
    for number in range(questions):
        copy = drawn[number % len(drawn)][1]
        asked = FingerprintRow(0, 0, "none", copy.hashes, copy.square)
        question = build_question(read_square(copy.square), unpack(copy.hashes))
        before, started = time.perf_counter(), time.process_time()
        candidates = await duplicates.list_candidates(COMMUNITY, question)
        searched.append((time.perf_counter() - before) * 1_000)
        spent.append((time.process_time() - started) * 1_000)
        before = time.process_time()
        found += number % len(drawn) + 1 in (await duplicates.find_alike(COMMUNITY, asked)).kinds
        checked.append((time.process_time() - before) * 1_000)
        if number < 5:
            before = time.perf_counter()
            near = await scan(question)
            assert set(candidates.ids) <= near.keys()
            further += [bits for other, bits in near.items() if other not in candidates.ids]
            scanned.append((time.perf_counter() - before) * 1_000)
    print_times("candidates, wall", searched)
    print_times("candidates, processor", spent)
    print_times("whole check, processor", checked)
    print_times("scan of all hashes, wall", scanned)
    ratio = statistics.median(scanned) / statistics.median(searched)
    assert min(further, default=SURE_BITS + 1) > SURE_BITS, further
    print(f"{found} of {questions} copies found. {len(scanned)} scans find further candidates with {further} bits")
    print(f"ratio of the scan to the search: {ratio:.0f}")


def print_times(name: str, times_ms: list[float]) -> None:
    """Print the median and the 95th percentile."""
    ordered = sorted(times_ms)
    print(f"{name:26} median {statistics.median(ordered):7.1f} ms, p95 {ordered[int(len(ordered) * 0.95)]:7.1f} ms")


async def run(settings: Settings, pictures: int, questions: int) -> None:
    """Fill a database and measure."""
    async with use_database(settings):
        await migrate()
        drawn = draw()
        await fill(settings, list_rows(pictures, drawn))
        # As a worker after its start. Otherwise each collection of garbage looks at all modules, for 55 ms.
        gc.collect()
        gc.freeze()
        await measure(drawn, questions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--postgres", help="URL of an empty database")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="community-duplicates-") as folder:
        url = given.postgres or f"sqlite://{folder}/db.sqlite3"
        settings = Settings(token_secret=SECRET, database_url=url, media_store=f"file://{folder}/media")
        asyncio.run(run(settings, given.pictures, given.questions))


if __name__ == "__main__":
    main()
