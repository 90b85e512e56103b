"""Logging on standard error, one line per event, in UTC."""

from __future__ import annotations

import logging
import time


def configure(part: str) -> None:
    """Configure logging for this part of the service (`api`, `relay`, `worker effects`)."""
    formatter = logging.Formatter(
        f"%(asctime)s.%(msecs)03dZ %(levelname)s {part} %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("tortoise").setLevel(logging.WARNING)
    # Its pool logs each failure to connect with a traceback. The caller gets the same failure as an exception.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
