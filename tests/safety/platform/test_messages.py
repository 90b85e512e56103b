"""Messages that WeChat pushes: signatures, encryption, JSON and XML."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from community.safety.platform import messages
from community.safety.platform.messages import CallbackKeys, MessageRefused, encrypt, open_message, sign, verify_address

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
NOW = datetime(2026, 11, 27, tzinfo=UTC)
PLAIN = CallbackKeys("token0of0the0test", "wx0123456789abcdef")
SAFE = CallbackKeys(PLAIN.token, PLAIN.app_id, KEY)
RANDOM = b"0123456789abcdef"


def make_query(keys, *parts, name="signature", at=NOW):
    timestamp = str(int(at.timestamp()))
    return {"timestamp": timestamp, "nonce": "n", name: sign(keys, timestamp, "n", *parts)}


def open_plain(body):
    return open_message(PLAIN, make_query(PLAIN), body, now=NOW)


def open_safe(message, *, app_id=SAFE.app_id, sealed=None):
    sealed = encrypt(KEY, app_id, message, random=RANDOM) if sealed is None else sealed
    query = make_query(SAFE, sealed, name="msg_signature")
    return open_message(SAFE, query, json.dumps({"Encrypt": sealed}).encode(), now=NOW)


def assert_refused(reason, work, *given, **more):
    with pytest.raises(MessageRefused) as caught:
        work(*given, **more)
    assert str(caught.value) == reason


def test_encryption_is_that_of_the_platform():
    sealed = encrypt(KEY, "wxb11529c136998cb6", "我是中文abcd123".encode(), random=b"aaaabbbbccccdddd")
    assert sealed == "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="


def test_signature_is_that_of_the_platform():
    keys = CallbackKeys("QDG6eK", "wx5823bf96d3bd56c7", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
    sealed = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    query = {"timestamp": "1409659589", "nonce": "263014780",
             "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"}  # fmt: skip
    body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
    # The signature and the encryption are right, and the content is a text of digits.
    assert_refused("form", open_message, keys, query, body, now=datetime.fromtimestamp(1409659589, UTC))


def test_echo_needs_the_signature():
    query = make_query(PLAIN)
    assert verify_address(PLAIN, {**query, "echostr": "e"}, now=NOW) == "e"
    assert_refused("signature", verify_address, PLAIN, {**query, "signature": "0" * 40}, now=NOW)
    assert_refused("signature", verify_address, PLAIN, {}, now=NOW)


@pytest.mark.parametrize("age_s", [-601, 601])
def test_signature_expires(age_s):
    query = make_query(PLAIN, at=NOW - timedelta(seconds=age_s))
    assert_refused("timestamp", open_message, PLAIN, query, b"{}", now=NOW)


def test_timestamp_is_a_number():
    query = {"timestamp": "now", "nonce": "n", "signature": sign(PLAIN, "now", "n")}
    assert_refused("timestamp", open_message, PLAIN, query, b"{}", now=NOW)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<a>1</a>", {"a": "1"}),
        ("<a><![CDATA[<b>]]></a>", {"a": "<b>"}),
        ("<a><b>1</b></a>", {"a": {"b": "1"}}),
        ("<a>1</a><a>2</a><a>3</a>", {"a": ["1", "2", "3"]}),
        ("<a/><b> x </b>", {"a": "", "b": "x"}),
        ("<a>&lt;&#x4e2d;</a>", {"a": "<中"}),
    ],
)
def test_xml_has_the_values_of_json(xml, expected):
    assert open_plain(f"\n<xml>{xml}</xml>".encode()) == expected


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><a>&b;</a></xml>'
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><a>&a;</a></xml>'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"1", b"{", b'{"a": 1, "a": 2}', b"[" * 50_000, b"\xff\xfe{", b"1" * 6_000, b"<xml>", b"<a>1</a>",
        b"<xml>1</xml>", b"<xml><a>&b;</a></xml>", b"<xml>" + b"<a>" * 40 + b"</a>" * 40 + b"</xml>", BOMB, FILE,
        b"<!DOCTYPE xml><xml><a>1</a></xml>", b'<?xml version="1.0" encoding="odd"?><xml><a>1</a></xml>',
    ],
)  # fmt: skip
def test_unreadable_message_is_refused(body):
    assert_refused("form", open_plain, body)
    assert_refused("form", open_safe, body)


def test_safe_message_is_opened():
    assert open_safe('{"a": "中"}'.encode()) == {"a": "中"}


def test_safe_message_of_another_application_is_refused():
    assert_refused("application", open_safe, b"{}", app_id="wx_of_another_one")


@pytest.mark.parametrize("sealed", ["!", "YWJj", "中文"])
def test_broken_encryption_is_refused(sealed):
    assert_refused("encryption", open_safe, b"", sealed=sealed)


@pytest.mark.parametrize("sealed", ["", "A" * 64, encrypt(KEY, "", b"", random=b"")])
def test_encryption_without_a_message_is_refused(sealed):
    assert_refused("application", open_safe, b"", sealed=sealed)


def test_plain_message_is_refused_with_a_key():
    assert_refused("plain", open_message, SAFE, make_query(SAFE), b'{"Event": "wxa_media_check"}', now=NOW)


def test_safe_message_needs_its_own_signature():
    sealed = encrypt(KEY, SAFE.app_id, b"{}", random=RANDOM)
    body = json.dumps({"Encrypt": sealed}).encode()
    for query in (make_query(SAFE), make_query(SAFE, "another", name="msg_signature")):
        assert_refused("signature", open_message, SAFE, query, body, now=NOW)


@pytest.mark.parametrize("key", ["abc", "!" * 43, "中" * 43])
def test_key_of_another_form_is_refused(key):
    with pytest.raises(ValueError, match=r"32 bytes|base64|characters"):
        messages.derive_aes_key(key)


def test_keys_print_no_secret():
    assert KEY not in repr(SAFE)
    assert SAFE.token not in repr(SAFE)
