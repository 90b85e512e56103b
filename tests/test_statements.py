"""Every statement of the service returns the fields of its row, on both databases."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import count
from pathlib import Path

import community
from community.accounts import sessions
from community.communities import member_list
from community.communities import queries as communities
from community.conversation import reading
from community.events import queries as events
from community.kernel import audit, db
from community.kernel.db import Dialect, translate_to_sqlite
from community.kernel.invariants import Invariant
from community.kernel.listing import Listing
from community.kernel.personal import Part
from community.kernel.schema_drift import sqlite
from community.kernel.schema_drift.schema_objects import SchemaObject
from community.kernel.seals.chain import WriterRow
from community.leaderboards.declarations import SOURCES
from community.notices import queries as notices
from community.points import queries as points
from community.points.spend import MovementResult
from community.review import history
from community.review import queries as review
from community.review import queue as review_queue
from community.rewards import listing as rewards
from community.scores import boards, scores
from community.submissions import feed, publications, trail
from community.submissions import queries as submissions
from community.submissions.models import FeedOrder
from community.submissions.related import OWN_ROWS, PUBLISHED_ROWS

POSTGRES_ONLY = {SchemaObject, MovementResult, WriterRow}
SQLITE_ONLY = {sqlite._CatalogueRow}


def narrow(listing: Listing, own: int, filters: Sequence[str] = (), branches: Sequence[str] = ()) -> db.Select:
    """Return the statement of a list with further conditions, after its own `own` parameters."""
    numbers = count(own + 1)
    number = partial(re.sub, r"\{\}", lambda _: f"${next(numbers)}")
    return listing.statement(21, tuple(map(number, filters)), tuple(map(number, branches)))


_FEED_FILTERS = (
    "published_at >= {}",
    "published_at < {}",
    "published_for = 'PUBLIC'",
    "author_id = {}",
    "recommended",
    feed._TAGGED,
)
_REWARD_FILTERS = (
    "COALESCE(opens_at, published_at) <= {}", "(closes_at IS NULL OR closes_at > {})", rewards._HAS_PIECES,
)  # fmt: skip

BUILT = [
    *(
        narrow(listing, 2 if order is FeedOrder.MOST_LIKED_THIS_WEEK else 1, filters, kinds)
        for order, listing in feed.FEEDS.items()
        for filters in ((), (listing._after,), *((condition,) for condition in _FEED_FILTERS))
        for kinds in ((), ("kind = {}", "kind = {}"))
    ),
    narrow(review_queue._QUEUE, 2, (), ("state = {} AND kind = {}",)),
    review_queue._QUEUE.count_statement((), ("state = $3 AND kind = $4",)),
    *(
        narrow(review_queue._QUEUE, 2, filters, ("state = {} AND kind = {}",))
        for filters in (
            (review_queue._OWN, review_queue._CLAIMED),
            (review_queue._UNCLAIMED,),
            (review_queue._OVERDUE,),
            (review_queue._OF_REASONS,),
            (review_queue.HAS_WORDS,),
            (review_queue.HAS_OPINION,),
            ("author_id = {}",),
            ("opened_at >= {}", "opened_at < {}"),
            ("queue_rank <= {}",),
        )
    ),
    *(
        narrow(listing, 1, filters)
        for listing in rewards._CATALOGUE.values()
        for filters in (("kind = ANY({})",), ("price <= {}",), _REWARD_FILTERS)
    ),
    *(
        narrow(listing, 1, (*member_list.FILTERS[:number], *member_list.FILTERS[number + 1 :]))
        for listing in member_list._LISTS.values()
        for number in range(3)
    ),
    *(narrow(listing, 2, member_list.FILTERS) for listing in member_list._FOUND.values()),
    narrow(rewards._OWN, 1, ("state = ANY({})",)),
    narrow(
        rewards._OF_COMMUNITY,
        1,
        (
            "reward_id = {}",
            "kind = ANY({})",
            "state = ANY({})",
            "pick_up_point_id = {}",
            rewards._HAS_TEXT,
        ),
    ),
    narrow(submissions._OWN, 2, ("state = ANY({})",)),
    narrow(notices._INBOX, 4, (notices.OF_KINDS,)),
    narrow(events._SHUFFLED, 3, ("membership_id <> {}", events._UNSCORED)),
    narrow(events._SHUFFLED, 3, (events.FLAGGED.format("shuffled"),)),
    narrow(events._PLACED, 1, (events.FLAGGED.format("e"),)),
    narrow(events._SIGNED, 1, ("e.membership_id = {}", events.FLAGGED.format("e"))),
    narrow(audit._TRAIL, 0, ("community_id = {}",), ("actor_id = {}", "actor_id = {}")),
    narrow(audit._TRAIL, 0, ("community_id = {}", "subject = {}", "subject_id = {}")),
    points._build_statement_query(21, ()),
    points._build_statement_query(21, ("e.kind = ANY($3)", "p.created_at >= $4")),
    points._build_statement_count(()),
    points._build_endings_query(21),
    *(build(source.events) for source in SOURCES.values() for build in (scores._build_fill, scores._build_recount)),
    *(which.top(20) for which in (boards._OF_COMMUNITY, boards._EVERYWHERE)),
    *(which.neighbours(2) for which in (boards._OF_COMMUNITY, boards._EVERYWHERE)),
]
"""The statements that functions build, which no module contains, and those of lists with their filters."""

PRELOADED = [
    feed.FEEDS[FeedOrder.NEWEST].statement(21).including(PUBLISHED_ROWS),
    *(history.CASES.including((related,)) for related in (*history.FIRST_PAGES.values(), history.TOTAL)),
    trail.SUBMISSIONS.including((trail.EVENTS,)),
    submissions._OWN.statement(21).including(OWN_ROWS),
    submissions._BY_ID.including(PUBLISHED_ROWS),
    narrow(review_queue._QUEUE, 2, (), ("state = {} AND kind = {}",)).including(review.CASE_ROWS),
    *(
        publications.AUTHORS.including((related,))
        for related in (*publications.FIRST_PAGES.values(), *publications.COUNTS.values())
    ),
    *(
        lists._parents.including((related,))
        for lists in (*reading.THREADS.values(), *reading.REPLIES.values())
        for related in (*lists.first.values(), lists.total)
    ),
    sessions._FIND_ACTIVE.including((communities.OWN_MEMBERSHIPS,)),
]
"""The statements that also read every related row. Their further columns are no fields."""

_DECLARED = re.compile(r"\b(?:db\.Select|db\.Change|db\.Joined|Listing|own_rows)\(")
_CHANGED = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+(?: AS \w+)?)\b")
_PLACEHOLDER = re.compile(r"\?(\d+)")


def list_statements() -> list[db.Select | db.Change]:
    """Return every statement of the service."""
    names = {module.name for module in pkgutil.walk_packages(community.__path__, "community.")}
    modules = [import_module(name) for name in sorted(names - {"community.__main__"})]
    found = [*BUILT, *(statement for module in modules for statement in find_statements(list(vars(module).values())))]
    return list({id(statement): statement for statement in found}.values())


def find_statements(value: object) -> Iterator[db.Select | db.Change]:
    """Yield the statements that a module's value is or contains."""
    match value:
        case db.Select() | db.Change():
            yield value
        case Listing():
            yield value.statement(21)
            yield value.count_statement()
        case Invariant():
            yield value.select_violations()
        case Part():
            yield from find_statements([rows.statement for rows in value.own])
        case dict():
            yield from find_statements(list(value.values()))
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from find_statements(part)


def is_for(statement: db.Select | db.Change, dialect: Dialect) -> bool:
    """Return True if a database of this dialect can run the statement."""
    if dialect is Dialect.POSTGRES:
        return statement.row not in SQLITE_ONLY
    return statement.row not in POSTGRES_ONLY


async def list_columns(statement: db.Select | db.Change) -> list[str]:
    """Return the names of the columns that the statement returns, without its effect."""
    if db.dialect() is Dialect.POSTGRES:
        async with db.client().acquire_connection() as connection:
            prepared = await connection.prepare(statement.sql)
            return [attribute.name for attribute in prepared.get_attributes()]
    if isinstance(statement, db.Joined):
        for part in statement.parts.values():
            assert await list_columns(part.change) == list(db.field_names(part.change.row))
        return list(db.field_names(statement.row))
    sql = translate_to_sqlite(statement.sql)
    if isinstance(statement, db.Change):
        # SQLite names columns only when it runs a statement. A change without values would break constraints.
        sql = f"SELECT {sql.rpartition('RETURNING ')[2]} FROM {_CHANGED.search(sql)[1]}"
    most = max((int(number) for number in _PLACEHOLDER.findall(sql)), default=0)
    names, _ = await db.client().fetch_named_rows(sql, [0] * most)
    return list(names)


async def test_every_statement_returns_its_row(database):
    differing = {}
    for statement in list_statements():
        names = list(db.field_names(statement.row))
        if is_for(statement, db.dialect()) and (returned := await list_columns(statement)) != names:
            differing[statement.sql] = (statement.row, returned)
    assert differing == {}


def test_every_statement_is_found():
    sources = [path.read_text() for path in Path(community.__path__[0]).rglob("*.py")]
    assert len(list_statements()) >= sum(len(_DECLARED.findall(source)) for source in sources)
