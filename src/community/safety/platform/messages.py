"""Messages that WeChat pushes: plain or encrypted, as JSON or XML. Pure.

https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from community.accounts.platforms.calls import build_unique_object

MAX_MESSAGE_BYTES = 65_536
MAX_AGE = timedelta(minutes=10)
"""The age of a signature. The signature of a plain message does not cover its body, and may be in a log."""
_MAX_XML_DEPTH = 16
_BLOCK_BYTES = 32
"""The unit of WeChat's padding, which is not that of AES."""
_RANDOM_BYTES = 16
_LENGTH_BYTES = 4


class MessageRefused(Exception):  # noqa: N818 - a condition, not a bug
    """A message that WeChat did not sign, or that cannot be read. Its text is a fixed reason for the log."""


@dataclass(frozen=True, slots=True)
class CallbackKeys:
    """The values that this service shares with WeChat. With `aes_key` plain messages are refused."""

    token: str = field(repr=False)
    app_id: str
    aes_key: str | None = field(default=None, repr=False)


def sign(keys: CallbackKeys, *parts: str) -> str:
    """Return WeChat's signature of some parts."""
    # WeChat prescribes SHA-1.
    return hashlib.sha1("".join(sorted((keys.token, *parts))).encode(errors="replace")).hexdigest()  # noqa: S324


def verify_address(keys: CallbackKeys, query: Mapping[str, str], *, now: datetime) -> str:
    """Return the echo for WeChat's question whether the address is ours. Raises MessageRefused."""
    _verify_signature(keys, query, "signature", now=now)
    return query.get("echostr", "")


def open_message(keys: CallbackKeys, query: Mapping[str, str], body: bytes, *, now: datetime) -> dict[str, Any]:
    """Return the content of a message. Raises MessageRefused."""
    if keys.aes_key is None:
        _verify_signature(keys, query, "signature", now=now)
        return _parse(body)
    sealed = _parse(body).get("Encrypt")
    if not isinstance(sealed, str):
        raise MessageRefused("plain")
    _verify_signature(keys, query, "msg_signature", sealed, now=now)
    return _parse(_decrypt(keys.aes_key, keys.app_id, sealed))


def _verify_signature(keys: CallbackKeys, query: Mapping[str, str], name: str, *parts: str, now: datetime) -> None:
    timestamp = query.get("timestamp", "")
    expected = sign(keys, timestamp, query.get("nonce", ""), *parts)
    if not hmac.compare_digest(expected.encode(), query.get(name, "").encode(errors="replace")):
        raise MessageRefused("signature")
    if not timestamp.isdecimal() or abs(now.timestamp() - int(timestamp)) > MAX_AGE.total_seconds():
        raise MessageRefused("timestamp")


def derive_aes_key(encoded: str) -> bytes:
    """Return the 32 bytes of an EncodingAESKey. Raises ValueError for another form."""
    key = base64.b64decode(f"{encoded}=", validate=True)
    if len(key) != _BLOCK_BYTES:
        raise ValueError("not 32 bytes")
    return key


def encrypt(aes_key: str, app_id: str, message: bytes, *, random: bytes) -> str:
    """Return a message encrypted as WeChat does it."""
    plain = random + len(message).to_bytes(_LENGTH_BYTES, "big") + message + app_id.encode()
    count = _BLOCK_BYTES - len(plain) % _BLOCK_BYTES
    encryptor = _create_cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([count]) * count) + encryptor.finalize()).decode()


def _decrypt(aes_key: str, app_id: str, sealed: str) -> bytes:
    try:
        data = base64.b64decode(sealed, validate=True)
        decryptor = _create_cipher(aes_key).decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
    except ValueError:
        raise MessageRefused("encryption") from None
    # The signature has covered these bytes, so that an answer about the padding reveals nothing.
    plain = plain[: -plain[-1]] if plain and 1 <= plain[-1] <= _BLOCK_BYTES else b""
    start = _RANDOM_BYTES + _LENGTH_BYTES
    end = start + int.from_bytes(plain[_RANDOM_BYTES:start], "big")
    if plain[end:] != app_id.encode():
        raise MessageRefused("application")
    return plain[start:end]


def _create_cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = derive_aes_key(aes_key)
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _parse(body: bytes) -> dict[str, Any]:
    try:
        is_xml = body.lstrip()[:1] == b"<"
        message = _parse_xml(body) if is_xml else json.loads(body, object_pairs_hook=build_unique_object)
    except (ValueError, LookupError, RecursionError, expat.ExpatError):
        raise MessageRefused("form") from None
    if not isinstance(message, dict):
        raise MessageRefused("form")
    return message


def _parse_xml(body: bytes) -> object:
    """Return the root element: a text, or a dict of its children. Children with the same name are a list.

    A document type is refused, so that no entity can be declared.
    """
    root: dict[str, Any] = {}
    stack: list[tuple[dict[str, Any], list[str]]] = [(root, [])]

    def start(_name: str, _attributes: object) -> None:
        if len(stack) > _MAX_XML_DEPTH:
            raise MessageRefused("form")
        stack.append(({}, []))

    def end(name: str) -> None:
        children, texts = stack.pop()
        value: Any = children or "".join(texts).strip()
        parent = stack[-1][0]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def add(text: str) -> None:
        stack[-1][1].append(text)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = add
    parser.Parse(body, True)
    return root.get("xml")


def _refuse_document_type(*_: object) -> NoReturn:
    raise MessageRefused("form")
