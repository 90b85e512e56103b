"""Access tokens, valid and invalid ones."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.accounts import access_tokens
from community.accounts.access_tokens import Bearer, derive_key_id
from community.kernel import clock
from community.kernel.errors import Unauthenticated
from tests.support.backends import SECRET, make_settings

SETTINGS = make_settings()
BEARER = Bearer(person_id=42, session_id=6)
ANOTHER_SECRET = "another secret for tests, also long enough"


def build_claims(**changed):
    now = datetime.now(UTC)
    made = {
        "sub": "7", "sid": "3", "iss": "community", "aud": "community-api",
        "iat": now, "nbf": now, "exp": now + timedelta(minutes=5),
    }  # fmt: skip
    made.update(changed)
    return {name: value for name, value in made.items() if value is not None}


def sign(secret: str = SECRET, algorithm: str = "HS256", kid: object = derive_key_id(SECRET), **changed) -> str:
    return jwt.encode(build_claims(**changed), secret, algorithm, headers={} if kid is None else {"kid": kid})


def encode(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def assert_refused(token: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        access_tokens.verify(SETTINGS, token)
    assert refusal.value.code == "UNAUTHENTICATED"
    assert refusal.value.reason == "access_token"


def test_a_token_names_the_person_it_was_issued_to():
    assert access_tokens.verify(SETTINGS, access_tokens.issue(SETTINGS, BEARER).token) == BEARER


@pytest.mark.parametrize("skew_s", [-25, 25])
def test_token_of_a_skewed_clock_is_accepted(skew_s):
    at = datetime.now(UTC) + timedelta(seconds=skew_s)
    lifetime = timedelta(seconds=5)
    token = sign(iat=at, nbf=at, exp=at + lifetime)
    assert access_tokens.verify(SETTINGS, token).person_id == 7


def test_a_token_says_nothing_but_who_and_how_long():
    issued = access_tokens.issue(SETTINGS, BEARER)
    held = jwt.decode(issued.token, options={"verify_signature": False})
    assert set(held) == {"sub", "sid", "iss", "aud", "iat", "nbf", "exp"}
    assert held["exp"] == issued.expires_at.timestamp()
    assert held["exp"] - held["iat"] == SETTINGS.token_lifetime_s


def test_a_well_formed_token_signed_with_the_secret_is_taken():
    assert access_tokens.verify(SETTINGS, sign()) == Bearer(7, 3)


def test_an_expired_token_is_refused():
    with clock.at(datetime.now(UTC) - timedelta(seconds=SETTINGS.token_lifetime_s + 35)):
        token = access_tokens.issue(SETTINGS, BEARER).token
    assert_refused(token)


def test_a_token_is_good_until_just_before_it_expires():
    with clock.at(datetime.now(UTC) - timedelta(seconds=SETTINGS.token_lifetime_s - 30)):
        token = access_tokens.issue(SETTINGS, BEARER).token
    assert access_tokens.verify(SETTINGS, token) == BEARER


def test_a_token_that_is_not_yet_valid_is_refused():
    assert_refused(sign(nbf=datetime.now(UTC) + timedelta(minutes=1)))
    assert_refused(sign(iat=datetime.now(UTC) + timedelta(minutes=1)))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "somebody-else"}, {"aud": None}, {"aud": ["x"]}, {"aud": 7},
        {"iss": "somebody-else"}, {"iss": None},
        {"sid": None}, {"sid": ""}, {"sid": "x"}, {"sid": "-1"}, {"sid": "0"}, {"sid": "9223372036854775808"},
        {"sub": None}, {"sub": ""}, {"sub": "0"}, {"sub": "-7"}, {"sub": "x"}, {"sub": "1.5"}, {"sub": "7; DROP"},
        {"exp": None}, {"iat": None}, {"nbf": None}, {"exp": "soon"}, {"exp": 0},
    ],
)  # fmt: skip
def test_a_token_with_a_claim_missing_or_wrong_is_refused(changed):
    assert_refused(sign(**changed))


def test_a_token_signed_with_another_secret_is_refused():
    assert_refused(sign(ANOTHER_SECRET))
    assert_refused(
        access_tokens.issue(make_settings(), BEARER).token.rsplit(".", 1)[0] + "." + sign().rsplit(".", 1)[1]
    )


@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(alg):
    body = {name: int(v.timestamp()) if isinstance(v, datetime) else v for name, v in build_claims().items()}
    for signature in ("", sign().rsplit(".", 1)[1]):
        assert_refused(f"{encode({'alg': alg, 'typ': 'JWT', 'kid': derive_key_id(SECRET)})}.{encode(body)}.{signature}")


@pytest.mark.filterwarnings("ignore:The HMAC key is:jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused_though_the_secret_is_right(algorithm):
    assert_refused(sign(algorithm=algorithm))


@pytest.mark.parametrize(
    "kid",
    [None, "", "another", derive_key_id(ANOTHER_SECRET), "../../../../dev/null", "/etc/passwd", "file:///dev/null",
     "\0",     "' OR 1=1 --", "http://127.0.0.1/key", "k" * 5_000, f"{derive_key_id(SECRET)} ",
     derive_key_id(SECRET).upper()],
    ids=range(13),
)  # fmt: skip
def test_a_key_id_is_a_name_that_is_known_or_nothing(kid):
    assert_refused(sign(kid=kid))
    assert_refused(sign(ANOTHER_SECRET, kid=kid))


@pytest.mark.parametrize("kid", [7, None, ["x"], {"x": 1}, True])
def test_a_key_id_that_is_no_text_is_refused(kid):
    body = {name: int(v.timestamp()) if isinstance(v, datetime) else v for name, v in build_claims().items()}
    assert_refused(f"{encode({'alg': 'HS256', 'typ': 'JWT', 'kid': kid})}.{encode(body)}.{sign().rsplit('.', 1)[1]}")


def test_a_token_of_the_secret_before_is_taken_while_that_is_accepted():
    before = make_settings(token_secrets_accepted=(ANOTHER_SECRET,))
    token = sign(ANOTHER_SECRET, kid=derive_key_id(ANOTHER_SECRET))
    assert access_tokens.verify(before, token) == Bearer(7, 3)
    assert_refused(token)


def test_a_token_says_which_secret_signed_it_and_no_other_will_do():
    both = make_settings(token_secrets_accepted=(ANOTHER_SECRET,))
    assert jwt.get_unverified_header(access_tokens.issue(both, BEARER).token)["kid"] == derive_key_id(SECRET)
    for wrong in (
        sign(SECRET, kid=derive_key_id(ANOTHER_SECRET)),
        sign(ANOTHER_SECRET, kid=derive_key_id(SECRET)),
    ):
        with pytest.raises(Unauthenticated):
            access_tokens.verify(both, wrong)


def test_a_key_that_the_token_brings_along_is_not_looked_at():
    for header in ({"jwk": {"kty": "oct", "k": "AA"}}, {"jku": "http://127.0.0.1/keys"}, {"x5u": "http://127.0.0.1/"}):
        assert_refused(
            jwt.encode(build_claims(), ANOTHER_SECRET, "HS256", headers={"kid": derive_key_id(SECRET), **header})
        )


def test_a_public_key_is_no_secret():
    """An attacker may choose a symmetric algorithm and sign with the public key id."""
    assert_refused(
        jwt.encode(build_claims(), derive_key_id(SECRET) * 4, "HS256", headers={"kid": derive_key_id(SECRET)})
    )


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "字.字.字", "\ud800", "\x00", "Bearer x", "null", "e30.e30.e30", "a" * 1_000_000,
     f"{'.' * 100_000}", f"{encode({'alg': 'HS256'})}.{encode([])}.x"],
    ids=range(14),
)  # fmt: skip
def test_garbage_is_refused(token):
    assert_refused(token)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_token_whose_header_is_nested_deeply_is_refused(opening):
    header = base64.urlsafe_b64encode((opening * 5_000).encode()).decode().rstrip("=")
    assert_refused(f"{header}.e30.x")


def test_a_body_changed_by_one_claim_is_refused():
    head, _, signature = sign().split(".")
    assert_refused(
        f"{head}.{encode({**jwt.decode(sign(), options={'verify_signature': False}), 'sub': '8'})}.{signature}"
    )


@given(st.text(max_size=200))
def test_no_text_is_a_token(text):
    assert_refused(text)


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_token_with_a_character_changed_names_nobody_else(position, character):
    token = sign()
    place = position % len(token)
    changed = token[:place] + character + token[place + 1 :]
    try:
        # The last character of a part has unused bits. The token may therefore stay valid, for the same person.
        assert access_tokens.verify(SETTINGS, changed) == Bearer(7, 3)
    except Unauthenticated:
        assert changed != token


def test_kept_token_is_refused_after_its_expiry():
    issued = access_tokens.issue(SETTINGS, BEARER)
    assert access_tokens.verify(SETTINGS, issued.token) == BEARER
    expires_s = issued.expires_at.timestamp() + access_tokens.MAX_CLOCK_SKEW_S
    assert access_tokens.verify(SETTINGS, issued.token, now_s=expires_s - 1) == BEARER
    with pytest.raises(Unauthenticated):
        access_tokens.verify(SETTINGS, issued.token, now_s=expires_s)


def test_kept_token_is_refused_with_other_secrets():
    issued = access_tokens.issue(SETTINGS, BEARER)
    assert access_tokens.verify(SETTINGS, issued.token) == BEARER
    with pytest.raises(Unauthenticated):
        access_tokens.verify(make_settings(token_secret=ANOTHER_SECRET), issued.token)
