"""The search in a large index, compared with LIKE and with trigrams in the same run.

    .venv/bin/python tests/benchmarks/search.py [--documents 300000] [--communities 300] [--questions 300]
    .venv/bin/python tests/benchmarks/search.py --sqlite [--documents 50000] [--communities 50]

Without `--sqlite` it needs PostgreSQL (`COMMUNITY_TEST_DATABASE_URL`) with the extension pg_trgm. The texts are words
of two to four characters with the frequencies of a natural text, about 120 characters each. Each question is a part
of a text in the asked community. All ways take turns, and must find the same. It prints medians and 95th percentiles
of a first page, the sizes of the indexes, and the time of adding one document.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import asyncpg

from community.conversation.search import LISTS, SearchOrder
from community.database import use_database
from community.kernel import clock, db
from community.kernel.migrate import migrate
from community.kernel.paging import PageRequest
from community.search import index
from community.search.index import Document
from community.search.models import SearchKind
from community.search.tokens import Query, label, list_tokens, normalise, parse_query
from community.settings import Settings
from tests.support.backends import SECRET, Servers

COLUMNS = "id community_id kind subject_id number title content tokens"
_LIKE = "SELECT id FROM {table} WHERE community_id = {community} AND content LIKE '%{text}%' ORDER BY id DESC LIMIT 21"


def make_words(chance: random.Random) -> tuple[list[str], list[float]]:
    """Return words and their frequencies, which fall as those of a language do."""
    # The index has normalised texts, and so have the tables beside it.
    characters = [each for each in map(chr, range(0x4E00, 0x9FA6, 5)) if normalise(each) == each][:2_500]
    weights = [1 / (rank + 5) for rank in range(len(characters))]
    words = ["".join(chance.choices(characters, weights, k=chance.choice((2, 2, 2, 3, 4)))) for _ in range(20_000)]
    return words, [1 / (rank + 10) for rank in range(len(words))]


def iter_documents(documents: int, communities: int) -> Iterator[tuple]:
    """Yield rows of the index."""
    chance = random.Random(1)
    words, weights = make_words(chance)
    for number in range(1, documents + 1):
        text = "".join(chance.choices(words, weights, k=50))
        community = number % communities + 1
        content = f"{text[:10]}\n{text[10:]}"
        tokens = " ".join([*list_tokens(content), label("community", community)])
        yield number, community, "SUBMISSION", number, 1, text[:10], content, tokens


async def fill(settings: Settings, documents: int, communities: int) -> None:
    """Write the documents, as fast as the database takes them."""
    rows = iter_documents(documents, communities)
    kind, _, path = settings.database_url.partition("://")
    if kind == "sqlite":
        places = ", ".join("?" * len(COLUMNS.split()))
        with closing(sqlite3.connect(path)) as file:
            file.executemany(f"INSERT INTO search_document ({', '.join(COLUMNS.split())}) VALUES ({places})", rows)
            file.commit()
            file.execute("ANALYZE")
        return
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
    # The index is built after the rows, which is several times as fast.
    index = await connection.fetchval("SELECT indexdef FROM pg_indexes WHERE indexname = 'search_document_index'")
    await connection.execute("DROP INDEX search_document_index")
    await connection.copy_records_to_table("search_document", records=rows, columns=COLUMNS.split())
    await connection.execute(index)
    await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    await connection.execute("CREATE TABLE plain AS SELECT id, community_id, content FROM search_document")
    await connection.execute("CREATE INDEX plain_community ON plain (community_id, id)")
    await connection.execute("CREATE TABLE trigrams AS SELECT id, community_id, content FROM search_document")
    await connection.execute("CREATE INDEX trigrams_content ON trigrams USING gin (content gin_trgm_ops)")
    await connection.execute(
        "SELECT setval(pg_get_serial_sequence('search_document', 'id'), (SELECT max(id) FROM search_document))"
    )
    for table in ("search_document", "plain", "trigrams"):
        await connection.execute(f"VACUUM ANALYZE {table}")
    for name in ("search_document", "search_document_index", "plain", "trigrams_content"):
        size = await connection.fetchval("SELECT pg_relation_size($1::regclass)", name)
        print(f"{name:24} {size / 1e6:8.0f} MB")
    await connection.close()


def build_query(community: int, text: str) -> Query:
    return parse_query(text, labels=(label("community", community),))


async def ask_index(community: int, text: str) -> list[int]:
    query = build_query(community, text)
    built = query.build(for_sqlite=db.dialect() is db.Dialect.SQLITE)
    page = await LISTS[SearchOrder.NEWEST, False].page(PageRequest(), built, query.phrases, query.exempt_authors, [])
    return [row.id for row in page.rows]


def ask_like(table: str) -> Callable[[int, str], Awaitable[list[int]]]:
    async def ask(community: int, text: str) -> list[int]:
        rows = await db.client().execute_query_dict(_LIKE.format(table=table, community=community, text=text))
        return [row["id"] for row in rows][:20]

    return ask


async def measure(documents: int, communities: int, questions: int, ways: dict[str, Callable]) -> None:
    """Ask, and print the times of each way by the length of the question."""
    chance = random.Random(2)
    for length in (1, 2, 3, 4):
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(questions):
            number = chance.randint(1, documents)
            (content,) = (
                await db.client().execute_query_dict(f"SELECT content FROM search_document WHERE id = {number}")
            )[0].values()
            start = chance.randint(11, len(content) - length)
            text = content[start : start + length]
            found = {}
            for way, ask in ways.items():
                before = time.perf_counter()
                found[way] = await ask(number % communities + 1, text)
                times[way].append((time.perf_counter() - before) * 1_000)
            if len({tuple(ids) for ids in found.values()}) > 1:
                raise SystemExit(f"the ways differ for {text}: {found}")
        for way, spent in times.items():
            ordered = sorted(spent)
            p95 = ordered[int(len(ordered) * 0.95)]
            print(f"{length} characters  {way:12} median {statistics.median(ordered):8.2f} ms, p95 {p95:8.2f} ms")


async def measure_publication(documents: int) -> None:
    """Print the time of adding one document."""
    spent = []
    for number, row in zip(range(200), iter_documents(200, 1), strict=False):
        document = Document(1, SearchKind.SUBMISSION, documents + 1 + number, 1, title=row[5], tags=(), text=row[6])
        before = time.perf_counter()
        await db.transaction(lambda document=document: index.put(document))
        spent.append((time.perf_counter() - before) * 1_000)
    print(f"adding a document: median {statistics.median(spent):.2f} ms with its transaction")


async def run(settings: Settings, given: argparse.Namespace, ways: dict[str, Callable]) -> None:
    async with use_database(settings):
        await migrate()
        await fill(settings, given.documents, given.communities)
        await measure(given.documents, given.communities, given.questions, ways)
        await db.execute(
            "INSERT INTO community (id, name, time_zone, visibility, joining, created_at)"
            " VALUES (1, '幸福里', 'Asia/Shanghai', 'PUBLIC', 'OPEN', $1)",
            clock.now(),
        )
        await measure_publication(given.documents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int)
    parser.add_argument("--communities", type=int)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--sqlite", action="store_true")
    given = parser.parse_args()
    given.documents = given.documents or (50_000 if given.sqlite else 300_000)
    given.communities = given.communities or (50 if given.sqlite else 300)
    with tempfile.TemporaryDirectory(prefix="community-search-") as folder:
        ways: dict[str, Callable] = {"index": ask_index}
        if given.sqlite:
            settings = Settings(token_secret=SECRET, database_url=f"sqlite://{folder}/db.sqlite3")
            asyncio.run(run(settings, given, ways | {"LIKE": ask_like("search_document")}))
            return
        servers = Servers()
        servers.start()
        try:
            with servers.create_database() as settings:
                asyncio.run(run(settings, given, ways | {"LIKE": ask_like("plain"), "trigrams": ask_like("trigrams")}))
        finally:
            servers.stop()


if __name__ == "__main__":
    main()
