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


def _platform_url(value: str) -> str:
    parts = urlsplit(value)
    plain = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError("it begins with https:// (http:// for this machine alone)")
    return value.rstrip("/")


def _origins(value: object) -> object:
    """`https://a, https://b` as its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_origins)]
PlatformUrl = Annotated[str, AfterValidator(_platform_url)]

_CREDENTIALS = (
    ("wechat_app_id", "wechat_secret"),
    ("alipay_app_id", "alipay_private_key", "alipay_public_key"),
    ("douyin_app_id", "douyin_secret"),
)
"""What one platform's login needs: all of it, or nothing."""


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
    token_secrets_accepted: Secrets = ()
    """Secrets whose access tokens are taken too: the one before, or the one to come."""
    token_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    refresh_lifetime_s: Annotated[int, Field(ge=3_600, le=31_536_000)] = 2_592_000
    """A session ends when it has not been refreshed for this long."""

    encryption_key: SecretStr | None = None
    """What platform ids, session keys and telephone numbers rest encrypted under. Without it a file beside the
    database holds one, which production refuses."""
    encryption_keys_accepted: Secrets = ()
    """Keys that can still be read with: the one before, until `community rekey` has been run."""

    login_failures: Annotated[int, Field(ge=3, le=100_000)] = 100
    """Failed logins from one address in ten minutes; those under way count until they have succeeded."""
    login_timeout_s: Annotated[float, Field(gt=0, le=30)] = 5.0
    """How long a platform may take to answer."""
    wechat_app_id: str | None = None
    wechat_secret: SecretStr | None = None
    wechat_url: PlatformUrl = "https://api.weixin.qq.com"
    alipay_app_id: str | None = None
    alipay_private_key: SecretStr | None = None
    """The application's RSA private key, and Alipay's public key: PEM, or the bare base64 that its console gives."""
    alipay_public_key: str | None = None
    alipay_url: PlatformUrl = "https://openapi.alipay.com"
    douyin_app_id: str | None = None
    douyin_secret: SecretStr | None = None
    douyin_url: PlatformUrl = "https://developer.toutiao.com"

    archive_folder: Path | None = None
    """Where finished exports of personal data wait to be fetched; `exports` beside the database when left out."""
    export_lifetime_h: Annotated[int, Field(ge=1, le=720)] = 72
    erasure_wait_days: Annotated[int, Field(ge=0, le=60)] = 15

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

    outbox_poll_ms: Annotated[int, Field(ge=10, le=10_000)] = 100
    outbox_reoffer_s: Annotated[int, Field(ge=1, le=3_600)] = 120
    """An effect that nobody has reported done is offered again after this long."""
    outbox_attempts: Annotated[int, Field(ge=1, le=100)] = 10
    """An effect that failed this often is parked for an operator: `community check` counts it."""

    @model_validator(mode="after")
    def _production_is_told_everything(self) -> Settings:
        if self.environment is Environment.PRODUCTION:
            missing = [
                name
                for name in ("database_url", "redis_url", "token_secret", "encryption_key")
                if name not in self.model_fields_set
            ]
            if missing:
                names = ", ".join(PREFIX + name.upper() for name in missing)
                raise ValueError(f"production needs {names}")
        if len(self.token_secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"{PREFIX}TOKEN_SECRET needs at least {SHORTEST_SECRET} characters")
        return self

    @model_validator(mode="after")
    def _secrets_are_long(self) -> Settings:
        several = {
            "TOKEN_SECRETS_ACCEPTED": self.token_secrets_accepted,
            "ENCRYPTION_KEY": () if self.encryption_key is None else (self.encryption_key,),
            "ENCRYPTION_KEYS_ACCEPTED": self.encryption_keys_accepted,
        }
        for name, given in several.items():
            if any(len(secret.get_secret_value()) < SHORTEST_SECRET for secret in given):
                raise ValueError(f"{PREFIX}{name} needs at least {SHORTEST_SECRET} characters in each")
        return self

    @model_validator(mode="after")
    def _platforms_are_whole(self) -> Settings:
        for names in _CREDENTIALS:
            missing = [name for name in names if not getattr(self, name)]
            if missing and len(missing) < len(names):
                raise ValueError(f"{names[0].partition('_')[0]} needs {', '.join(PREFIX + n.upper() for n in missing)}")
        return self

    @property
    def archives(self) -> Path:
        """The folder of finished exports."""
        if self.archive_folder is not None:
            return self.archive_folder
        return (Path(FOLDER) if self.sqlite_path is None else self.sqlite_path.parent) / "exports"

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
