"""A stand-in for a message centre, in raw octets: proves the rigs before the gateway is asked.

Takes any bind, answers every submit_sm ROK with a message_id, sends a receipt when one was asked
for and, with `reply`, answers each text with a deliver_sm of the same user data. Stores nothing.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

BIND = (0x00000001, 0x00000002, 0x00000009)
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x00000004, 0x00000005, 0x00000006, 0x00000015
RESPONSE = 0x80000000
HEADER = struct.Struct(">IIII")
# After the addresses: esm_class, protocol_id, priority_flag | times | registered_delivery, replace,
# data_coding, default message, length (SMPP 3.4, 4.4.1).
ESM, REGISTERED, CODING, LENGTH = 0, 5, 7, 9


def pdu(command: int, status: int, sequence: int, body: bytes) -> bytes:
    return HEADER.pack(16 + len(body), command, status, sequence) + body


class Submit:
    """The fields of a submit_sm that the stand-in looks at."""

    def __init__(self, body: bytes) -> None:
        at = body.index(0) + 1  # service_type
        self.source, at = self._address(body, at)
        self.destination, at = self._address(body, at)
        self.esm_class = body[at + ESM]
        self.registered_delivery = body[at + REGISTERED]
        self.data_coding = body[at + CODING]
        length = body[at + LENGTH]
        self.text = body[at + LENGTH + 1 : at + LENGTH + 1 + length]

    @staticmethod
    def _address(body: bytes, at: int) -> tuple[bytes, int]:
        end = body.index(0, at + 2) + 1
        return body[at:end], end


def deliver(sequence: int, submit: Submit, esm_class: int, coding: int, text: bytes) -> bytes:
    fields = bytes((esm_class, 0, 0, 0, 0, 0, 0, coding, 0, len(text)))
    body = b"\0" + submit.destination + submit.source + fields + text
    return pdu(DELIVER_SM, 0, sequence, body)


class StandIn(asyncio.Protocol):
    def __init__(self, took: Callable[[Submit], None], reply: bool) -> None:
        self._took = took
        self._reply = reply
        self._buffer = b""
        self._next = 1
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer += data
        out: list[bytes] = []
        while len(self._buffer) >= 16:
            length, command, _, sequence = HEADER.unpack_from(self._buffer)
            if len(self._buffer) < length:
                break
            body, self._buffer = self._buffer[16:length], self._buffer[length:]
            out += self._answers(command, sequence, body)
        self._transport.write(b"".join(out))

    def _answers(self, command: int, sequence: int, body: bytes) -> list[bytes]:
        if command in BIND:
            return [pdu(command | RESPONSE, 0, sequence, b"stand-in\0")]
        if command in (UNBIND, ENQUIRE_LINK):
            return [pdu(command | RESPONSE, 0, sequence, b"")]
        if command != SUBMIT_SM:
            return []
        submit = Submit(body)
        self._took(submit)
        identity = b"%08x" % self._take_number()
        out = [pdu(SUBMIT_SM | RESPONSE, 0, sequence, identity + b"\0")]
        if submit.registered_delivery & 3:
            dates = b"sub:001 dlvrd:001 submit date:2601010000 done date:2601010000"
            receipt = b"id:" + identity + b" " + dates + b" stat:DELIVRD err:000 text:"
            out.append(deliver(self._take_number(), submit, 0x04, 0, receipt))
        if self._reply:
            number = self._take_number()
            out.append(deliver(number, submit, submit.esm_class, submit.data_coding, submit.text))
        return out

    def _take_number(self) -> int:
        self._next += 1
        return self._next - 1
