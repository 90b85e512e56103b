"""An audit stops after a signal and keeps its position."""

from __future__ import annotations

import json
import signal

from community.cli.audit import _Audit
from community.kernel.invariants import Position


def test_audit_keeps_position_when_stopped(tmp_path):
    running = _Audit(tmp_path / "position")
    assert not running.is_stopped(Position("account", 5))
    running.stop(signal.SIGTERM, None)
    assert running.is_stopped(Position("award", 7, 9, {"a": [1]}))
    again = _Audit(tmp_path / "position")
    again.load()
    assert again.position == Position("award", 7, 9, {"a": [1]})
    assert json.loads((tmp_path / "position").read_text())["is_ok"]
