"""A message centre that does nothing but answer: what the protocol alone costs in this interpreter.

Every bind and every text is taken, nothing is looked at beyond the header, nothing is kept. Prints
its port and serves until its standard input closes.
"""

from __future__ import annotations

import asyncio

from ..carrier import BIND_TRANSCEIVER, ENQUIRE_LINK, HEADER, RESPONSE, SUBMIT_SM, UNBIND
from ..echo import serve

BINDS = (0x00000001, 0x00000002, BIND_TRANSCEIVER)
MESSAGE_ID = b"0123456789abcdef\0"  # as long as one of ours


class Bare(asyncio.Protocol):
    def __init__(self) -> None:
        self._rest = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        out, self._rest = answers(self._rest + data if self._rest else data)
        if out:
            self._transport.write(out)


def answers(data: bytes) -> tuple[bytes, bytes]:
    """What is answered to `data`, and what of it is not a whole PDU yet."""
    unpack, pack = HEADER.unpack_from, HEADER.pack
    at, end = 0, len(data)
    out: list[bytes] = []
    while end - at >= HEADER.size:
        length, command, _, sequence = unpack(data, at)
        if length < HEADER.size:
            raise ValueError(f"a PDU of {length} octets: our own generator never sends it")
        if end - at < length:
            break
        if command == SUBMIT_SM:
            out.append(pack(33, SUBMIT_SM | RESPONSE, 0, sequence) + MESSAGE_ID)
        elif command in BINDS:
            out.append(pack(21, command | RESPONSE, 0, sequence) + b"bare\0")
        elif command in (ENQUIRE_LINK, UNBIND):
            out.append(pack(16, command | RESPONSE, 0, sequence))
        at += length
    return b"".join(out), data[at:]


if __name__ == "__main__":
    asyncio.run(serve(Bare))
