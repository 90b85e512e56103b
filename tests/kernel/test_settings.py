"""A wrong variable stops the process with its name, and secrets are never printed."""

from __future__ import annotations

import logging
import os
import traceback

import pytest

from community import addresses
from community.kernel.db import tortoise_config
from community.setting_values import MIN_SECRET_LENGTH
from community.settings import PREFIX, Environment, Settings, SettingsError, load

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
    """Return a function that sets variables without the prefix. All others are removed."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)

    def given(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)

    return given


def get_error():
    with pytest.raises(SettingsError) as error:
        load()
    return str(error.value)


def test_development_needs_no_settings(environment):
    settings = load()
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.sqlite_path is not None
    assert len(settings.token_secret.get_secret_value()) >= MIN_SECRET_LENGTH
    assert settings.token_secret != load().token_secret


def test_variables_are_read(environment):
    environment(**PRODUCTION, PORT="0", ALLOWED_ORIGINS="https://a.example", DATABASE_POOL="3")
    settings = load()
    assert (settings.environment, settings.sqlite_path) == (Environment.PRODUCTION, None)
    assert (settings.port, settings.allowed_origins, settings.database_pool) == (0, ("https://a.example",), 3)
    assert settings.token_secret.get_secret_value() == SECRET


@pytest.mark.parametrize("path", ["/var/lib/c.sqlite3", "/a b/100%25?#.sqlite3"])
def test_sqlite_address_is_a_path(environment, path):
    environment(DATABASE_URL=f"sqlite://{path}")
    assert str(load().sqlite_path) == path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("DATABASE_URL", "mysql://db/community"),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:foo.db"),
        ("DATABASE_URL", "sqlite:///var/lib/"),
        ("DATABASE_URL", "sqlite://.community/community.sqlite3"),
        ("DATABASE_URL", "postgresql://db"),
        ("DATABASE_URL", "postgresql://db/"),
        ("DATABASE_URL", "postgresql:///community"),
        ("DATABASE_URL", "postgresql://db:port/community"),
        ("DATABASE_URL", "postgresql://db:0/community"),
        ("DATABASE_URL", "postgresql://db:65536/community"),
        ("DATABASE_URL", "postgresql://[::1/community"),
        ("DATABASE_URL", "postgresql://u:a#b@db/community"),
        ("DATABASE_URL", "postgresql://u:a/b@db/community"),
        ("DATABASE_URL", "postgresql://db/community?sslmode=maybe"),
        ("DATABASE_URL", "postgresql://db/community?ssl_mode=require"),
        ("REDIS_URL", "http://cache"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://cache:port"),
        ("REDIS_URL", "redis://cache:6379/zero"),
        ("REDIS_URL", "redis://cache:6379?datebase=1"),
        ("REDIS_URL", "unix://valkey.sock"),
        ("REDIS_URL", "unix://"),
        ("TOKEN_SECRET", "x" * (MIN_SECRET_LENGTH - 1)),
        ("TOKEN_SECRET", ""),
        ("TOKEN_SECRETS_ACCEPTED", "short"),
        ("TOKEN_SECRETS_ACCEPTED", f"{SECRET}, short"),
        ("TOKEN_SECRET", "x" * 64),
        ("TOKEN_SECRET", "password" * 8),
        ("TOKEN_SECRETS_ACCEPTED", f"{SECRET},{'x' * 64}"),
        ("ENCRYPTION_KEY", "0123456" * 8),
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
def test_wrong_variable_is_named(environment, name, value):
    environment(**{name: value})
    [line] = get_error().splitlines()
    assert line.startswith(f"{PREFIX}{name}: ")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("DATABSE_URL", "DATABASE_URL"), ("TOKEN_SECRETS", "TOKEN_SECRET"), ("PROT", "PORT"), ("XYZZY", None)],
)
def test_unknown_variable_is_refused_with_suggestion(environment, name, meant):
    environment(**{name: "x"})
    [line] = get_error().splitlines()
    assert line.startswith(f"{PREFIX}{name}: ")
    assert (f"did you mean {PREFIX}{meant}?" in line) is (meant is not None)


def test_ignored_prefixes_are_no_settings(environment):
    environment(LIFELINE_FD="3", TEST_REDIS_URL="redis://cache", TEST_S3="required")
    assert load().port == 8000


def test_address_is_decoded(environment):
    environment(DATABASE_URL="postgresql://l%40o:p%2Fa%23s%25s@db:6543/com%20munity?sslmode=verify-full")
    connection = tortoise_config(load(), models=())["connections"]["default"]["credentials"]
    assert {name: connection[name] for name in ("host", "port", "user", "password", "database", "ssl")} == {
        "host": "db", "port": 6543, "user": "l@o", "password": "p/a#s%s", "database": "com munity",
        "ssl": "verify-full",
    }  # fmt: skip


def test_socket_folder_is_read_from_query(environment):
    environment(DATABASE_URL="postgresql:///community?host=/run/postgresql", REDIS_URL="unix:///run/redis.sock?db=2")
    assert addresses.parse_postgres_url(load().database_url).host == "/run/postgresql"


def test_installation_folder_suffices_for_production(environment, tmp_path):
    environment(ENVIRONMENT="production", FOLDER=str(tmp_path))
    assert f"{PREFIX}FOLDER" in get_error()
    (tmp_path / "token_secret").write_text(SECRET)
    settings = load()
    assert settings.sqlite_path == tmp_path / "community.sqlite3"
    assert settings.redis_url.startswith("unix://")
    assert settings.token_secret.get_secret_value() == SECRET
    (tmp_path / "token_secret").write_text("cut off")
    assert get_error().startswith(f"{PREFIX}TOKEN_SECRET: ")


def test_weak_encryption_key_can_be_replaced(environment):
    environment(ENCRYPTION_KEY=KEY, ENCRYPTION_KEYS_ACCEPTED="x" * 64)
    assert load().encryption_keys_accepted[0].get_secret_value() == "x" * 64


def test_all_wrong_variables_are_named_together(environment):
    environment(PORT="x", REDIS_URL="x", DATABASE_POOL="x")
    assert sorted(line.split(":")[0] for line in get_error().splitlines()) == [
        "COMMUNITY_DATABASE_POOL",
        "COMMUNITY_PORT",
        "COMMUNITY_REDIS_URL",
    ]


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "TOKEN_SECRET", "ENCRYPTION_KEY"])
def test_production_names_a_missing_setting(environment, missing):
    environment(**{name: value for name, value in PRODUCTION.items() if name != missing})
    message = get_error()
    assert PREFIX + missing in message
    assert all(PREFIX + name not in message for name in PRODUCTION if name != missing)


def test_production_names_all_missing_settings(environment):
    environment(ENVIRONMENT="production")
    message = get_error()
    assert all(PREFIX + name in message for name in PRODUCTION if name != "ENVIRONMENT")


def test_secret_is_never_printed(environment, caplog):
    environment(**PRODUCTION)
    settings = load()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r %s", settings, settings, settings.model_dump())
    assert SECRET not in caplog.text
    assert SECRET not in settings.model_dump_json()
    address = f"postgresql://u:{SECRET}@db:x/community"
    for wrong in ({"PORT": "x"}, {"DATABASE_URL": address}, {"TOKEN_SECRET": (short := "a-short-secret")}):
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
def test_origins_are_separated_by_commas(environment, value, origins):
    environment(ALLOWED_ORIGINS=value)
    assert load().allowed_origins == origins


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"WECHAT_APP_ID": "a"}, ["WECHAT_SECRET"]),
        ({"WECHAT_SECRET": "s"}, ["WECHAT_APP_ID"]),
        ({"ALIPAY_APP_ID": "a"}, ["ALIPAY_PRIVATE_KEY", "ALIPAY_PUBLIC_KEY"]),
        ({"DOUYIN_APP_ID": "a"}, ["DOUYIN_SECRET"]),
        ({"WECHAT_CALLBACK_TOKEN": "a" * 16}, ["WECHAT_APP_ID", "PUBLIC_URL"]),
        ({"WECHAT_CALLBACK_KEY": "a" * 43}, ["WECHAT_CALLBACK_TOKEN"]),
    ],
)
def test_incomplete_platform_credentials_are_refused(environment, given, missing):
    environment(**given)
    message = get_error()
    assert all(PREFIX + name in message for name in missing)


@pytest.mark.parametrize("given", [{"TOKEN": "short"}, {"TOKEN": "-" * 20}, {"KEY": "a" * 42}, {"KEY": "=" * 43}])
def test_callback_secret_of_another_form_is_refused(environment, given):
    ((name, value),) = given.items()
    environment(**{f"WECHAT_CALLBACK_{name}": value})
    assert "letters and digits" in get_error()


def test_local_platform_and_several_secrets_are_accepted(environment):
    environment(WECHAT_URL="http://127.0.0.1:9/", TOKEN_SECRETS_ACCEPTED=f"{SECRET}, {KEY}")
    settings = load()
    assert settings.wechat_url == "http://127.0.0.1:9"
    assert [one.get_secret_value() for one in settings.token_secrets_accepted] == [SECRET, KEY]
    assert "aaaa" not in repr(settings)


def test_platform_secrets_are_never_printed(environment):
    environment(
        ENCRYPTION_KEY=KEY, WECHAT_APP_ID="a", WECHAT_SECRET="hidden-one", DOUYIN_APP_ID="a",
        DOUYIN_SECRET="hidden-two", ALIPAY_APP_ID="a", ALIPAY_PRIVATE_KEY="hidden-three", ALIPAY_PUBLIC_KEY="p",
    )  # fmt: skip
    settings = load()
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert "hidden" not in shown
    assert KEY not in shown


def test_address_passwords_are_never_printed():
    shown = repr(Settings(database_url="postgresql://u:pa55@h/x", redis_url="redis://:pa55@h"))
    assert "pa55" not in shown


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.cn", ""])
def test_development_listens_on_this_machine_only(environment, host):
    environment(HOST=host)
    assert f"{PREFIX}OPEN_DEVELOPMENT=true" in get_error()
    environment(HOST=host, OPEN_DEVELOPMENT="true")
    assert load().host == host
    environment(**PRODUCTION, HOST=host, OPEN_DEVELOPMENT="false")
    assert load().host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_development_listens_on_loopback(environment, host):
    environment(HOST=host)
    assert load().host == host


def test_invalid_trusted_proxy_is_named(environment):
    environment(TRUSTED_PROXIES="10.0.0.0/8, nginx")
    assert f"{PREFIX}TRUSTED_PROXIES" in get_error()
    environment(TRUSTED_PROXIES="10.0.0.0/8, fd00::1")
    assert [str(network) for network in load().trusted_proxies] == ["10.0.0.0/8", "fd00::1/128"]


def test_setting_is_read_from_a_file(environment, tmp_path):
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    environment(TOKEN_SECRET_FILE=str(tmp_path / "secret"))
    assert load().token_secret.get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TOKEN_SECRET_FILE": "/nowhere"}, "TOKEN_SECRET_FILE: No such file"),
        ({"TOKEN_SECRET_FILE": os.devnull, "TOKEN_SECRET": SECRET}, "TOKEN_SECRET_FILE: COMMUNITY_TOKEN_SECRET is set"),
        ({"TOKEN_SECRET_FILE": os.devnull}, "TOKEN_SECRET: it needs at least"),
        ({"TOKEN_SECRETT_FILE": os.devnull}, "did you mean COMMUNITY_TOKEN_SECRET"),
    ],
)
def test_wrong_file_of_a_setting_is_named(environment, given, said):
    environment(**given)
    assert said in get_error()
