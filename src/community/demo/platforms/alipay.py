"""A fake of Alipay's gateway, with signed requests and responses."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.requests import Request

from community.accounts.platforms.alipay import (
    ERROR_NODE,
    METHOD,
    RESPONSE_NODE,
    build_signed_text,
    is_signature_valid,
    sign,
)
from community.demo.platforms.common import FakePlatform, FakeResponse


class FakeAlipay(FakePlatform):
    """A mini-program at Alipay.

    With `signs_wrongly` its responses carry a signature by the wrong key. `forge` writes the members before the
    signature from the signed node.
    """

    key = "alipay"
    app_id = "2021000000000000"

    def __init__(self) -> None:
        super().__init__()
        self._application_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self._own_key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self.signs_wrongly = False
        self.forge: Callable[[str], str] | None = None

    @property
    def private_key(self) -> str:
        """The application's private key in base64, as Alipay's console shows it."""
        made = self._application_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return base64.b64encode(made).decode()

    @property
    def public_key(self) -> str:
        """Alipay's public key in PEM."""
        return self._own_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    async def gateway(self, request: Request) -> FakeResponse:
        """Answer `POST /gateway.do` for the method `alipay.system.oauth.token`."""
        given = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        if given.get("app_id") != self.app_id:
            return _build_error("40002", "isv.invalid-app-id", "无效的AppID参数")
        signed = is_signature_valid(self._application_key.public_key(), build_signed_text(given), given.get("sign"))
        if given.get("sign_type") != "RSA2" or not signed:
            return _build_error("40002", "isv.invalid-signature", "无效签名")
        if given.get("method") != METHOD or given.get("grant_type") != "authorization_code":
            return _build_error("40002", "isv.invalid-method", "不存在的方法名")
        person = self._redeem(given.get("code", ""))
        if person is None:
            return _build_error("40002", "isv.code-invalid", "授权码code无效")
        node = json.dumps(
            {
                "access_token": f"authusrB{secrets.token_hex(16)}",
                "auth_start": "2026-01-01 00:00:00",
                "expires_in": 1_296_000,
                "re_expires_in": 2_592_000,
                "refresh_token": f"authusrB{secrets.token_hex(16)}",
                "open_id": self.openid(person),
                "note": '"quoted} and \\escaped',
            },
            separators=(",", ":"),
        )
        key = self._application_key if self.signs_wrongly else self._own_key
        members = f'{{"{RESPONSE_NODE}":{node}' if self.forge is None else self.forge(node)
        return FakeResponse(f'{members},"sign":"{sign(key, node)}"}}'.encode())


def _build_error(code: str, sub_code: str, message: str) -> FakeResponse:
    return FakeResponse(
        {ERROR_NODE: {"code": code, "msg": "Business Failed", "sub_code": sub_code, "sub_msg": message}}
    )
