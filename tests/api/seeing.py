"""A walk over the graph as each caller, and who saw which field.

The walk starts at every root field and at `node` of every thing, and follows the relations from there. A thing is
tracked if its owner is known. A value without an id belongs to the thing or root field that it is below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from tests.api.asking import QUERIES, SCHEMA

NESTING = 2
"""Number of further things that a document follows from the first one."""
CONTAINERS = ("Connection", "Edge")
# Root fields about the caller. The other callers read their own things there.
OWN_ROOTS = {
    "me", "account", "sessions", "memberships", "consents", "dataExports", "erasure", "membership", "mySubmissions",
    "mySubmissionCounts", "pointsBalance", "pointsHolds", "notices",
}  # fmt: skip
Answer = dict[str, Any]


@dataclass(frozen=True)
class Thing:
    """A thing with an id. Its label is its type, with a word if the table has a row of its own for it."""

    owner: str
    label: str

    @property
    def kind(self) -> str:
        return self.label.partition(" ")[0]


@dataclass(frozen=True)
class Request:
    """A document of a root field, which every caller sends."""

    root: str
    kind: GraphQLObjectType
    document: str
    variables: Answer

    def get_owner(self, caller: str) -> str | None:
        """Return the owner of the root's values without an id, or None if they have none."""
        if self.root == "node":
            return None
        return "author" if self.root not in OWN_ROOTS or caller == "author" else None


@dataclass
class Sight:
    """The callers who saw a value, by type and field."""

    things: dict[str, Thing]
    seen: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, kind: GraphQLObjectType, value: Answer, *, caller: str, owner: str | None) -> None:
        """Record which fields of an object have a value, and those of the objects below it."""
        label = kind.name
        if is_node(kind):
            thing = self.things.get(value["id"])
            owner, label = (thing.owner, thing.label) if thing else (None, label)
        is_container = kind.name.endswith(CONTAINERS)
        for name, found in value.items():
            declared = kind.fields.get(name)
            if declared is None or found is None or found == []:
                continue
            if owner is not None and not is_container:
                self.seen[label, name].add("owner" if caller == owner else caller)
            for each in found if isinstance(found, list) else [found]:
                if isinstance(each, dict):
                    self.note(get_named_type(declared.type), each, caller=caller, owner=owner)


@dataclass
class Gallery:
    """A thing of every type, the callers who look at them, and arguments of root fields.

    The arguments below "" are those of every root field that takes them.
    """

    tokens: dict[str, str | None] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    given: dict[str, Answer] = field(default_factory=dict)

    def keep(self, label: str, given_id: str, *, owner: str = "author") -> str:
        """Track a thing, unless it is tracked already. Return its id."""
        self.things.setdefault(given_id, Thing(owner, label))
        return given_id

    async def look(self, client: httpx.AsyncClient) -> dict[tuple[str, str], set[str]]:
        """Walk over the graph as each caller. Return who saw each field."""
        sight = Sight(self.things)
        # The plan of a document is kept for some hundred other documents only: all callers send one before the next.
        for request in sorted(self.list_requests(), key=lambda each: each.document):
            for caller, token in self.tokens.items():
                headers = {} if token is None else {"Authorization": f"Bearer {token}"}
                body = {"query": request.document, "variables": request.variables}
                answer = (await client.post("/graphql", json=body, headers=headers)).json()
                assert "data" in answer, (request.document, answer)
                found = (answer["data"] or {}).get(request.root)
                owner = request.get_owner(caller)
                for each in found if isinstance(found, list) else [found]:
                    if isinstance(each, dict):
                        sight.note(request.kind, each, caller=caller, owner=owner)
        return sight.seen

    def list_requests(self) -> Iterator[Request]:
        """Yield the requests: one for each root field and thing, and each field that leads further."""
        for root, declared in QUERIES.items():
            kind = get_named_type(declared.type)
            if root == "node" or is_leaf_type(kind):
                continue
            # Every field of 20 things may cost more than an operation may.
            page = {"first": 12} if "first" in declared.args else {}
            given = (
                page
                | self.given.get(root, {})
                | {name: value for name, value in self.given[""].items() if name in declared.args}
            )
            signature = ", ".join(f"${name}: {declared.args[name].type}" for name in given)
            passed = ", ".join(f"{name}: ${name}" for name in given)
            head = f"query({signature}) {{ {root}({passed})" if given else f"{{ {root}"
            for selected in list_selections(kind):
                yield Request(root, kind, f"{head} {{ {selected} }} }}", given)
        for given_id, thing in self.things.items():
            name, kind = thing.kind, SCHEMA.type_map[thing.kind]
            for selected in list_selections(kind):
                document = f"query($id: ID!) {{ node(id: $id) {{ ... on {name} {{ {selected} }} }} }}"
                yield Request("node", kind, document, {"id": given_id})


def list_selections(kind: GraphQLObjectType) -> Iterator[str]:
    """Yield a selection for each field that leads further, and one of the others."""
    ready = {name: select(declared.type, NESTING) for name, declared in kind.fields.items() if is_askable(declared)}
    plain = " ".join(name for name, below in ready.items() if below == "")
    yield plain or "__typename"
    for name, below in ready.items():
        if below:
            yield f"{'id ' if 'id' in kind.fields else ''}{name}{below}"


def is_askable(declared: Any) -> bool:
    """Return True if a field needs no argument."""
    return not any(is_required_argument(argument) for argument in declared.args.values())


def select(kind: Any, nesting: int) -> str | None:
    """Return the selection below a field: empty for a plain one, None where the walk ends."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if named.name.endswith("Connection"):
        # A page of things within a list of things is walked by its ids, because it costs the more.
        inside = " { id }" if nesting < NESTING and "id" in get_named_type(named.fields["nodes"].type).fields else None
        # Things below an entry without an id are named only.
        return f" {{ nodes{inside or select(named.fields['nodes'].type, 0)} }}"
    if nesting == 0 and "id" in named.fields:
        return " { id }"
    deeper = nesting - ("id" in named.fields)
    below = {name: select(each.type, deeper) for name, each in named.fields.items() if is_askable(each)}
    return " { " + " ".join(f"{name}{inside}" for name, inside in below.items() if inside is not None) + " }"


def is_node(kind: GraphQLObjectType) -> bool:
    """Return True if a type has global ids."""
    return any(each.name == "Node" for each in kind.interfaces)
