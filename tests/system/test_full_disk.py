"""A full disk of PostgreSQL's tables, of which reading shows nothing."""

from __future__ import annotations

import shutil

import pytest

from community.database import use_database
from community.kernel import disks
from community.kernel.migrate import migrate
from community.system import checks
from community.system.machine_checks import CheckFailed
from tests.support.api import run_api
from tests.support.backends import make_settings
from tests.support.cluster import UNPRIVILEGED_USER, run_cluster
from tests.support.small_disk import mount_small_disk


@pytest.mark.long
async def test_full_disk_of_postgres_is_reported(monkeypatch):
    monkeypatch.setattr(disks, "_PROBE_INTERVAL_S", 0)
    async with run_cluster() as cluster:
        with mount_small_disk(cluster.folder / "small", megabytes=30) as disk:
            shutil.chown(disk, UNPRIVILEGED_USER)
            await cluster.ask(f"CREATE TABLESPACE small LOCATION '{disk}'")
            await cluster.ask("CREATE DATABASE small TABLESPACE small")
            settings = make_settings(
                database_url=f"{cluster.database_url.removesuffix('postgres')}small", redis_url=cluster.valkey.url
            )
            async with use_database(settings):
                await migrate()
            async with run_api(settings) as api:

                async def read_space():
                    answer = await api.client.get("/readyz")
                    return answer.status_code, answer.json()["space"]

                assert await read_space() == (200, True)
                ballast = disk / "ballast"
                ballast.write_bytes(bytes(shutil.disk_usage(disk).free - 100_000))
                assert await read_space() == (200, False)
                with pytest.raises(CheckFailed, match="cannot be written: could not extend file"):
                    await checks.CHECKS["database"](settings)
                ballast.unlink()
                assert await read_space() == (200, True)
