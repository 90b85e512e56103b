"""The examples in `deploy/` name commands, settings and limits of this version, and have balanced brackets."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from community.addresses import parse_network
from community.cli import main
from community.settings import PREFIX, Settings, drop_keys
from workers.registry import QUEUES, is_isolated

DEPLOY = Path(__file__).parents[1] / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
UNITS = [path for path in FILES if path.suffix in {".service", ".target"}]
PROJECT = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def read_unit(path: Path) -> configparser.RawConfigParser:
    class Repeated(dict):
        def __setitem__(self, key, value):
            super().__setitem__(key, [*self.get(key, []), *value] if isinstance(value, list) else value)

    parser = configparser.RawConfigParser(dict_type=Repeated, strict=False)
    parser.optionxform = str
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def get_command(words: list[str]) -> click.Command | None:
    return main.get_command(click.Context(main), words[0])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_in_examples_exist(path):
    named = {name.removesuffix("_FILE") for name in re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", path.read_text())}
    assert named <= {PREFIX + name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_start_commands_that_exist(path):
    unit = read_unit(path)
    assert unit.has_option("Unit", "Description")
    if path.suffix == ".target":
        wanted = re.findall(r"(community-[\w-]+)(@?)[\w]*\.service", path.read_text())
        assert all((DEPLOY / "systemd" / f"{name}{at}.service").exists() for name, at in wanted)
        return
    words = unit.get("Service", "ExecStart").split()
    assert words[0].endswith("/community")
    assert get_command(words[1:]) is not None
    assert int(unit.get("Service", "TimeoutStopSec")) > 10


def test_uploads_lie_on_a_disk_in_the_examples():
    unit = read_unit(DEPLOY / "systemd/community-api@.service")
    # The folder of PrivateTmp may be memory.
    assert "TMPDIR=%S/community/tmp" in unit.get("Service", "Environment").split("\n")
    assert "community/tmp" in unit.get("Service", "StateDirectory").split()


def test_every_queue_has_a_worker_in_the_examples():
    commands = re.findall(r"command: \[([\w, ]+)\]", read("compose.yaml"))
    assert {"serve", "relay", "migrate", *(f"worker, {queue}" for queue in QUEUES)} == set(commands)
    assert all(get_command(command.split(", ")) for command in commands)
    target = read("systemd/community.target")
    assert all(f"community-worker@{queue}." in target or f"community-worker-{queue}@" in target for queue in QUEUES)


def test_workers_of_pictures_get_no_key_in_the_examples():
    service = re.search(r"\n  worker-images:\n(.*?)\n  \w", read("compose.yaml"), re.DOTALL)[1]
    unit = read("systemd/community-worker-images@.service")
    for text in (service, unit):
        names = dict.fromkeys(re.findall(rf"{PREFIX}[A-Z0-9_]+", text), "")
        assert drop_keys(names) == names
    assert "secrets: [database_url, redis_url]" in service
    assert [queue for queue in QUEUES if is_isolated(queue)] == ["images"]


def test_workers_of_pictures_get_no_exports_in_the_examples():
    service = re.search(r"\n  worker-images:\n(.*?)\n  \w", read("compose.yaml"), re.DOTALL)[1]
    assert re.search(r"volumes: (.*)", service)[1] == '["media:/var/lib/community/media"]'
    exports = re.search(rf"{PREFIX}ARCHIVE_FOLDER=(.*)", read("systemd/environment"))[1]
    unit = read_unit(DEPLOY / "systemd/community-worker-images@.service")
    assert unit.get("Service", "InaccessiblePaths") == exports
    # The unit cannot start if the folder is missing.
    assert exports.removeprefix("/var/lib/") in unit.get("Service", "StateDirectory").split()
    # The processes of one user can read each other's folders in /proc, except from another user namespace.
    assert unit.get("Service", "PrivateUsers") == "yes"


def test_examples_trust_single_addresses_as_proxies():
    compose = read("compose.yaml")
    trusted = re.findall(rf"{PREFIX}TRUSTED_PROXIES[:=] *(\S+)", compose + read("systemd/environment"))
    assert [parse_network(address).num_addresses for address in trusted] == [1, 1]
    assert f"gateway: {trusted[0]}}}" in compose


def test_redis_has_a_password_in_compose():
    compose = read("compose.yaml")
    config = re.search(r"command: \[valkey-server, /run/secrets/(\w+),", compose)[1]
    assert f"secrets: [{config}]" in compose
    assert f"{config} is\n# requirepass PASSWORD" in compose
    assert f"{PREFIX}REDIS_URL:" not in compose


def test_compose_declares_secrets_that_it_uses():
    compose = read("compose.yaml")
    named = {name for names in re.findall(r"secrets: \[(.*)\]", compose) for name in names.split(", ")}
    assert named == set(re.findall(r"^  (\w+): \{file: \./secrets/\1\}$", compose, re.MULTILINE))


def test_proxies_admit_uploads_and_forward_addresses():
    limit = Settings.model_fields["upload_limit_bytes"].default
    nginx, caddy = read("nginx.conf"), read("Caddyfile")
    assert int(re.search(r"client_max_body_size (\d+)m;", nginx)[1]) * 1_048_576 > limit
    assert int(re.search(r"max_size (\d+)MB", caddy)[1]) * 1_000_000 > limit
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto"):
        assert f"proxy_set_header {header} " in nginx
    for text in (nginx, caddy):
        assert text.count("{") == text.count("}")
        assert "/metrics" in text
    statements = [line.strip() for line in nginx.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert [line for line in statements if line[-1] not in ";{}"] == []


def run_tool(*command: str, folder: Path) -> None:
    """Run a program that checks a configuration. Skip if it is not installed."""
    if shutil.which(command[0]) is None and os.environ.get("COMMUNITY_TEST_DEPLOY") != "required":
        pytest.skip(f"{command[0]} is not installed")  # COMMUNITY_TEST_DEPLOY=required makes it a failure
    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"HOME": str(folder)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def create_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "api.example.cn")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime.now(UTC), datetime.now(UTC))
    pem = serialization.Encoding.PEM
    (folder / "api.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "api.key").write_bytes(key.private_bytes(pem, *plain))


def test_nginx_accepts_example(tmp_path):
    create_certificate(tmp_path)
    text = re.sub(r"/etc/ssl/\S+\.(pem|key)", rf"{tmp_path}/api.\1", read("nginx.conf"))
    paths = "".join(f"{name}_temp_path {tmp_path};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {paths} {text} }}"
    (tmp_path / "nginx.conf").write_text(whole)
    run_tool("nginx", "-t", "-c", f"{tmp_path}/nginx.conf", folder=tmp_path)


def test_caddy_accepts_example(tmp_path):
    run_tool("caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile"), folder=tmp_path)


def test_systemd_accepts_units(tmp_path):
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace("/opt/community/bin/community", "/bin/true")
        (tmp_path / path.name.replace("@.", "@1.")).write_text(text)
    run_tool("systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir()), folder=tmp_path)


def test_image_is_built_with_hashes_and_of_this_version():
    lines = read("Containerfile").replace("\\\n", " ").splitlines()
    instructions = {line.split()[0] for line in lines if line and not line.startswith("#")}
    assert instructions <= {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
    assert "--require-hashes" in read("Containerfile")
    assert f"image: community:{PROJECT['version']}" in read("compose.yaml")


def test_gates_download_for_service_with_hashes_only():
    lines = (DEPLOY.parent / ".ci/run").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if "pip install" in line or line.startswith('bash -c "$install')]
    downloads = [line for line in installs if not re.search("--require-hashes|--no-deps|--no-index", line)]
    assert len(installs) == 4
    assert ["moto" in line for line in downloads] == [True]
