"""One way to log: a line an event on standard error, with the time in UTC and the process's part in the service."""

from __future__ import annotations

import logging
import time


def configure(part: str) -> None:
    """Log from now on, as this part of the service (`api`, `relay`, `worker effects`)."""
    formatter = logging.Formatter(
        f"%(asctime)s.%(msecs)03dZ %(levelname)s {part} %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("tortoise").setLevel(logging.WARNING)
    # Its pool tells each failure to connect with a traceback; whoever asked is told the same by an exception.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
