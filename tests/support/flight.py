"""Uploads in flight, which the API process does not hold in memory."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from community.demo import operations
from community.system.supervisor import Supervisor
from tests.support.kills import create_installation, run_installation

BOUNDARY = "x-boundary-x"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n'.encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()
MEGABYTE = 1_000_000


def get_resident_megabytes(pid: int) -> int:
    """Return the memory of a process in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1_024 for line in lines if line.startswith("VmRSS"))


async def log_in(client: httpx.AsyncClient, name: str) -> str:
    """Log a new person in, and return the token."""
    given = {"platform": "DEVELOPMENT", "code": name, "nickname": name}
    answer = await client.post("/graphql", json={"query": operations.LOGIN, "variables": {"input": given}})
    return str(answer.json()["data"]["login"]["accessToken"]["token"])


class RunningUpload:
    """An upload that has sent its file and not the end of its form."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, url: str, token: str, size: int) -> RunningUpload:
        """Send the head and the file."""
        where = urlsplit(url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        length = len(HEAD) + size + len(END)
        head = (
            f"POST /upload HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n"
        )
        writer.write(head.encode() + HEAD)
        for _ in range(size // MEGABYTE):
            writer.write(os.urandom(MEGABYTE))
            await writer.drain()
        return cls(reader, writer)

    async def end(self) -> bytes:
        """Send the end of the form, and return the response."""
        self._writer.write(END)
        await self._writer.drain()
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await self._reader.readexactly(length)
        self._writer.close()
        return body


async def run_flight_scenario(folder: Path, *, people: int, size: int) -> tuple[int, int, int, list[bytes]]:
    """Run ten uploads of each person, and one more of the first.

    Return the memory of the API before, with all files sent and after the end, in MiB, and the responses.
    """
    system: Supervisor = create_installation(folder)
    async with run_installation(system), httpx.AsyncClient(base_url=system.url, timeout=60) as client:
        tokens = [await log_in(client, f"wx-{number}") for number in range(people)]
        api = system.children["api"].pid
        assert api is not None
        before = get_resident_megabytes(api)
        running = [await RunningUpload.begin(system.url, token, size) for token in tokens for _ in range(10)]
        running.append(await RunningUpload.begin(system.url, tokens[0], size))
        await asyncio.sleep(1)
        during = get_resident_megabytes(api)
        answers = await asyncio.gather(*(upload.end() for upload in running))
        return before, during, get_resident_megabytes(api), answers
