"""The example for mini-programs: its generated files, its types, and its client on a whole installation."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from community.accounts.access_tokens import Bearer, issue
from community.database import use_database
from community.kernel import clock, documents
from tests.support.kills import create_installation, run_installation
from tests.support.pictures import make_photo
from tests.support.screens import EXAMPLE, build_documents

NEEDS_NODE = pytest.mark.skipif(
    not (EXAMPLE / "node_modules").is_dir() and os.environ.get("COMMUNITY_TEST_NODE") != "required",
    reason="`npm install --no-package-lock` was not called in examples/mini-program",
)
TSC = "node_modules/typescript/bin/tsc"


def run_node(*arguments: str | Path) -> str:
    """Run a script and return its output. Fails with the output if it fails."""
    done = subprocess.run(["node", *arguments], cwd=EXAMPLE, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_manifest_of_documents_is_current():
    manifest = json.loads((EXAMPLE / "documents.json").read_text(encoding="utf-8"))
    assert sorted(manifest.values()) == sorted(build_documents().values())


@NEEDS_NODE
def test_generated_files_are_current():
    run_node("generate.mjs", "--check")


@NEEDS_NODE
def test_example_compiles_strictly():
    run_node(TSC, "--strict")


@NEEDS_NODE
@pytest.mark.long
@pytest.mark.processes
async def test_client_works_with_a_whole_installation(tmp_path):
    client, picture = tmp_path / "client", tmp_path / "a.jpg"
    picture.write_bytes(make_photo())
    await asyncio.to_thread(run_node, TSC, "--noEmit", "false", "--outDir", client)
    system = create_installation(tmp_path / "installation")
    with clock.at(clock.now() - timedelta(hours=1)):
        expired = issue(system.settings(), Bearer(1, 1)).token
    script = Path(__file__).with_name("mini_program.cjs")
    async with run_installation(system) as code:
        async with use_database(system.settings()):
            await documents.register(list(build_documents().values()))
        seen = await asyncio.to_thread(run_node, script, client, system.url, code, expired, picture)
    assert json.loads(seen) == {
        "created": [], "createRequests": 3,
        "checkIn": "the service gave no answer", "checkInRequests": 1,
        "neverReady": "pictures are still being processed after 3 questions",
        "refreshesForUpload": 1, "uploadRequests": 2, "pictures": ["READY"],
        "refreshesForThree": 1, "totals": [1, 1, 1],
        "refused": [{"code": "INVALID_INPUT", "path": ["content", "title"], "max": 60, "actual": 61}],
        "byHash": "幸福里", "hashRequests": 1,
        "alipay": "小李", "alipayUpload": [],
        "ended": ["UNAUTHENTICATED"], "loggedOut": 1, "picturesOfGuest": "pictures refused: UNAUTHENTICATED",
    }  # fmt: skip
