"""Addresses of databases, stores, platforms and proxies, checked before anything connects.

A wrong address raises ValueError with the expected form. The message never quotes the address, because it may contain a
password.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# A socket's path must fit into sockaddr_un: 108 bytes on Linux, 104 on macOS.
_MAX_SOCKET_PATH_BYTES = 100
# Any other character would need an escape in an address or in the server's configuration.
_PLAIN_PATH = re.compile(r"[\w./@+-]+")
_ENCODED = "special characters in a user name or a password are percent-encoded"


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A PostgreSQL database. `host` is a name, an IP address or the folder of a socket.

    None means the driver's default.
    """

    host: str
    port: int
    user: str | None
    password: str | None
    database: str
    ssl: str | None


def is_loopback(host: str) -> bool:
    """Return True if a listening address can be reached from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def is_sqlite(url: str) -> bool:
    """Return True if the address is one of SQLite."""
    return url.startswith("sqlite:")


def parse_sqlite_url(url: str) -> Path:
    """Return the file in a SQLite address.

    The form is `sqlite:///absolute/path`, without percent-encoding. Raises ValueError.
    """
    path = url.removeprefix("sqlite://")
    if path == url or not path.startswith("/") or path.endswith("/"):
        raise ValueError("a SQLite database is sqlite:// and the absolute path of a file: sqlite:///absolute/path")
    return Path(path)


def parse_postgres_url(url: str) -> PostgresAddress:
    """Return the decoded parts of a PostgreSQL address.

    The form is `postgresql://user:password@host:5432/name?sslmode=require`. Raises ValueError.
    """
    parts = _split_url(url, schemes=("postgresql", "postgres"))
    query = _parse_query(parts, known=("sslmode", "host"))
    host = query.get("host") or unquote(parts.hostname or "")
    if not host:
        raise ValueError("it lacks the host: postgresql://user:password@host:5432/name")
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise ValueError("it lacks the name of the database: postgresql://user:password@host:5432/name")
    mode = query.get("sslmode")
    if mode is not None and mode not in SSL_MODES:
        raise ValueError(f"sslmode is one of {', '.join(SSL_MODES)}")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return PostgresAddress(host, parts.port or 5432, user, password, database, mode)


def validate_database_url(url: str) -> str:
    """Return the address of a database. Raises ValueError if it is not one."""
    if is_sqlite(url):
        parse_sqlite_url(url)
    else:
        if not url.startswith(("postgresql://", "postgres://")):
            raise ValueError("it begins with sqlite:// or postgresql://")
        parse_postgres_url(url)
    return url


def validate_redis_url(url: str) -> str:
    """Return the address of a Redis or Valkey. Raises ValueError if it is not one.

    The client itself would ignore parts that it cannot parse.
    """
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("it begins with redis://, rediss:// or unix://")
    parts = _split_url(url, schemes=("redis", "rediss", "unix"))
    if parts.scheme == "unix":
        if not parts.path.startswith("/") or parts.path == "/":
            raise ValueError("a socket is unix:// and its absolute path: unix:///absolute/path")
        number = _parse_query(parts, known=("db",)).get("db", "0")
    else:
        if not parts.hostname:
            raise ValueError("it lacks the host: redis://host:6379/0")
        ssl = ("ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname")
        query = _parse_query(parts, known=("db", *(ssl if parts.scheme == "rediss" else ())))
        number = query.get("db") or parts.path.strip("/") or "0"
    if not (number.isascii() and number.isdigit()):
        raise ValueError("the database of a Redis is a number: redis://host:6379/0")
    return url


def validate_media_store(value: str) -> str:
    """Return the address of a picture store. Raises ValueError if it is not one."""
    parts = urlsplit(value)
    if not ((parts.scheme == "file" and parts.path) or (parts.scheme == "s3" and parts.netloc)):
        raise ValueError("it is file:///absolute/folder or s3://bucket, with /a/prefix or without")
    return value


def validate_web_address(value: str) -> str:
    """Return the address of a website without a slash at its end. Raises ValueError if it is not one."""
    if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).netloc:
        raise ValueError("it begins with https:// or http:// and a host")
    return value.rstrip("/")


def validate_url_template(value: str) -> str:
    """Return an address that contains `{path}` once. Raises ValueError if it does not."""
    if value.count("{path}") != 1:
        raise ValueError("it is an address with {path} in it")
    return validate_web_address(value)


def validate_platform_url(value: str) -> str:
    """Return the address of a platform, which is HTTPS except on this machine. Raises ValueError."""
    parts = urlsplit(value)
    is_local = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise ValueError("it begins with https:// (http:// for this machine only)")
    return value.rstrip("/")


def parse_network(value: object) -> object:
    """Return the network that a text names, and any other value unchanged. Raises ValueError."""
    try:
        return ip_network(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("each is an address or a network such as 10.0.0.0/8") from None


def build_embedded_database_url(folder: Path) -> str:
    """Return the address of the database of the embedded installation in `folder`."""
    return f"sqlite://{folder.resolve() / 'community.sqlite3'}"


def build_embedded_secret_path(folder: Path) -> Path:
    """Return the file of the embedded installation's `token_secret`."""
    return folder / "token_secret"


def build_embedded_redis_url(folder: Path) -> str:
    """Return the address of the socket of the embedded installation's Valkey.

    It is in `folder`. If that path is too long or has special characters, it is in the temporary folder, in a directory
    whose name is a digest of the path.
    """
    path = folder.resolve() / "valkey" / "valkey.sock"
    if len(str(path).encode()) > _MAX_SOCKET_PATH_BYTES or not _PLAIN_PATH.fullmatch(str(path)):
        digest = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"community-{os.getuid()}-{digest}" / "valkey.sock"
    return f"unix://{path}"


def build_embedded_media_store(folder: Path) -> str:
    """Return the address of the embedded installation's picture store."""
    return (folder.resolve() / "media").as_uri()


def _split_url(url: str, *, schemes: tuple[str, ...]) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"it is not an address; {_ENCODED}") from None
    if parts.scheme not in schemes:
        raise ValueError(f"it begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"its port is not a number from 1 to 65535; {_ENCODED}")
    if parts.fragment or "#" in url:
        raise ValueError(f"it contains a #; {_ENCODED}")
    return parts


def _parse_query(parts: SplitResult, *, known: tuple[str, ...]) -> dict[str, str]:
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"it may have {', '.join(known)} after its ?, not {', '.join(unknown)}")
    return given
