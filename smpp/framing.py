"""Cuts a byte stream into PDUs. Holds at most one incomplete PDU and what came with it."""

from __future__ import annotations

from .wire import HEADER_SIZE

# A bind without TLVs is at most 98 octets; who is not known yet gets no more room than this.
UNBOUND_SIZE_MAX = 1_024
# message_payload carries up to 65,535 octets; the rest is margin for other fields and TLVs.
PDU_SIZE_MAX = 70_000

ALL = 0x7FFFFFFF  # for `at_most`: every PDU that is there


class Framer:
    """Fed with octets, asked for whole PDUs. Once `broken`, it never yields anything again."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._held = 0  # octets in the chunks
        self._need = 4  # octets without which nothing new can be said
        self.broken = ""  # in words, when a command_length made the stream unreadable
        self.broken_sequence_number = 0  # of the PDU that did it, when it was readable

    @property
    def held(self) -> int:
        """Octets that wait for the rest of their PDU, or to be asked for."""
        return self._held

    def feed(self, data: bytes) -> None:
        self._chunks.append(data)
        self._held += len(data)

    def cut(self, size_max: int, at_most: int = ALL) -> list[bytes]:
        """Up to `at_most` whole PDUs. Those before a bad command_length are still delivered."""
        if self._held < self._need or self.broken:
            return []
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        whole: list[bytes] = []
        at, end = 0, len(data)
        need = 4
        while end - at >= 4 and len(whole) < at_most:
            length = int.from_bytes(data[at : at + 4])
            if not HEADER_SIZE <= length <= size_max:
                self._break(data, at, length, size_max)
                return whole
            if end - at < length:
                need = length
                break
            whole.append(data[at : at + length])
            at += length
        self._chunks = [data[at:]] if at < end else []
        self._held = end - at
        self._need = need
        return whole

    def _break(self, data: bytes, at: int, length: int, size_max: int) -> None:
        self.broken = f"a PDU claims {length} octets, {HEADER_SIZE} to {size_max} are possible here"
        if len(data) - at >= HEADER_SIZE:
            self.broken_sequence_number = int.from_bytes(data[at + 12 : at + 16])
        self._chunks.clear()
        self._held = 0
