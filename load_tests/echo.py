"""The calibrating server: a bare asyncio echo of framed requests, in a process of its own.

120 octets in, 25 out, one write per wake-up: what the loop, the kernel and this machine cost before
any gateway does anything. Prints its port and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

REQUEST = b"\x00\x00\x00\x78" + b"r" * 116  # 120 octets, as long as a usual submit_sm
RESPONSE = b"\x00\x00\x00\x19" + b"a" * 21  # 25 octets, a submit_sm_resp with its message_id


class Echo(asyncio.Protocol):
    def __init__(self) -> None:
        self._pending = 0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        whole, self._pending = divmod(self._pending + len(data), len(REQUEST))
        if whole:
            self._transport.write(RESPONSE * whole)


def settle_allocator() -> None:
    """asyncio reads into 256 KiB, which glibc maps and unmaps anew for every single read until one
    block of at least that size was freed: three times the cost of the echo itself. A process that
    has done anything else is past that; the bare one is taken past it, to measure the loop only."""
    bytes(1 << 20)


async def serve(protocol: Callable[[], asyncio.Protocol]) -> None:
    """Print the port, and serve until standard input closes."""
    settle_allocator()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Echo))
