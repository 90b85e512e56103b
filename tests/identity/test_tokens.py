"""Access tokens: whom they name, how long, and what is no token of ours."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.identity import tokens
from community.kernel import clock
from community.kernel.errors import Unauthenticated
from tests.support.backends import SECRET, settings_for

SETTINGS = settings_for()
ANOTHER_SECRET = "another secret for tests, also long enough"


def claims(**changed):
    now = datetime.now(UTC)
    made = {
        "sub": "7", "iss": "community", "aud": "community-api",
        "iat": now, "nbf": now, "exp": now + timedelta(minutes=5),
    }  # fmt: skip
    made.update(changed)
    return {name: value for name, value in made.items() if value is not None}


def signed(secret: str = SECRET, algorithm: str = "HS256", **changed) -> str:
    return jwt.encode(claims(**changed), secret, algorithm)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refused(token: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        tokens.person_id(SETTINGS, token)
    assert refusal.value.code == "UNAUTHENTICATED"
    assert refusal.value.message == "The access token is not good any more. Log in again."


def test_a_token_names_the_person_it_was_issued_to():
    assert tokens.person_id(SETTINGS, tokens.issue(SETTINGS, 42).token) == 42


def test_a_token_says_nothing_but_who_and_how_long():
    issued = tokens.issue(SETTINGS, 42)
    held = jwt.decode(issued.token, options={"verify_signature": False})
    assert set(held) == {"sub", "iss", "aud", "iat", "nbf", "exp"}
    assert held["exp"] == issued.expires_at.timestamp()
    assert held["exp"] - held["iat"] == SETTINGS.token_lifetime_s


def test_a_well_formed_token_signed_with_the_secret_is_taken():
    assert tokens.person_id(SETTINGS, signed()) == 7


def test_an_expired_token_is_refused():
    with clock.at(datetime.now(UTC) - timedelta(seconds=SETTINGS.token_lifetime_s + 5)):
        token = tokens.issue(SETTINGS, 42).token
    refused(token)


def test_a_token_is_good_until_just_before_it_expires():
    with clock.at(datetime.now(UTC) - timedelta(seconds=SETTINGS.token_lifetime_s - 30)):
        token = tokens.issue(SETTINGS, 42).token
    assert tokens.person_id(SETTINGS, token) == 42


def test_a_token_that_is_not_yet_valid_is_refused():
    refused(signed(nbf=datetime.now(UTC) + timedelta(minutes=1)))
    refused(signed(iat=datetime.now(UTC) + timedelta(minutes=1)))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "somebody-else"}, {"aud": None}, {"aud": ["x"]}, {"aud": 7},
        {"iss": "somebody-else"}, {"iss": None},
        {"sub": None}, {"sub": ""}, {"sub": "x"}, {"sub": "1.5"}, {"sub": "7; DROP"},
        {"exp": None}, {"iat": None}, {"nbf": None}, {"exp": "soon"}, {"exp": 0},
    ],
)  # fmt: skip
def test_a_token_with_a_claim_missing_or_wrong_is_refused(changed):
    refused(signed(**changed))


def test_a_token_signed_with_another_secret_is_refused():
    refused(signed(ANOTHER_SECRET))
    refused(tokens.issue(settings_for(), 42).token.rsplit(".", 1)[0] + "." + signed().rsplit(".", 1)[1])


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(alg):
    body = {name: int(v.timestamp()) if isinstance(v, datetime) else v for name, v in claims().items()}
    for signature in ("", signed().rsplit(".", 1)[1]):
        refused(f"{part({'alg': alg, 'typ': 'JWT'})}.{part(body)}.{signature}")


@pytest.mark.filterwarnings("ignore:The HMAC key is:jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused_though_the_secret_is_right(algorithm):
    refused(signed(algorithm=algorithm))


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "字.字.字", "\ud800", "\x00", "Bearer x", "null", "e30.e30.e30", "a" * 1_000_000,
     f"{'.' * 100_000}", f"{part({'alg': 'HS256'})}.{part([])}.x"],
    ids=range(14),
)  # fmt: skip
def test_garbage_is_refused(token):
    refused(token)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_token_whose_header_is_nested_deeply_is_refused(opening):
    header = base64.urlsafe_b64encode((opening * 5_000).encode()).decode().rstrip("=")
    refused(f"{header}.e30.x")


def test_a_body_changed_by_one_claim_is_refused():
    head, _, signature = signed().split(".")
    refused(f"{head}.{part({**jwt.decode(signed(), options={'verify_signature': False}), 'sub': '8'})}.{signature}")


@given(st.text(max_size=200))
def test_no_text_is_a_token(text):
    refused(text)


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_token_with_a_character_changed_names_nobody_else(position, character):
    token = signed()
    place = position % len(token)
    changed = token[:place] + character + token[place + 1 :]
    try:
        # The last character of a part carries bits that mean nothing: the token may stay good, for the same person.
        assert tokens.person_id(SETTINGS, changed) == 7
    except Unauthenticated:
        assert changed != token
