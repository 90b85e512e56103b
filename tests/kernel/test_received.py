"""Files that are received in pieces."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from community.kernel.received import ReceivedFile


def read(file: ReceivedFile) -> bytes:
    with file.read() as content:
        return bytes(content)


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 300_000])
def test_file_is_read_as_received(size):
    data = os.urandom(size)
    file = ReceivedFile(300_000)
    for start in range(0, size, 10_000):
        file.write(memoryview(data)[start : start + 10_000])
    assert (read(file), read(file)) == (data, data)
    assert (file.size_bytes, file.digest) == (size, hashlib.sha256(data).hexdigest())


def test_file_beyond_its_limit_is_counted_only():
    file = ReceivedFile(100_000)
    for _ in range(1_000):
        file.write(bytes(1_000))
    assert file.size_bytes == 1_000_000
    assert len(read(file)) == 100_000


def fill_disk(file: ReceivedFile) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        os.dup2(full.fileno(), file._file.fileno())


def test_file_on_full_disk_is_lost():
    file = ReceivedFile(1_000_000)
    file.write(bytes(70_000))
    fill_disk(file)
    file.write(bytes(70_000))
    file.write(bytes(70_000))
    assert file.is_lost


def test_last_piece_on_full_disk_is_lost():
    file = ReceivedFile(1_000_000)
    file.write(bytes(70_000))
    fill_disk(file)
    file.write(b"x")
    assert file.is_lost


def test_lost_file_is_closed():
    file = ReceivedFile(1_000_000)
    file.write(bytes(70_000))
    fill_disk(file)
    file.write(b"x")
    file.close()
    file.close()


def test_file_leaves_nothing_in_its_folder(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    file = ReceivedFile.from_bytes(bytes(200_000))
    assert list(tmp_path.iterdir()) == []
    file.close()
