"""A PostgreSQL cluster and a Valkey of one test, which may be stopped and killed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from community.system.valkey import EmbeddedValkey

UNPRIVILEGED_USER = "nobody"
"""PostgreSQL refuses to run as root."""
MAX_START_S, MAX_STOP_S = 60, 60


def find_program(name: str) -> str | None:
    """Return the path of a program of PostgreSQL, or None."""
    found = [str(path) for path in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")]
    return shutil.which(name) or max(found, default=None)


class Cluster:
    """The servers. Neither keeps a promise of durability, because only processes end here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._data = folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        self._port = _find_free_port()
        self._as_user = {"user": UNPRIVILEGED_USER} if os.getuid() == 0 else {}
        self.database_url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self.valkey = EmbeddedValkey(folder / "valkey")

    def create(self) -> None:
        """Create the cluster and start both servers. Fails without the programs of PostgreSQL."""
        assert find_program("initdb"), "needs initdb, which comes with PostgreSQL"
        if self._as_user:
            shutil.chown(self.folder, UNPRIVILEGED_USER)
        command = [find_program("initdb"), "-D", self._data, "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._as_user)
        self.start_postgres()
        self.valkey.start()

    def start_postgres(self) -> None:
        """Start PostgreSQL and wait until it answers."""
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": self._port}
        with (self.folder / "postgres.log").open("ab") as output:
            self._server = subprocess.Popen(
                [find_program("postgres"), "-D", self._data, *(f"--{name}={value}" for name, value in options.items())],
                stdout=output, stderr=output, cwd=self.folder, **self._as_user,
            )  # fmt: skip
        self.wait_for_postgres()

    def wait_for_postgres(self) -> None:
        """Return once PostgreSQL answers. Fails after a minute."""
        deadline = time.monotonic() + MAX_START_S
        while True:
            try:
                asyncio.run(self.ask("SELECT 1"))
            except (OSError, asyncpg.PostgresError):
                assert time.monotonic() < deadline, (self.folder / "postgres.log").read_text()
                time.sleep(0.05)
            else:
                return

    def stop_postgres(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop PostgreSQL: SIGINT cuts the connections off, SIGQUIT ends it like a crash."""
        assert self._server is not None
        self._server.send_signal(how)
        self._server.wait(MAX_STOP_S)

    def kill_backend(self) -> None:
        """Kill one server process. PostgreSQL then ends all others and recovers."""
        pid = asyncio.run(self.ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'community' LIMIT 1"))
        os.kill(pid, signal.SIGKILL)
        self.wait_for_postgres()

    def kill_valkey(self) -> None:
        """Kill Valkey and start an empty one."""
        os.kill(int(self.valkey.pid_file.read_text()), signal.SIGKILL)
        self.valkey.start()

    async def ask(self, query: str) -> int:
        """Return the only value of a query."""
        connection = await asyncpg.connect(self.database_url, timeout=5)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    def stop(self) -> None:
        """Stop both servers."""
        self.valkey.stop()
        if self._server is not None and self._server.poll() is None:
            self.stop_postgres(signal.SIGQUIT)


@asynccontextmanager
async def run_cluster() -> AsyncIterator[Cluster]:
    """Run a cluster in a folder of its own, which its user can enter."""
    with tempfile.TemporaryDirectory(prefix="community-cluster-") as folder:
        cluster = Cluster(Path(folder))
        try:
            await asyncio.to_thread(cluster.create)
            yield cluster
        finally:
            await asyncio.to_thread(cluster.stop)


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
