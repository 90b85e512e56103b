"""What this process is told by its environment.

Every setting is an environment variable with the prefix `COMMUNITY_`, read and checked once at the start. A wrong one
stops the process with the variable's name and what it should hold; nothing is guessed.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from community import addresses

PREFIX = "COMMUNITY_"
MIN_SECRET_LENGTH = 32
DEFAULT_FOLDER = ".community"
"""Where the embedded installation keeps everything, in the directory that it is started in."""
IGNORED_PREFIXES = (f"{PREFIX}LIFELINE_FD", f"{PREFIX}TEST_")
"""How variables begin that are no settings: the supervisor's word to its children, and the tests' own."""

# A socket's path has to fit into sockaddr_un: 108 bytes on Linux, 104 on macOS.
_MAX_SOCKET_PATH_BYTES = 100
# Neither in an address nor in the server's configuration would any other character stand for itself.
_PLAIN_PATH = re.compile(r"[\w./@+-]+")


def embedded_database_url(folder: Path) -> str:
    """The database of the embedded installation in `folder`."""
    return f"sqlite://{folder.resolve() / 'community.sqlite3'}"


def embedded_secret_path(folder: Path) -> Path:
    """The file of the secret that the embedded installation in `folder` signs access tokens with."""
    return folder / "token_secret"


def embedded_redis_url(folder: Path) -> str:
    """The socket of the embedded installation's Valkey: in `folder`, or in a short and plain place named after it."""
    path = folder.resolve() / "valkey" / "valkey.sock"
    if len(str(path).encode()) > _MAX_SOCKET_PATH_BYTES or not _PLAIN_PATH.fullmatch(str(path)):
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"community-{os.getuid()}-{digest}" / "valkey.sock"
    return f"unix://{path}"


def embedded_media_store(folder: Path) -> str:
    """Where the embedded installation in `folder` keeps photographs."""
    return (folder.resolve() / "media").as_uri()


class Environment(StrEnum):
    """Where the service runs: development opens the development login, production never does."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SettingsError(Exception):
    """The environment cannot be used; the message has one line a variable."""


def _validate_secret_length(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"it needs at least {MIN_SECRET_LENGTH} characters")
    return value


def _load_token_secret(given: dict[str, Any]) -> SecretStr:
    """The embedded installation's, where there is one; else a new one for this start."""
    kept = embedded_secret_path(given["folder"])
    return SecretStr(kept.read_text() if kept.is_file() else secrets.token_urlsafe(48))


def _validate_media_store(value: str) -> str:
    parts = urlsplit(value)
    if not ((parts.scheme == "file" and parts.path) or (parts.scheme == "s3" and parts.netloc)):
        raise ValueError("it is file:///absolute/folder or s3://bucket, with /a/prefix or without")
    return value


def _validate_web_address(value: str) -> str:
    if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
        raise ValueError("it begins with https:// or http:// and a host")
    return value.rstrip("/")


def _validate_url_template(value: str) -> str:
    if value.count("{path}") != 1:
        raise ValueError("it is an address with {path} in it")
    return _validate_web_address(value)


def _validate_platform_url(value: str) -> str:
    parts = urlsplit(value)
    plain = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or plain):
        raise ValueError("it begins with https:// (http:// for this machine alone)")
    return value.rstrip("/")


def _split_commas(value: object) -> object:
    """`https://a, https://b` as its parts."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Secrets = Annotated[
    tuple[Annotated[SecretStr, AfterValidator(_validate_secret_length)], ...], NoDecode, BeforeValidator(_split_commas)
]
PlatformUrl = Annotated[str, AfterValidator(_validate_platform_url)]

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
    folder: Path = Path(DEFAULT_FOLDER)
    """Where the embedded installation is, which `community up` keeps: the database, Redis and the secret by default."""
    database_url: Annotated[str, AfterValidator(addresses.validate_database_url)] = Field(
        repr=False, default_factory=lambda given: embedded_database_url(given["folder"])
    )
    redis_url: Annotated[str, AfterValidator(addresses.validate_redis_url)] = Field(
        repr=False, default_factory=lambda given: embedded_redis_url(given["folder"])
    )
    token_secret: Annotated[SecretStr, AfterValidator(_validate_secret_length)] = Field(
        default_factory=_load_token_secret, validate_default=True
    )
    """Signs access tokens (HS256). Without it and an installation every start makes a new one: not in production."""
    token_secrets_accepted: Secrets = ()
    """Secrets whose access tokens are taken too: the one before, or the one to come."""
    token_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    refresh_lifetime_s: Annotated[int, Field(ge=3_600, le=31_536_000)] = 2_592_000
    """A session ends when it has not been refreshed for this long."""

    encryption_key: Annotated[SecretStr, AfterValidator(_validate_secret_length)] | None = None
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
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)] = ("*",)
    """Origins of web pages that may call the API, with commas. Tokens travel in a header, so `*` gives away nothing."""

    database_pool: Annotated[int, Field(ge=1, le=64)] = 8
    """Connections a process keeps to PostgreSQL; eight were measured to serve better than thirty-two."""
    statement_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 10_000
    lock_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 5_000

    graphiql_tabs: Path | None = None
    """A JSON file with the example operations of the GraphiQL page: `[{"title", "query", "variables", "headers"}]`."""

    body_limit_bytes: Annotated[int, Field(ge=1_024, le=16_777_216)] = 262_144

    public_url: Annotated[str, AfterValidator(_validate_web_address)] | None = None
    """Where clients reach the API, such as https://api.example.cn; what a request itself says when it is left out."""
    upload_limit_bytes: Annotated[int, Field(ge=1_024, le=104_857_600)] = 20_971_520
    """The most that one uploaded photograph may have, with what is sent around it."""
    media_store: Annotated[str, AfterValidator(_validate_media_store)] = Field(
        default_factory=lambda given: embedded_media_store(given["folder"])
    )
    media_public_url: Annotated[str, AfterValidator(_validate_url_template)] | None = None
    """How a CDN is asked for what everybody may see: an address with `{path}`; it fetches `/media/{path}` from here."""
    media_url_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    """The address of a picture that is not public works this long at least, and twice as long at most."""
    s3_endpoint: Annotated[str, AfterValidator(_validate_web_address)] | None = None
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
    def _require_production_settings(self) -> Settings:
        wanted = ("database_url", "redis_url", "token_secret", "encryption_key")
        missing = [name for name in wanted if name not in self.model_fields_set]
        if self.environment is Environment.PRODUCTION and missing and not embedded_secret_path(self.folder).is_file():
            names = ", ".join(PREFIX + name.upper() for name in missing)
            raise ValueError(f"production needs {names}, or what `community up` keeps in {PREFIX}FOLDER")
        return self

    @model_validator(mode="after")
    def _require_complete_credentials(self) -> Settings:
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
        return (self.folder if self.sqlite_path is None else self.sqlite_path.parent) / "exports"

    @property
    def sqlite_path(self) -> Path | None:
        """The database file when the database is SQLite; None otherwise."""
        return addresses.parse_sqlite_url(self.database_url) if addresses.is_sqlite(self.database_url) else None


def load() -> Settings:
    """The settings of this process, read from the environment.

    Raises SettingsError naming every variable that is wrong, or unknown.
    """
    lines = _list_unknown(os.environ)
    try:
        settings = Settings()
    except ValidationError as error:
        # What would have been reckoned from a wrong variable is not wrong itself.
        for problem in (one for one in error.errors() if one["type"] != "default_factory_not_called"):
            name = PREFIX + str(problem["loc"][0]).upper() if problem["loc"] else "settings"
            lines.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
    if lines:
        raise SettingsError("\n".join(lines))
    return settings


def _list_unknown(variables: Iterable[str]) -> list[str]:
    """A line for each variable that looks like a setting and is none: a slip of the pen must not go unnoticed."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    lines = []
    for name in sorted(variables):
        if not name.upper().startswith(PREFIX) or name.upper() in known or name.startswith(IGNORED_PREFIXES):
            continue
        near = difflib.get_close_matches(name.upper(), known, n=1)
        lines.append(f"{name}: there is no such setting" + (f"; is {near[0]} meant?" if near else ""))
    return lines


@cache
def get_settings() -> Settings:
    """The settings, loaded once."""
    return load()
