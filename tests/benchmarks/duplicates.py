"""The search for copies among 100,000 pictures, compared with a scan of all hashes.

    .venv/bin/python tests/benchmarks/duplicates.py [--pictures 100000] [--questions 100]
    .venv/bin/python tests/benchmarks/duplicates.py --postgres postgres://…/an_empty_database

Without `--postgres` the database is SQLite in a temporary folder. The pictures of the database are random hashes of one
community, and a hundred drawn photographs among them. Each question is a copy of one of these, cut by 5% on every side.

Both ways take turns in one run. The scan reads every hash of the community and counts the different bits in Python.
The benchmark prints the medians, the 95th percentiles and the ratio. The processor time of a whole check includes
the search, the comparison of the candidates and all statements. No figure decides anything by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from PIL import Image

from community.database import use_database
from community.demo.photographs import draw_photographs
from community.kernel import db
from community.kernel.migrate import migrate
from community.media import duplicates, fingerprint_store
from community.media.fingerprint_store import FingerprintRow
from community.media.fingerprints import keys
from community.media.fingerprints.fingerprint import Fingerprint, make_fingerprint
from community.media.fingerprints.hashes import Hashes, build_question, find_pairings, unpack
from community.media.fingerprints.squares import read_square
from community.settings import Settings
from tests.support.backends import SECRET
from tests.support.near_duplicates import crop

BATCH = 1_000
DRAWN = 40
COMMUNITY = 1


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


async def fill(pictures: int, drawn: list[tuple[Fingerprint, Fingerprint]]) -> None:
    """Fill the tables of the search. Only they are read by it."""
    chance = random.Random(1)
    for table in ("community", "person", "membership"):
        await db.execute(f"DELETE FROM {table}")
    await db.execute("INSERT INTO person (id, nickname, created_at) VALUES (1, 'one', '2026-01-01T00:00:00Z')")
    hashes = [unpack(own.hashes) for own, _ in drawn] + [invent(chance) for _ in range(pictures - len(drawn))]
    for start in range(0, pictures, BATCH):
        await _fill_batch(start, hashes[start : start + BATCH], drawn)


@db.transactional
async def _fill_batch(start: int, hashes: list[Hashes], drawn: list[tuple[Fingerprint, Fingerprint]]) -> None:
    for number, one in enumerate(hashes, start + 1):
        square = drawn[number - 1][0].square if number <= len(drawn) else b"\0" * 3_900
        await db.execute(
            "INSERT INTO media (id, person_id, digest, size_bytes, state, name, original_name, created_at)"
            " VALUES ($1, 1, $2, 1, 'PROCESSING', $2, $2, '2026-01-01T00:00:00Z')",
            number, f"picture {number}",
        )  # fmt: skip
        await fingerprint_store.insert(number, Fingerprint(one.pack(), square))
        await db.execute(
            "INSERT INTO picture_fingerprint_key (community_id, band, fingerprint_id) SELECT $1, k.band, $3"
            " FROM unnest($2::bigint[]) WITH ORDINALITY AS k (band, place) WHERE k.place > 0",
            COMMUNITY, keys.list_stored_keys(one), number,
        )  # fmt: skip


async def scan(question) -> list[int]:
    """Return the candidates by a look at every hash."""
    rows = await db.client().execute_query_dict("SELECT id, hashes FROM picture_fingerprint")
    return [row["id"] for row in rows if find_pairings(question, unpack(bytes(row["hashes"])))]


async def measure(drawn: list[tuple[Fingerprint, Fingerprint]], questions: int) -> None:
    """Ask, and print the figures."""
    searched, scanned, checked, found, agreed = [], [], [], 0, 0
    for number in range(questions):
        copy = drawn[number % len(drawn)][1]
        asked = FingerprintRow(0, 0, "none", copy.hashes, copy.square)
        question = build_question(read_square(copy.square), unpack(copy.hashes))
        before = time.perf_counter()
        candidates = await duplicates.list_candidates(COMMUNITY, question)
        searched.append((time.perf_counter() - before) * 1_000)
        before = time.process_time()
        found += number % len(drawn) + 1 in await duplicates.find_alike(COMMUNITY, asked)
        checked.append((time.process_time() - before) * 1_000)
        if number < 5:
            before = time.perf_counter()
            agreed += sorted(await scan(question)) == sorted(candidates)
            scanned.append((time.perf_counter() - before) * 1_000)
    print_times("candidates, wall", searched)
    print_times("whole check, processor", checked)
    print_times("scan of all hashes, wall", scanned)
    ratio = statistics.median(scanned) / statistics.median(searched)
    print(
        f"{found} of {questions} copies found; the scan takes {ratio:.0f} times as long; {agreed} of {len(scanned)} equal"
    )


def print_times(name: str, times_ms: list[float]) -> None:
    """Print the median and the 95th percentile."""
    ordered = sorted(times_ms)
    print(f"{name:26} median {statistics.median(ordered):7.1f} ms, p95 {ordered[int(len(ordered) * 0.95)]:7.1f} ms")


async def run(settings: Settings, pictures: int, questions: int) -> None:
    """Fill a database and measure."""
    async with use_database(settings):
        await migrate()
        drawn = draw()
        await fill(pictures, drawn)
        if db.dialect() is db.Dialect.POSTGRES:
            await db.execute("VACUUM ANALYZE picture_fingerprint_key")
            await db.execute("VACUUM ANALYZE picture_fingerprint")
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
