"""A carrier's end of one SMPP link, as a test holds it in its hand: every octet when it is told to.

Blocking, in a thread of its own that reads. The texts are laid out by our codec; what they do to
the gateway is checked elsewhere with carriers of others.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Self

from text911.smpp import codec
from text911.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    SubmitSm,
    SubmitSmResp,
)
from text911.smpp.tlv import Tag

WITHIN = 20.0  # s for anything to come
RECEIPT = 0x04  # esm_class
HANDSET_HAS_IT = 0x08  # esm_class of an SME delivery acknowledgement
UDHI = 0x40


class Link:
    """`silent`: what is delivered is not answered. A context."""

    def __init__(self, port: int, system_id: str, password: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), WITHIN)
        self._socket.settimeout(None)
        self._file = self._socket.makefile("rb")
        self._changed = threading.Condition()
        self._sequence = 0
        self.silent = False
        self.statuses: dict[int, int] = {}
        self.delivered: list[DeliverSm] = []
        self.receipts: list[DeliverSm] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        bind = self._send(BindTransceiver(system_id, password))
        self.until(lambda: bind in self.statuses)
        assert self.statuses[bind] == 0, f"bind refused with {self.statuses[bind]:#x}"

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    def _send(self, pdu: BindTransceiver | SubmitSm, sequence: int = 0) -> int:
        sequence = sequence or self._next()
        self._socket.sendall(codec.encode(pdu, sequence))
        return sequence

    def _read(self) -> None:
        while len(head := self._file.read(16)) == 16:
            length, _, status, sequence = codec.HEADER.unpack(head)
            pdu, _ = codec.decode(head + self._file.read(length - 16))
            with self._changed:
                match pdu:
                    case DeliverSm(esm_class=esm_class):
                        (self.receipts if esm_class & RECEIPT else self.delivered).append(pdu)
                        if not self.silent:
                            answer = codec.encode(DeliverSmResp(f"c-{sequence}"), sequence)
                            self._socket.sendall(answer)
                    case EnquireLink():
                        self._socket.sendall(codec.encode(EnquireLinkResp(), sequence))
                    case SubmitSmResp() | BindTransceiverResp():
                        self.statuses[sequence] = status
                    case _:
                        pass
                self._changed.notify_all()

    def until(self, true: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(true, WITHIN), "did not come in time"

    def text(self, pdu: SubmitSm, sequence: int = 0) -> int:
        """Send it and wait for ESME_ROK. Returns its sequence_number."""
        if sequence:
            self.statuses.pop(sequence, None)
        sequence = self._send(pdu, sequence)
        self.until(lambda: sequence in self.statuses)
        assert self.statuses[sequence] == 0
        return sequence

    def replies(self, count: int) -> list[DeliverSm]:
        self.until(lambda: len(self.delivered) >= count)
        return self.delivered

    def acknowledge(self, reply: DeliverSm) -> None:
        """The handset has it: an SME delivery acknowledgement by its reference."""
        references = [pair for pair in reply.tlvs if pair[0] == Tag.user_message_reference]
        self.text(
            SubmitSm(
                source_addr_ton=reply.dest_addr_ton,
                source_addr_npi=reply.dest_addr_npi,
                source_addr=reply.destination_addr,
                destination_addr="911",
                esm_class=HANDSET_HAS_IT,
                tlvs=tuple(references),
            )
        )

    def cut(self) -> None:
        """As a cable does it."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(WITHIN)
        self._file.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()


def submit(
    number: str,
    words: bytes,
    place: bytes,
    location_tag: int,
    *,
    coding: int = 0,
    udh: bytes = b"",
    receipt: bool = True,
) -> SubmitSm:
    return SubmitSm(
        source_addr_ton=1,
        source_addr_npi=1,
        source_addr=number.removeprefix("+"),
        destination_addr="911",
        esm_class=UDHI if udh else 0,
        registered_delivery=int(receipt),
        data_coding=coding,
        short_message=udh + words,
        tlvs=((location_tag, place),),
    )
