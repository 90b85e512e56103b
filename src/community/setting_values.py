"""Types of settings, and values that stand in files."""

from __future__ import annotations

import difflib
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from community import addresses
from community.message_templates import MessageTemplate, MessageTopic

MIN_SECRET_LENGTH = 32
MIN_SECRET_VARIETY = 8
FILE_SUFFIX = "_FILE"
NEEDS = {
    "wechat_callback_token": ("wechat_app_id", "public_url"),
    "wechat_callback_key": ("wechat_callback_token",),
    "wechat_templates": ("wechat_app_id",),
}
"""The further settings that a setting needs."""


class ValueFileError(Exception):
    """A file of a setting cannot be read, or its setting is given twice."""


def _validate_secret_length(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < MIN_SECRET_LENGTH:
        raise ValueError(f"it needs at least {MIN_SECRET_LENGTH} characters")
    return value


def is_weak(secret: str) -> bool:
    """Return True if a secret has too few different characters."""
    return len(set(secret)) < MIN_SECRET_VARIETY


def _validate_secret_strength(value: SecretStr) -> SecretStr:
    if is_weak(value.get_secret_value()):
        raise ValueError(
            f"it has fewer than {MIN_SECRET_VARIETY} different characters and can be guessed:"
            " use the output of `openssl rand -base64 48`"
        )
    return value


def _validate_callback_token(value: SecretStr) -> SecretStr:
    if re.fullmatch(r"[A-Za-z0-9]{16,32}", value.get_secret_value()) is None:
        raise ValueError("it needs 16 to 32 letters and digits")
    return value


def _validate_callback_key(value: SecretStr) -> SecretStr:
    if re.fullmatch(r"[A-Za-z0-9]{43}", value.get_secret_value()) is None:
        raise ValueError("it needs the 43 letters and digits of EncodingAESKey")
    return value


def _parse_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("it needs a JSON object") from None


def load_token_secret(given: dict[str, Any]) -> SecretStr:
    """Return the secret of the embedded installation, or a new one."""
    path = addresses.build_embedded_secret_path(given["folder"])
    return SecretStr(path.read_text() if path.is_file() else secrets.token_urlsafe(48))


def split_commas(value: object) -> object:
    """Split a text at its commas. Return any other value unchanged."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


LongSecret: TypeAlias = Annotated[SecretStr, AfterValidator(_validate_secret_length)]
StrongSecret: TypeAlias = Annotated[LongSecret, AfterValidator(_validate_secret_strength)]
CallbackToken: TypeAlias = Annotated[SecretStr, AfterValidator(_validate_callback_token)]
CallbackKey: TypeAlias = Annotated[SecretStr, AfterValidator(_validate_callback_key)]
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(addresses.parse_network)]
WeChatTemplates = Annotated[Mapping[MessageTopic, MessageTemplate], NoDecode, BeforeValidator(_parse_json)]
PlatformUrl = Annotated[str, AfterValidator(addresses.validate_platform_url)]


def read_files(variables: Mapping[str, str], prefix: str, settings: Iterable[str]) -> dict[str, str]:
    """Return the values of settings whose variable with the suffix `_FILE` names a file.

    White space around a value is removed. Raises ValueFileError.
    """
    found = {}
    for setting in settings:
        name = prefix + setting.upper()
        path = variables.get(name + FILE_SUFFIX)
        if path is None:
            continue
        if name in variables:
            raise ValueFileError(f"{name}{FILE_SUFFIX}: {name} is set too")
        try:
            found[setting] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueFileError(f"{name}{FILE_SUFFIX}: {getattr(error, 'strerror', None) or 'no text'}") from None
    return found


def list_unknown(variables: Iterable[str], prefix: str, settings: Iterable[str]) -> list[str]:
    """Return a line per variable with the prefix that is no setting.

    It may be a typing error.
    """
    known = [prefix + name.upper() for name in settings]
    lines = []
    for name in sorted(variables):
        plain = name.upper().removesuffix(FILE_SUFFIX)
        if not plain.startswith(prefix) or not {name.upper(), plain}.isdisjoint(known):
            continue
        near = difflib.get_close_matches(name.upper(), known, n=1)
        lines.append(f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    return lines
