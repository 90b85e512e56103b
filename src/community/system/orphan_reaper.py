"""A process that stops the embedded Valkey when the supervisor is gone.

Our own processes watch the supervisor themselves (`parent_watch`). Valkey cannot, so this process watches for it.
It runs as a file without the packages of the service: `python -I -S orphan_reaper.py PID`. Its standard input is a
pipe to which the parent never writes. A signal stops it, and the process PID then continues.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TERMINATE_TIMEOUT_S = 5.0
_POLL_S = 0.05


def main() -> None:
    """Wait until the standard input closes, then stop the process with the given id."""
    pid = int(sys.argv[1])
    os.read(0, 1)
    try:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + TERMINATE_TIMEOUT_S
        while time.monotonic() < deadline:
            time.sleep(_POLL_S)
            os.kill(pid, 0)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    main()
