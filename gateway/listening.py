"""Ports: what is said when one cannot be had, and the end of listening."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from twisted.internet.error import CannotListenError


class CannotStart(Exception):
    """Why there can be no gateway, in one sentence that says what to do."""


@contextmanager
def listening_on(table: str, host: str, port: int, file: str = "gateway.toml") -> Generator[None]:
    """Raises CannotStart in place of what the three kinds of server say of a port. `file`: where
    the table stands."""
    try:
        yield
    except (OSError, CannotListenError) as cause:
        why = getattr(cause, "socketError", cause)
        reason = str(getattr(why, "strerror", None) or why)
        if reason.startswith("error while attempting to bind") and isinstance(why, OSError):
            reason = os.strerror(why.errno or 0)  # asyncio's has the address once more
        raise CannotStart(
            f"[{table}] cannot listen on {host}:{port}: {reason.lower()}; stop what has it, or"
            f" give another address in {file}"
        ) from cause


async def stopped(port: Any) -> None:
    """It listens no longer, if it did. Twisted's `stopListening` gives a Deferred or nothing."""
    maybe = port.stopListening() if port.connected else None
    if maybe is not None:
        await maybe.asFuture(asyncio.get_running_loop())
