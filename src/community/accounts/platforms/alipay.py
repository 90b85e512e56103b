"""Login of Alipay mini-programs by `alipay.system.oauth.token`, signed with RSA2 in both directions.

https://opendocs.alipay.com/mini/84bc7352_alipay.system.oauth.token
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from community.accounts.errors import LoginBlocked, LoginCodeInvalid, PlatformBusy, PlatformUnavailable
from community.accounts.platforms.calls import build_unique_object, find_identifier, request_text, validate_code
from community.accounts.platforms.interface import PlatformUser
from community.kernel import clock, periods
from community.kernel.errors import Refusal
from community.settings import Settings

log = logging.getLogger(__name__)

METHOD = "alipay.system.oauth.token"
RESPONSE_NODE = "alipay_system_oauth_token_response"
ERROR_NODE = "error_response"

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(object_pairs_hook=build_unique_object)

_BAD_CODES = frozenset({"isv.code-invalid", "isv.code-is-used", "isv.code-expired", "isv.refresh-token-invalid"})
_BUSY_CODES = frozenset(
    {"20000", "40005", "aop.unknow-error", "isp.unknow-error", "isp.unknown-error", "isp.call-limited"}
)
_BLOCKED_CODES = frozenset({"isv.user-freezed", "isv.user-status-invalid"})


class Alipay:
    """A mini-program at Alipay."""

    def __init__(self, settings: Settings) -> None:
        if settings.alipay_app_id is None or settings.alipay_private_key is None or settings.alipay_public_key is None:
            raise PlatformUnavailable(path=("platform",))
        self._settings = settings
        self._app_id = settings.alipay_app_id
        try:
            self._private = load_private_key(settings.alipay_private_key.get_secret_value())
            self._public = load_public_key(settings.alipay_public_key)
        except (ValueError, TypeError):
            log.exception("Alipay key is not readable")
            raise PlatformUnavailable(path=("platform",)) from None

    async def exchange_code(self, code: str) -> PlatformUser:
        """Exchange the code of `my.getAuthCode`, which is valid once."""
        values = {
            "app_id": self._app_id,
            "method": METHOD,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": clock.now().astimezone(periods.CHINA).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "grant_type": "authorization_code",
            "code": validate_code(code),
        }
        values["sign"] = sign(self._private, build_signed_text(values))
        text = await request_text(self._settings, "POST", f"{self._settings.alipay_url}/gateway.do", data=values)
        try:
            members = split_members(text)
        except (ValueError, RecursionError):
            log.warning("Alipay response is no JSON object")
            raise PlatformBusy from None
        if ERROR_NODE in members:
            raise _build_refusal(members[ERROR_NODE].value)
        signed, signature = members.get(RESPONSE_NODE), members.get("sign")
        node = None if signed is None else signed.value
        if signed is None or not isinstance(node, dict):
            log.warning("Alipay response lacks a node: node=%s", RESPONSE_NODE)
            raise PlatformBusy
        if "sub_code" in node or node.get("code") not in (None, "10000"):
            raise _build_refusal(node)
        # Only a response with Alipay's signature may name a person.
        if signature is None or not is_signature_valid(self._public, signed.text, signature.value):
            log.warning("Alipay response has no valid signature")
            raise PlatformBusy
        subject = find_identifier(node, "open_id", "user_id")
        if subject is None:
            log.warning("Alipay response names no person")
            raise PlatformBusy
        return PlatformUser(subject=subject, union=find_identifier(node, "union_id"))


def _build_refusal(node: Any) -> Refusal:
    if not isinstance(node, dict):
        return PlatformBusy()
    codes = {str(node.get("code", "")), str(node.get("sub_code", ""))}
    log.warning("Alipay refused a call: codes=%s", ",".join(sorted(code[:40] for code in codes if code)))
    if codes & _BAD_CODES:
        return LoginCodeInvalid(path=("code",))
    if codes & _BLOCKED_CODES:
        return LoginBlocked()
    return PlatformBusy() if codes & _BUSY_CODES else PlatformUnavailable(path=("platform",))


def build_signed_text(values: Mapping[str, str]) -> str:
    """Return the text to sign.

    It has the non-empty values in the order of their names, without `sign`, joined by `&`.
    """
    return "&".join(f"{name}={values[name]}" for name in sorted(values) if values[name] and name != "sign")


def sign(key: RSAPrivateKey, text: str) -> str:
    """Return the RSA2 signature (RSA with SHA-256) in base64."""
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def is_signature_valid(key: RSAPublicKey, text: str, signature: object) -> bool:
    """Return True if the private key signed the text."""
    if not isinstance(signature, str):
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


class Member(NamedTuple):
    """A member of a JSON object, as characters and as a value."""

    text: str
    value: Any


def split_members(text: str) -> dict[str, Member]:
    """Return the members of a JSON object by name. Raises ValueError for any other text and for a repeated name.

    A signature covers a member's very characters. Parsed and written again, they could differ. Value and characters
    come from one pass, so that a value that is used is the one whose signature was verified.
    """
    members: list[tuple[str, Member]] = []
    position, closing = _skip(text, 0, "{"), ","
    while closing == ",":
        name, position = _DECODER.raw_decode(text, _skip_space(text, position))
        begin = _skip_space(text, _skip(text, position, ":"))
        value, position = _DECODER.raw_decode(text, begin)
        members.append((name, Member(text[begin:position], value)))
        position = _skip_space(text, position)
        closing = text[position : position + 1]
        position += 1
    if (
        closing != "}"
        or _skip_space(text, position) < len(text)
        or not all(isinstance(name, str) for name, _ in members)
    ):
        raise ValueError("this is no JSON object")
    return build_unique_object(members)


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()


def _skip(text: str, position: int, character: str) -> int:
    position = _skip_space(text, position)
    if text[position : position + 1] != character:
        raise ValueError(f"{character} is missing")
    return position + 1


@lru_cache(maxsize=4)
def load_private_key(text: str) -> RSAPrivateKey:
    """Return the key from PEM, or from the base64 of its DER. Raises ValueError."""
    if "-----" in text:
        return cast("RSAPrivateKey", load_pem_private_key(text.replace("\\n", "\n").encode(), None))
    return cast("RSAPrivateKey", load_der_private_key(base64.b64decode("".join(text.split())), None))


@lru_cache(maxsize=4)
def load_public_key(text: str) -> RSAPublicKey:
    """Return the key from PEM, or from the base64 of its DER. Raises ValueError."""
    if "-----" in text:
        return cast("RSAPublicKey", load_pem_public_key(text.replace("\\n", "\n").encode()))
    return cast("RSAPublicKey", load_der_public_key(base64.b64decode("".join(text.split()))))
