"""The wheel is complete and runs with the lowest allowed versions.

It is installed in a clean environment, away from the sources, with exactly the lowest versions that pyproject.toml
allows. There it runs the whole story. The other tests run on the versions of constraints.txt.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command, cwd, timeout_s=300):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COMMUNITY_", "PYTHON"))}
    done = subprocess.run(
        command, cwd=cwd, env=environment, timeout=timeout_s, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def list_lowest_versions() -> list[str]:
    """Return every dependency in its lowest allowed version."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    for dependency in wanted:
        assert dependency.count(">=") == 1, f"{dependency}: a dependency has one lower bound and nothing else"
    return [dependency.replace(">=", "==") for dependency in wanted]


@pytest.mark.long  # It downloads every dependency in another version.
@pytest.mark.processes
def test_the_wheel_plays_the_story_in_a_clean_environment_of_the_lowest_versions(tmp_path):
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(tmp_path), cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    venv.create(tmp_path / "clean", with_pip=True)
    scripts = tmp_path / "clean" / "bin"
    run(str(scripts / "pip"), "install", "-q", *list_lowest_versions(), str(wheel), cwd=tmp_path)
    assert "equals schema.graphql" in run(str(scripts / "community"), "schema", "--check", cwd=tmp_path)
    told = run(str(scripts / "community"), "demo", "--once", "--port", "0", cwd=tmp_path, timeout_s=60)
    assert "Every step succeeded" in told
    assert "✗" not in told
