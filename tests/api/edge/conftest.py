"""A small schema behind the real edge, and a client for it."""

from __future__ import annotations

import asyncio
import hashlib
import math
import socket
import threading
from contextlib import asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from community.api.edge import explorer
from community.api.edge.document_measure import LONG_TEXT
from community.api.edge.handler import GraphQLHandler
from community.api.edge.middleware import EdgeMiddleware
from community.api.edge.persisted import PersistedDocuments
from community.api.edge.schema import GuardedSchema
from community.api.media.types import UPLOAD_SCALAR, Upload
from community.kernel.errors import Forbidden, InvalidInput, Unauthenticated
from community.kernel.received import ReceivedFile

SECRET = "postgres://root:hunter2@db"
BODY_LIMIT = 65_536
UPLOAD_LIMIT = 131_072
BODY_TIMEOUT_S = 1.0
REGISTERED = ("{ hello }", "query Me { me { name } }")
SHARED_FAILURE = RuntimeError(SECRET)


@strawberry.type
class Person:
    id: strawberry.ID
    name: str
    story: str = strawberry.field(default="", metadata=LONG_TEXT)

    @strawberry.field
    def friends(self, first: int | None = None, after: str | None = None) -> PersonConnection:
        return people()

    @strawberry.field
    def friend(self) -> Person:
        return person()

    @strawberry.field
    def broken(self) -> str | None:
        raise SHARED_FAILURE


@strawberry.type
class PersonEdge:
    node: Person


@strawberry.type
class PersonConnection:
    edges: list[PersonEdge]


@strawberry.input
class GuestInput:
    name: str
    age: int | None = None
    friends: list[GuestInput] | None = None


def person() -> Person:
    return Person(id=strawberry.ID("1"), name="阿明")


def people() -> PersonConnection:
    return PersonConnection(edges=[PersonEdge(node=person()), PersonEdge(node=person())])


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "世界") -> str:
        return f"你好，{name}"

    @strawberry.field
    def long(self, length: int) -> str:
        return "x" * length

    @strawberry.field
    def me(self) -> Person:
        return person()

    @strawberry.field
    def people(self, first: int = 20) -> PersonConnection:
        return people()

    @strawberry.field
    def number(self, of: int = 1) -> int:
        return of

    @strawberry.field
    def total(self, of: list[int]) -> int:
        return sum(of)

    @strawberry.field
    def welcome(self, guest: GuestInput) -> str:
        return guest.name

    @strawberry.field
    def size(self, file: Upload) -> int:
        return file.size_bytes if file.size_bytes <= file.limit_bytes else -1

    @strawberry.field
    def sizes(self, files: list[Upload]) -> list[int]:
        return [file.size_bytes for file in files]

    @strawberry.field
    def viewer(self, info: strawberry.Info) -> str:
        return info.context.viewer

    @strawberry.field
    async def crash(self) -> str | None:
        raise RuntimeError(SECRET)

    @strawberry.field
    def crash_hard(self) -> str:
        raise GraphQLError(SECRET)

    @strawberry.field
    def wrong_type(self) -> int | None:
        return SECRET  # type: ignore[return-value]  # a deliberate bug

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden

    @strawberry.field
    def invalid(self) -> str | None:
        raise InvalidInput("length", min=0, max=60, actual=71, path=("input", "title"))

    @strawberry.field
    def half(self) -> str:
        return "\ud83d"

    @strawberry.field
    def nan(self) -> JSON:
        return {"x": math.nan}


@strawberry.type
class Mutation:
    @strawberry.mutation
    def count(self, info: strawberry.Info) -> int:
        info.context.counter.append(1)
        return len(info.context.counter)


def schema(**options) -> GuardedSchema:
    return GuardedSchema(Query, Mutation, config=StrawberryConfig(scalar_map={Upload: UPLOAD_SCALAR}), **options)


class Client:
    """Client without a network. Exceptions of the application are raised here."""

    def __init__(self, app: EdgeMiddleware, counter: list[int]) -> None:
        self.app = app
        self.counter = counter
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge.test")

    async def post(self, payload, *, path="/graphql", **headers) -> httpx.Response:
        return await self.http.post(path, json=payload, headers={k.replace("_", "-"): v for k, v in headers.items()})

    async def post_bytes(self, body: bytes, **headers: str) -> httpx.Response:
        given = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return await self.http.post("/graphql", content=body, headers=given)

    async def ask(self, query: str, variables=None, **more) -> dict:
        return (await self.post({"query": query, "variables": variables, **more})).json()


def build(*, only_registered: bool = False) -> Client:
    counter: list[int] = []

    async def context(request: Request, params):
        match request.headers.get("authorization"):
            case "expired":
                raise Unauthenticated
            case "bug":
                raise RuntimeError(SECRET)
            case viewer:
                return SimpleNamespace(viewer=viewer or "anonymous", counter=counter)

    def broken(_request: Request):
        raise RuntimeError(SECRET)

    def teapot(_request: Request):
        raise HTTPException(418)

    def fine(_request: Request):
        return PlainTextResponse("fine")

    def build_page():
        return explorer.build_page_response([explorer.Example("Hello", "{ hello }")], title="tiny")

    async def find_registered(digest: str) -> str | None:
        return {hashlib.sha256(text.encode()).hexdigest(): text for text in REGISTERED}.get(digest)

    @asynccontextmanager
    async def receive_file(request: Request):
        yield ReceivedFile(0 if request.headers.get("authorization") == "guest" else UPLOAD_LIMIT)

    handler = GraphQLHandler(
        schema(),
        context,
        body_limit_bytes=BODY_LIMIT,
        receive_file=receive_file,
        documents=PersistedDocuments(find_registered, only_registered=only_registered),
        page=build_page,
    )
    routes = [
        Route("/graphql", handler),
        Route("/graphql/", handler),
        Route("/broken", broken),
        Route("/teapot", teapot),
        Route("/fine", fine),
    ]
    app = EdgeMiddleware(
        Router(routes, redirect_slashes=False), allowed_origins=["https://page.test"], body_timeout_s=BODY_TIMEOUT_S
    )
    return Client(app, counter)


@pytest.fixture
async def client():
    built = build()
    yield built
    await built.http.aclose()


@pytest.fixture
def secret() -> str:
    return SECRET


@pytest.fixture
def tiny_schema() -> GuardedSchema:
    return schema()


@pytest.fixture
def make_client():
    return build


@pytest.fixture
def body_limit() -> int:
    return BODY_LIMIT


@pytest.fixture
def upload_limit() -> int:
    return UPLOAD_LIMIT


@pytest.fixture
def served():
    """Function that serves an application on a free port until the test ends. It returns the URL."""
    running = []

    def serve(app, **options) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", **options))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        running.append((server, thread, listener))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for server, thread, listener in running:
        server.should_exit = True
        thread.join()
        listener.close()
