"""Other users of the machine cannot read an installation's folder."""

from __future__ import annotations

import logging
import stat

import pytest

from community.system import private_folder
from tests.support.commands import run, run_process


def get_modes(folder):
    """Return the mode of the folder and of everything in it, links left out."""
    found = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in found if not path.is_symlink()}


def test_new_installation_is_private(tmp_path):
    assert run_process("migrate", cwd=tmp_path).returncode == 0
    assert run_process("found", "幸福里", cwd=tmp_path).returncode == 0
    modes = get_modes(tmp_path / ".community")
    assert modes["."] == 0o700
    assert "community.sqlite3" in modes
    assert {path: mode for path, mode in modes.items() if mode & 0o077} == {}


def test_open_installation_is_mended(tmp_path, caplog):
    outside = tmp_path / "outside"
    outside.write_text("not ours")
    outside.chmod(0o644)
    folder = tmp_path / "installation"
    for path in (folder, folder / "media", folder / "media" / "shown", folder / "valkey"):
        path.mkdir()
        path.chmod(0o755)
    for path in (folder / "token_secret", folder / "media" / "shown" / "1.jpg"):
        path.touch()
        path.chmod(0o644)
    (folder / "link").symlink_to(outside)
    with caplog.at_level(logging.WARNING):
        private_folder.restrict(folder)
    assert set(get_modes(folder).values()) == {0o700, 0o600}
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert "count=6" in caplog.text


@pytest.mark.parametrize("command", [["migrate"], ["serve"], ["check"]])
def test_open_installation_is_mended_by_each_command(tmp_path, command):
    folder = tmp_path / ".community"
    folder.mkdir()
    (folder / "exports").mkdir()
    (folder / "exports" / "1.zip").touch(mode=0o644)
    for path in (folder, folder / "exports"):
        path.chmod(0o755)
    run(*command, cwd=tmp_path, PORT="0")
    assert set(get_modes(folder).values()) == {0o700, 0o600}


def test_private_installation_is_not_reported(tmp_path, caplog):
    (tmp_path / "token_secret").touch(mode=0o600)
    tmp_path.chmod(0o700)
    private_folder.restrict(tmp_path)
    assert caplog.text == ""
