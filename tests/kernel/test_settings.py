"""Settings: a wrong variable stops the process with its name, and the secret is shown nowhere."""

from __future__ import annotations

import logging
import os
import traceback

import pytest

from community.settings import PREFIX, SHORTEST_SECRET, Environment, Settings, SettingsError, load

SECRET = "kept-to-itself-" * 3
KEY = "sealed-with-this-" * 3
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://community@db/community",
    "REDIS_URL": "redis://cache:6379/0",
    "TOKEN_SECRET": SECRET,
    "ENCRYPTION_KEY": KEY,
}


@pytest.fixture
def environment(monkeypatch):
    """Set variables, without the prefix; those of the surroundings are away."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)

    def given(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)

    return given


def refused():
    with pytest.raises(SettingsError) as error:
        load()
    return str(error.value)


def test_nothing_has_to_be_set_for_development(environment):
    settings = load()
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.sqlite_path is not None
    assert len(settings.token_secret.get_secret_value()) >= SHORTEST_SECRET
    assert settings.token_secret != load().token_secret


def test_what_is_set_is_taken(environment):
    environment(**PRODUCTION, PORT="0", ALLOWED_ORIGINS="https://a.example", DATABASE_POOL="3")
    settings = load()
    assert (settings.environment, settings.sqlite_path) == (Environment.PRODUCTION, None)
    assert (settings.port, settings.allowed_origins, settings.database_pool) == (0, ("https://a.example",), 3)
    assert settings.token_secret.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:///var/lib/c.sqlite3", "/var/lib/c.sqlite3"), ("sqlite://.community/c", ".community/c")]
)
def test_a_sqlite_address_is_a_path(environment, url, path):
    environment(DATABASE_URL=url)
    assert str(load().sqlite_path) == path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "mysql://db/community"),
        ("DATABASE_URL", ""),
        ("REDIS_URL", "http://cache"),
        ("TOKEN_SECRET", "x" * (SHORTEST_SECRET - 1)),
        ("TOKEN_SECRET", ""),
        ("TOKEN_SECRETS_ACCEPTED", "short"),
        ("TOKEN_SECRETS_ACCEPTED", f"{'x' * 40}, short"),
        ("ENCRYPTION_KEY", "short"),
        ("ENCRYPTION_KEYS_ACCEPTED", "short"),
        ("REFRESH_LIFETIME_S", "60"),
        ("LOGIN_FAILURES", "0"),
        ("LOGIN_TIMEOUT_S", "0"),
        ("WECHAT_URL", "http://api.example.com"),
        ("ALIPAY_URL", "ftp://127.0.0.1"),
        ("DOUYIN_URL", "https://"),
        ("ERASURE_WAIT_DAYS", "61"),
        ("EXPORT_LIFETIME_H", "0"),
        ("TOKEN_LIFETIME_S", "59"),
        ("TOKEN_LIFETIME_S", "an hour"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("DATABASE_POOL", "0"),
        ("STATEMENT_TIMEOUT_MS", "99"),
        ("LOCK_TIMEOUT_MS", "600001"),
        ("BODY_LIMIT_BYTES", "1.5"),
        ("OUTBOX_POLL_MS", "0"),
        ("OUTBOX_REOFFER_S", "0"),
        ("OUTBOX_ATTEMPTS", "101"),
    ],
)
def test_a_wrong_variable_is_named(environment, name, value):
    environment(**{name: value})
    [line] = refused().splitlines()
    assert PREFIX + name in line


def test_every_wrong_variable_is_named_at_once(environment):
    environment(PORT="x", REDIS_URL="x", DATABASE_POOL="x")
    assert sorted(line.split(":")[0] for line in refused().splitlines()) == [
        "COMMUNITY_DATABASE_POOL",
        "COMMUNITY_PORT",
        "COMMUNITY_REDIS_URL",
    ]


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "TOKEN_SECRET", "ENCRYPTION_KEY"])
def test_production_is_told_everything(environment, missing):
    environment(**{name: value for name, value in PRODUCTION.items() if name != missing})
    message = refused()
    assert PREFIX + missing in message
    assert all(PREFIX + name not in message for name in PRODUCTION if name != missing)


def test_production_names_everything_that_it_misses(environment):
    environment(ENVIRONMENT="production")
    message = refused()
    assert all(PREFIX + name in message for name in PRODUCTION if name != "ENVIRONMENT")


def test_the_secret_is_shown_nowhere(environment, caplog):
    environment(**PRODUCTION)
    settings = load()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r %s", settings, settings, settings.model_dump())
    assert SECRET not in caplog.text
    assert SECRET not in settings.model_dump_json()
    for wrong in ({"PORT": "x"}, {"TOKEN_SECRET": (short := "a-short-secret")}):
        environment(**wrong)
        with pytest.raises(SettingsError) as error:
            load()
        told = "".join(traceback.format_exception(error.value))
        assert SECRET not in told
        assert short not in told if "TOKEN_SECRET" in wrong else True


@pytest.mark.parametrize(
    ("value", "origins"),
    [("*", ("*",)), ("https://a", ("https://a",)), ("https://a, https://b", ("https://a", "https://b")), ("", ())],
)
def test_origins_are_written_with_commas(environment, value, origins):
    environment(ALLOWED_ORIGINS=value)
    assert load().allowed_origins == origins


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"WECHAT_APP_ID": "a"}, ["WECHAT_SECRET"]),
        ({"WECHAT_SECRET": "s"}, ["WECHAT_APP_ID"]),
        ({"ALIPAY_APP_ID": "a"}, ["ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"]),
        ({"DOUYIN_APP_ID": "a"}, ["DOUYIN_SECRET"]),
    ],
)
def test_a_platform_is_told_everything_or_nothing(environment, given, missing):
    environment(**given)
    message = refused()
    assert all(PREFIX + name in message for name in missing)


def test_a_platform_on_this_machine_and_several_secrets_are_taken(environment):
    environment(WECHAT_URL="http://127.0.0.1:9/", TOKEN_SECRETS_ACCEPTED=f"{'a' * 32}, {'b' * 32}")
    settings = load()
    assert settings.wechat_url == "http://127.0.0.1:9"
    assert [one.get_secret_value() for one in settings.token_secrets_accepted] == ["a" * 32, "b" * 32]
    assert "aaaa" not in repr(settings)


def test_no_secret_of_a_platform_is_shown(environment):
    environment(
        ENCRYPTION_KEY=KEY, WECHAT_APP_ID="a", WECHAT_SECRET="hidden-one", DOUYIN_APP_ID="a",
        DOUYIN_SECRET="hidden-two", ALIPAY_APP_ID="a", ALIPAY_PRIVATE_KEY="hidden-three", ALIPAY_PUBLIC_KEY="p",
    )  # fmt: skip
    settings = load()
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hidden" not in shown
    assert KEY not in shown


def test_the_passwords_in_addresses_are_not_printed():
    shown = repr(Settings(database_url="postgresql://u:pa55@h/x", redis_url="redis://:pa55@h"))
    assert "pa55" not in shown
