"""A file that is received in pieces, without being held in memory."""

from __future__ import annotations

import hashlib
import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from community.kernel.errors import Refusal

_MAX_IN_MEMORY_BYTES = 65_536


class ReceivedFile:
    """Bytes of a file. Its declared name and type are not trusted and not kept.

    A file above 64 KiB lies on disk without a name, in the folder of `TMPDIR`. It is deleted with its last use, also
    when the process is killed. What exceeds `limit_bytes` is counted and not kept. `refusal` is the reason why nothing
    is kept. `is_lost` is True if the disk did not take it.
    """

    def __init__(self, limit_bytes: int, refusal: Refusal | None = None) -> None:
        self.limit_bytes = limit_bytes
        self.refusal = refusal
        self.size_bytes = 0
        self.is_lost = False
        self._file = tempfile.SpooledTemporaryFile(_MAX_IN_MEMORY_BYTES)  # noqa: SIM115 - it lives as long as this object
        self._digest = hashlib.sha256()

    @classmethod
    def from_bytes(cls, data: bytes) -> ReceivedFile:
        """Return a file with this content."""
        file = cls(len(data))
        file.write(data)
        return file

    @property
    def digest(self) -> str:
        """The SHA-256 of the content in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes | memoryview) -> None:
        """Append a piece."""
        self.size_bytes += len(data)
        if self.size_bytes > self.limit_bytes or self.is_lost or self.refusal is not None:
            return
        self._digest.update(data)
        try:
            self._file.write(data)
            self._file.flush()  # else a full disk shows only when the file is read or closed
        except OSError:
            self.is_lost = True

    @contextmanager
    def read(self) -> Iterator[bytes | mmap.mmap]:
        """Offer the content inside the block. A file on disk is mapped and not read into memory."""
        self._file.seek(0)
        if self.size_bytes <= _MAX_IN_MEMORY_BYTES:
            yield self._file.read()
            return
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content

    def close(self) -> None:
        """Delete the file. Idempotent."""
        with suppress(OSError):  # a lost piece is still in the buffer, and closing writes it
            self._file.close()

    def __del__(self) -> None:
        """Delete the file of a request that ended early."""
        self.close()
