"""What this process is told by its environment.

Every setting is an environment variable with the prefix `COMMUNITY_`, read and checked once at the start. A wrong one
stops the process with the variable's name and what it should hold; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "COMMUNITY_"
SHORTEST_SECRET = 32
FOLDER = ".community"
"""Where the embedded installation keeps everything, in the directory that it is started in."""

# A socket's path has to fit into sockaddr_un: 108 bytes on Linux, 104 on macOS.
_LONGEST_SOCKET_PATH = 100


def embedded_database_url(folder: Path) -> str:
    """The database of the embedded installation in `folder`."""
    return f"sqlite://{folder.resolve() / 'community.sqlite3'}"


def embedded_redis_url(folder: Path) -> str:
    """The socket of the embedded installation's Valkey: in `folder`, or in a short place named after it."""
    path = folder.resolve() / "valkey" / "valkey.sock"
    if len(str(path).encode()) > _LONGEST_SOCKET_PATH:
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"community-{os.getuid()}-{digest}" / "valkey.sock"
    return f"unix://{path}"


def embedded_media_store(folder: Path) -> str:
    """Where the embedded installation in `folder` keeps photographs."""
    return f"file://{folder.resolve() / 'media'}"


class Environment(StrEnum):
    """Where the service runs: development opens the development login, production never does."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The environment cannot be used; the message has one line a variable."""


def _database_url(value: str) -> str:
    scheme = urlsplit(value).scheme
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("it begins with sqlite:// or postgresql://")
    return value


def _redis_url(value: str) -> str:
    if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("it begins with redis://, rediss:// or unix://")
    return value


def _media_store(value: str) -> str:
    parts = urlsplit(value)
    if not ((parts.scheme == "file" and parts.path) or (parts.scheme == "s3" and parts.netloc)):
        raise ValueError("it is file:///absolute/folder or s3://bucket, with /a/prefix or without")
    return value


def _web_address(value: str) -> str:
    if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
        raise ValueError("it begins with https:// or http:// and a host")
    return value.rstrip("/")


def _template(value: str) -> str:
    if value.count("{path}") != 1:
        raise ValueError("it is an address with {path} in it")
    return _web_address(value)


def _origins(value: object) -> object:
    """`https://a, https://b` as its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class Settings(BaseSettings):
    """The whole configuration of one process. Field names are the variables' names without the prefix."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        repr=False, default_factory=lambda: embedded_database_url(Path(FOLDER))
    )
    redis_url: Annotated[str, AfterValidator(_redis_url)] = Field(
        repr=False, default_factory=lambda: embedded_redis_url(Path(FOLDER))
    )
    token_secret: SecretStr = Field(default_factory=lambda: SecretStr(secrets.token_urlsafe(48)))
    """Signs access tokens (HS256). Without it every start makes a new one, which production refuses."""
    token_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)] = ("*",)
    """Origins of web pages that may call the API, with commas. Tokens travel in a header, so `*` gives away nothing."""

    database_pool: Annotated[int, Field(ge=1, le=64)] = 8
    """Connections a process keeps to PostgreSQL; eight were measured to serve better than thirty-two."""
    statement_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 10_000
    lock_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 5_000

    graphiql_tabs: Path | None = None
    """A JSON file with the example operations of the GraphiQL page: `[{"title", "query", "variables", "headers"}]`."""

    body_limit_bytes: Annotated[int, Field(ge=1_024, le=16_777_216)] = 262_144

    public_url: Annotated[str, AfterValidator(_web_address)] | None = None
    """Where clients reach the API, such as https://api.example.cn; what a request itself says when it is left out."""
    upload_limit_bytes: Annotated[int, Field(ge=1_024, le=104_857_600)] = 20_971_520
    """The most that one uploaded photograph may have, with what is sent around it."""
    media_store: Annotated[str, AfterValidator(_media_store)] = Field(
        default_factory=lambda: embedded_media_store(Path(FOLDER))
    )
    media_public_url: Annotated[str, AfterValidator(_template)] | None = None
    """How a CDN is asked for what everybody may see: an address with `{path}`; it fetches `/media/{path}` from here."""
    media_url_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    """The address of a picture that is not public works this long at least, and twice as long at most."""
    s3_endpoint: Annotated[str, AfterValidator(_web_address)] | None = None
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_virtual_host: bool = False
    """Whether the bucket is part of the host's name, as some stores demand, instead of the path."""

    outbox_poll_ms: Annotated[int, Field(ge=10, le=10_000)] = 100
    outbox_reoffer_s: Annotated[int, Field(ge=1, le=3_600)] = 120
    """An effect that nobody has reported done is offered again after this long."""
    outbox_attempts: Annotated[int, Field(ge=1, le=100)] = 10
    """An effect that failed this often is parked for an operator: `community check` counts it."""

    @model_validator(mode="after")
    def _production_is_told_everything(self) -> Settings:
        if self.environment is Environment.PRODUCTION:
            missing = [
                name for name in ("database_url", "redis_url", "token_secret") if name not in self.model_fields_set
            ]
            if missing:
                names = ", ".join(PREFIX + name.upper() for name in missing)
                raise ValueError(f"production needs {names}")
        if len(self.token_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"{PREFIX}TOKEN_SECRET needs at least {SHORTEST_SECRET} characters")
        return self

    @property
    def sqlite_path(self) -> Path | None:
        """The database file when the database is SQLite; None otherwise."""
        if not self.database_url.startswith("sqlite"):
            return None
        return Path(self.database_url.removeprefix("sqlite://"))


def load() -> Settings:
    """The settings of this process, read from the environment.

    Raises SettingsError naming every variable that is wrong.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper() if problem["loc"] else "settings"
            lines.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None


@cache
def current() -> Settings:
    """The settings, loaded once."""
    return load()
