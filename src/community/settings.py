"""The settings of a process, from its environment.

Every setting is an environment variable with the prefix `COMMUNITY_`, read and checked once at the start. With the
suffix `_FILE` it names a file that has the value. A wrong one stops the process with the variable's name and the
expected value.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from community import addresses
from community.setting_values import (
    FILE_SUFFIX,
    NEEDS,
    CallbackKey,
    CallbackToken,
    LongSecret,
    Network,
    PlatformUrl,
    StrongSecret,
    ValueFileError,
    WeChatTemplates,
    list_unknown,
    load_token_secret,
    read_files,
    split_commas,
)

PREFIX = "COMMUNITY_"
DEFAULT_FOLDER = ".community"
"""The folder of the embedded installation, relative to the working directory."""
IGNORED_PREFIXES = (f"{PREFIX}LIFELINE_FD", f"{PREFIX}TEST_")
"""Prefixes of variables that are not settings: those of the supervisor for its children, and of the tests."""


class Environment(StrEnum):
    """The kind of deployment. Only development offers the development login."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class DocumentPolicy(StrEnum):
    """The GraphQL documents that clients may send."""

    ANY = "any"
    REGISTERED = "registered"


class LogFormat(StrEnum):
    """The form of the log. JSON has a line for each request."""

    TEXT = "text"
    JSON = "json"


class SettingsError(Exception):
    """The environment is not valid. The message has one line per variable."""


_CREDENTIALS = (
    ("wechat_app_id", "wechat_secret"),
    ("alipay_app_id", "alipay_private_key", "alipay_public_key"),
    ("douyin_app_id", "douyin_secret"),
)
"""The settings of each platform's login. Either all of one platform are set or none."""


class Settings(BaseSettings):
    """The configuration of one process. A field's name is the variable's name without the prefix."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    environment: Environment = Environment.DEVELOPMENT
    folder: Path = Path(DEFAULT_FOLDER)
    """The folder of the embedded installation: by default of the database, the socket of Redis and the secrets."""
    database_url: Annotated[str, AfterValidator(addresses.validate_database_url)] = Field(
        repr=False, default_factory=lambda given: addresses.build_embedded_database_url(given["folder"])
    )
    redis_url: Annotated[str, AfterValidator(addresses.validate_redis_url)] = Field(
        repr=False, default_factory=lambda given: addresses.build_embedded_redis_url(given["folder"])
    )
    token_secret: StrongSecret = Field(default_factory=load_token_secret, validate_default=True)
    """The secret that signs access tokens (HS256). Without it and an installation every start creates a new one, except
    in production, which refuses to start."""
    token_secrets_accepted: Annotated[tuple[StrongSecret, ...], NoDecode, BeforeValidator(split_commas)] = ()
    """Further secrets whose access tokens are accepted: the previous one, or the next one."""
    token_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 900
    refresh_lifetime_s: Annotated[int, Field(ge=3_600, le=31_536_000)] = 2_592_000
    """A session that is not refreshed for this long ends."""

    encryption_key: StrongSecret | None = None
    """The secret that encrypts platform ids, session keys and telephone numbers, and signs addresses of pictures and
    export links. Without it a file beside the database contains one, which production refuses."""
    encryption_keys_accepted: Annotated[tuple[LongSecret, ...], NoDecode, BeforeValidator(split_commas)] = ()
    """Further keys that decrypt and verify. Keep the previous one until `community rekey` has run and the addresses
    that it signed have expired. A weak one only decrypts, so that it can be replaced."""

    login_failures: Annotated[int, Field(ge=3, le=100_000)] = 100
    """The limit of a person's failed attempts of one kind in ten minutes. A running one counts until it succeeds."""
    platform_calls: Annotated[int, Field(ge=3, le=1_000_000)] = 1_000
    """The limit of calls to platforms for one address or person in ten minutes."""
    new_people: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    """The limit of new people from one address in a day. Mobile networks share one address among many people."""
    login_timeout_s: Annotated[float, Field(gt=0, le=30)] = 5.0
    """The time limit of a call to a platform."""
    wechat_app_id: str | None = None
    wechat_secret: SecretStr | None = None
    wechat_callback_token: CallbackToken | None = None
    """The token of WeChat's message push. With it WeChat checks texts and pictures."""
    wechat_callback_key: CallbackKey | None = None
    wechat_templates: WeChatTemplates = {}
    """The templates of subscription messages by topic, as JSON."""
    wechat_url: PlatformUrl = "https://api.weixin.qq.com"
    alipay_app_id: str | None = None
    alipay_private_key: SecretStr | None = None
    """The application's RSA private key: PEM, or the plain base64 of Alipay's console. So is Alipay's public key."""
    alipay_public_key: str | None = None
    alipay_url: PlatformUrl = "https://openapi.alipay.com"
    douyin_app_id: str | None = None
    douyin_secret: SecretStr | None = None
    douyin_url: PlatformUrl = "https://developer.toutiao.com"

    archive_folder: Path | None = None
    """The folder of finished exports of personal data. Default: `exports` beside the database."""
    export_lifetime_h: Annotated[int, Field(ge=1, le=720)] = 72
    erasure_wait_days: Annotated[int, Field(ge=0, le=60)] = 15

    open_development: bool = False
    """True lets the development environment listen on addresses that other machines reach."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    allowed_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_commas)] = ("*",)
    """Origins of web pages that may call the API, separated by commas. `*` is safe, because tokens are in a header."""

    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(split_commas)] = ()
    """Addresses and networks of proxies, separated by commas, whose `X-Forwarded-` headers count."""

    database_pool: Annotated[int, Field(ge=1, le=64)] = 8
    """The maximum number of connections of a process to PostgreSQL. Eight were measured to be faster than 32."""
    statement_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 10_000
    lock_timeout_ms: Annotated[int, Field(ge=100, le=600_000)] = 5_000

    explorer_examples: Path | None = None
    """A JSON file of example operations for the explorer: `[{"title", "query", "variables", "headers"}]`."""

    documents: DocumentPolicy = DocumentPolicy.ANY
    """`registered` admits only documents that `community documents` registered."""
    body_limit_bytes: Annotated[int, Field(ge=1_024, le=16_777_216)] = 262_144
    body_timeout_s: Annotated[float, Field(gt=0, le=600)] = 60.0
    """The time limit of the body of any request, uploads included."""

    public_url: Annotated[str, AfterValidator(addresses.validate_web_address)] | None = None
    """The address of the API for clients, such as https://api.example.cn. Default: the address in the request."""
    upload_limit_bytes: Annotated[int, Field(ge=1_024, le=104_857_600)] = 20_971_520
    """The limit of an upload: one picture with the form around it."""
    media_store: Annotated[str, AfterValidator(addresses.validate_media_store)] = Field(
        default_factory=lambda given: addresses.build_embedded_media_store(given["folder"])
    )
    media_public_url: Annotated[str, AfterValidator(addresses.validate_url_template)] | None = None
    """The address of public pictures on a CDN, with `{path}`. The CDN fetches `/media/{path}` from this service."""
    media_url_lifetime_s: Annotated[int, Field(ge=60, le=86_400)] = 3_600
    """The address of a picture that is not public is valid for one to two times this long."""
    s3_endpoint: Annotated[str, AfterValidator(addresses.validate_web_address)] | None = None
    s3_region: str = "us-east-1"
    s3_access_key: SecretStr | None = None
    s3_secret_key: SecretStr | None = None
    s3_virtual_host: bool = False
    """True if the bucket is part of the host's name, as some stores require, and not of the path."""

    log_format: LogFormat = LogFormat.TEXT
    metrics_token: StrongSecret | None = None
    """The bearer token of `/metrics`, which is not served without one."""

    outbox_poll_ms: Annotated[int, Field(ge=10, le=10_000)] = 100
    outbox_reoffer_s: Annotated[int, Field(ge=1, le=3_600)] = 120
    """The lease of an effect. It is due again after this long, unless it is done."""
    outbox_attempts: Annotated[int, Field(ge=1, le=100)] = 10
    """The number of failures after which an effect is parked for an operator. `community check` counts parked ones."""

    @model_validator(mode="after")
    def _require_production_settings(self) -> Settings:
        wanted = ("database_url", "redis_url", "token_secret", "encryption_key")
        missing = [name for name in wanted if name not in self.model_fields_set]
        if (
            self.environment is Environment.PRODUCTION
            and missing
            and not addresses.build_embedded_secret_path(self.folder).is_file()
        ):
            names = ", ".join(PREFIX + name.upper() for name in missing)
            raise ValueError(f"production needs {names}, or what `community up` keeps in {PREFIX}FOLDER")
        return self

    @model_validator(mode="after")
    def _require_private_development(self) -> Settings:
        self.require_private_development(self.host)
        return self

    @model_validator(mode="after")
    def _require_complete_credentials(self) -> Settings:
        for names in _CREDENTIALS:
            missing = [name for name in names if not getattr(self, name)]
            if missing and len(missing) < len(names):
                raise ValueError(f"{names[0].partition('_')[0]} needs {', '.join(PREFIX + n.upper() for n in missing)}")
        for name, needed in NEEDS.items():
            if getattr(self, name) and not all(getattr(self, other) for other in needed):
                raise ValueError(f"{PREFIX}{name.upper()} needs {', '.join(PREFIX + n.upper() for n in needed)}")
        return self

    def require_private_development(self, host: str) -> None:
        """Raise ValueError if this listening address opens the development login to the network."""
        if self.environment is Environment.DEVELOPMENT and not (self.open_development or addresses.is_loopback(host)):
            raise ValueError(
                f"{PREFIX}HOST {host} would let everybody on the network log in as anybody: set"
                f" {PREFIX}ENVIRONMENT=production, or {PREFIX}OPEN_DEVELOPMENT=true for tests on another device"
            )

    @property
    def archives(self) -> Path:
        """The folder of finished exports of personal data."""
        if self.archive_folder is not None:
            return self.archive_folder
        return (self.folder if self.sqlite_path is None else self.sqlite_path.parent) / "exports"

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, or None on PostgreSQL."""
        return addresses.parse_sqlite_url(self.database_url) if addresses.is_sqlite(self.database_url) else None


KEY_SETTINGS = (
    "token_secret",
    "token_secrets_accepted",
    "encryption_key",
    "encryption_keys_accepted",
    "metrics_token",
    "wechat_secret",
    "wechat_callback_token",
    "wechat_callback_key",
    "alipay_private_key",
    "douyin_secret",
)
"""The settings that a process does not get if it decodes files of strangers."""


def drop_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without the keys, and without the logins that need one."""
    dropped = {*KEY_SETTINGS, *NEEDS, *(name for names in _CREDENTIALS for name in names)}
    return {
        name: value
        for name, value in environment.items()
        if name.upper().removeprefix(PREFIX).removesuffix(FILE_SUFFIX).lower() not in dropped
    }


def build_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings of these variables and of the files that they name.

    Variables of this process that are missing there count too. Raises ValueFileError and ValidationError.
    """
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    return Settings.model_validate(given | read_files(environment, PREFIX, Settings.model_fields))


def load() -> Settings:
    """Read the settings of this process from the environment.

    Raises SettingsError, which names every wrong or unknown variable.
    """
    lines = list_unknown(
        (name for name in os.environ if not name.startswith(IGNORED_PREFIXES)), PREFIX, Settings.model_fields
    )
    try:
        settings = build_settings(os.environ)
    except ValueFileError as error:
        lines.append(str(error))
    except ValidationError as error:
        # A default that depends on a wrong variable is not wrong itself.
        for problem in (found for found in error.errors() if found["type"] != "default_factory_not_called"):
            name = PREFIX + str(problem["loc"][0]).upper() if problem["loc"] else "settings"
            lines.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
    if lines:
        raise SettingsError("\n".join(lines))
    return settings


@cache
def get_settings() -> Settings:
    """Return the settings, which are loaded once."""
    return load()
