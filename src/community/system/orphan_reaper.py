"""A small process that ends another one when its own parent is gone, even by a kill -9.

Valkey cannot hold on to a lifeline as our own processes do; this holds on for it. It is run as a file, without the
packages of the service: `python -I -S guard.py PID`, with a pipe for its standard input that the parent never writes
to. Told to stop by a signal, it ends without ending anything.
"""

from __future__ import annotations

import os
import signal
import sys
import time

TERMINATE_TIMEOUT_S = 5.0
_POLL_S = 0.05


def main() -> None:
    """Wait for the end of the standard input, then end the process named in the arguments."""
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
