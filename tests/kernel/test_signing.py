"""Signed tokens verify for their purpose and time only, under every accepted secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from community.kernel import signing

OLD, NEW, WEAK = "older-secret" * 3, "newer-secret" * 3, "o" * 32
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


def sign(secret=OLD, purpose="test links", payload="17", expires_at=LATER):
    return signing.sign([secret], purpose, payload, expires_at=expires_at)


def verify(token, secrets=(OLD,), purpose="test links", now=NOW):
    return signing.verify(secrets, purpose, token, now=now)


def test_token_verifies_with_payload_and_expiry():
    assert verify(sign()) == signing.Signed("17", LATER)


def test_payload_may_contain_dots():
    assert verify(sign(payload="a.b.c")) == signing.Signed("a.b.c", LATER)


def test_same_arguments_give_same_token():
    assert sign() == sign(expires_at=LATER + timedelta(microseconds=999_999))


def test_token_is_url_safe():
    assert set(sign()) <= set("0123456789.-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def test_token_expires_at_its_time():
    assert verify(sign(), now=LATER - timedelta(microseconds=1)) is not None
    assert verify(sign(), now=LATER) is None


def test_first_secret_signs_and_any_verifies():
    token = signing.sign([NEW, OLD], "test links", "17", expires_at=LATER)
    assert verify(token, secrets=(NEW,)) is not None
    assert verify(sign(OLD), secrets=(NEW, OLD)) is not None
    assert verify(sign(OLD), secrets=(NEW,)) is None


def test_token_of_weak_secret_is_refused():
    assert verify(sign(WEAK), secrets=(NEW, WEAK)) is None
    assert verify(sign(NEW), secrets=(NEW, WEAK)) is not None


def test_token_of_another_purpose_is_refused():
    assert verify(sign(purpose="other links")) is None


def test_changed_token_is_refused():
    payload, expires, signature = sign().split(".")
    for token in (
        "", ".", "..", "...", "字.字.字", "\ud800", f"18.{expires}.{signature}",
        f"{payload}.{int(expires) + 1}.{signature}", f"{payload}.{expires}.{signature[::-1]}", f"{payload}.{expires}.",
        f"{payload}.{expires}", f"{sign()}.", f"{payload}.{expires}.{signature}=", f"{payload}.{expires}.{signature}字",
        f" {sign()}", "9" * 400 + f".{signature}",
    ):  # fmt: skip
        assert verify(token) is None, token


def test_every_secret_derives_its_own_token():
    new, old = signing.derive_tokens([NEW, OLD], "test tokens", "text")
    assert signing.derive_tokens([OLD], "test tokens", "text") == [old]
    assert new != old
    assert len(new) == 43


@pytest.mark.parametrize(("purpose", "text"), [("other tokens", "text"), ("test tokens", "other")])
def test_derived_token_depends_on_purpose_and_text(purpose, text):
    assert signing.derive_tokens([OLD], purpose, text) != signing.derive_tokens([OLD], "test tokens", "text")


def test_derived_tokens_stay_the_same_across_releases():
    # A changed derivation would end the session of every phone that repeats a lost refresh during an upgrade.
    assert signing.derive_tokens([WEAK], "refresh tokens", "text") == ["2wqyNttsrjczNOMtVunlemMwKktOsS19DRz6Lowblaw"]
