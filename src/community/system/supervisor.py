"""The processes of one installation. The supervisor starts them and restarts them when they end."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from community import addresses
from community.kernel import logs as log_lines
from community.settings import PREFIX, Settings, build_settings, drop_keys
from community.system import private_folder
from community.system.parent_watch import LIFELINE_VARIABLE
from community.system.valkey import EmbeddedValkey
from workers.registry import QUEUES, is_isolated

log = logging.getLogger(__name__)

POLL_S = 0.1
STOP_TIMEOUT_S = 10.0
_MIN_RESTART_INTERVAL_S = 1.0


class FolderInUse(Exception):  # noqa: N818 - named after the condition
    """Another supervisor runs in the same folder."""


@dataclass(slots=True)
class Child:
    """A process that the supervisor keeps running.

    An isolated one gets no keys.
    """

    name: str
    arguments: Sequence[str]
    is_isolated: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = field(default=0.0)

    @property
    def pid(self) -> int | None:
        """The process id, or None while the process does not run."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None


class Supervisor:
    """Supervisor of all processes of an installation in one folder.

    The processes are Valkey, the API, the relay and one worker per queue. The constructor locks the folder and
    opens the socket. Raises FolderInUse if another supervisor runs in the folder,
    and OSError if the address cannot be used.
    """

    def __init__(self, folder: Path, *, host: str, port: int, environment: Mapping[str, str], logs: bool) -> None:
        self.folder = folder
        self.valkey = EmbeddedValkey(folder)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_folder.restrict(self.folder)
        self._lock = _lock_folder(self.folder / "lock")
        try:
            self._socket = listen(host, port)
        except OSError:
            self._lock.close()
            raise
        self._lifeline = os.pipe()
        self._logs = logs
        self._environment = {
            f"{PREFIX}MEDIA_STORE": addresses.build_embedded_media_store(folder),
            **environment,
            f"{PREFIX}FOLDER": str(folder.resolve()),
            f"{PREFIX}DATABASE_URL": addresses.build_embedded_database_url(folder),
            f"{PREFIX}REDIS_URL": self.valkey.url,
            LIFELINE_VARIABLE: str(self._lifeline[0]),
        }
        self.children = {
            child.name: child
            for child in (
                Child("api", ["serve", "--fd", str(self._socket.fileno())]),
                Child("relay", ["relay"]),
                *(Child(f"worker-{name}", ["worker", name], is_isolated(name)) for name in QUEUES),
            )
        }
        self._stopping = False

    @property
    def url(self) -> str:
        """The URL of the API."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the children."""
        return self._environment

    def settings(self) -> Settings:
        """Return the settings of the children."""
        return build_settings(self._environment)

    def start(self) -> None:
        """Start every process and return before they are ready."""
        self.valkey.start()
        for child in self.children.values():
            self._start(child)

    def run(self) -> None:
        """Restart processes that end, until SIGTERM or SIGINT arrives."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)
        while not self._stopping:
            self.restart_ended()
            time.sleep(POLL_S)

    def restart_ended(self) -> None:
        """Restart the processes that have ended, each at most once per second.

        What cannot be started is tried again. The system may lack memory, processes or space for a while.
        """
        with _retried_later("valkey"):
            if self.valkey.has_ended():
                log.warning("valkey ended and is restarted")
                self.valkey.start()
            else:
                self.valkey.ensure_reaper()
        for child in self.children.values():
            if child.pid is None and time.monotonic() - child.started_at >= _MIN_RESTART_INTERVAL_S:
                log.warning("child ended and is restarted: name=%s", child.name)
                child.started_at = time.monotonic()
                with _retried_later(child.name):
                    self._start(child)

    def stop(self) -> None:
        """Stop every process. Workers finish their current job within ten seconds or are killed."""
        running = [child for child in self.children.values() if child.process is not None]
        for child in running:
            with suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]  # chosen above
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for child in running:
            _wait_or_kill(child, deadline)
        self.valkey.stop()
        self._socket.close()
        self._lock.close()
        for end in self._lifeline:
            with suppress(OSError):
                os.close(end)

    def _request_stop(self, number: int, frame: object) -> None:
        del number, frame
        self._stopping = True

    def _start(self, child: Child) -> None:
        command = [sys.executable, "-m", "community", *child.arguments]
        output = (self.folder / f"{child.name}.log").open("ab") if self._logs else None
        child.process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            env=drop_keys(self._environment) if child.is_isolated else dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(self._lifeline[0], self._socket.fileno()),
            # Ctrl-C reaches only the supervisor, which then stops its children in order.
            start_new_session=True,
        )
        child.started_at = time.monotonic()
        if output is not None:
            output.close()


@contextmanager
def _retried_later(name: str) -> Iterator[None]:
    """Log an error of the block instead of raising it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - nothing that the system lacks ends the supervisor
        log_lines.warn_by_cause(log, "not started", name, error)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket that the API process inherits.

    The address is known before the API starts, and connections wait while the API restarts. Raises OSError that names
    the settings.
    """
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise OSError(f"{PREFIX}HOST {host} and {PREFIX}PORT {port} cannot be used: {error.strerror}") from error
    listening.set_inheritable(True)
    return listening


def _lock_folder(path: Path) -> IO[str]:
    """Lock the folder and return the open file. The system releases the lock when this process ends."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FolderInUse(f"another installation is running in {path.parent}") from None
    return file


def _wait_or_kill(child: Child, deadline: float) -> None:
    process = child.process
    if process is None:
        return
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        log.warning("child did not stop and is killed: name=%s", child.name)
        process.kill()
        process.wait()
