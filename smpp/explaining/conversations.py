"""A capture as the PDUs of both directions in the order in which they were complete. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..alphabets import Alphabet
from ..counting import counted
from .captures import Capture, Packet, Stream, Stretch
from .operations import Sender
from .streams import explain
from .values import GAP, Explained, Fault


@dataclass(frozen=True, slots=True)
class Heard:
    """`packet` is the one that brought the last octet. Offsets count in the direction's stream."""

    stream: Stream
    packet: Packet
    told: Explained


def conversation(capture: Capture, default: Alphabet) -> list[Heard]:
    """`default` is what data_coding 0 means."""
    heard = [one for stream in capture.streams for one in _heard(stream, default)]
    # Sorting keeps the order of what one packet brought.
    return sorted(heard, key=lambda one: one.packet.number)


def _heard(stream: Stream, default: Alphabet) -> list[Heard]:
    heard: list[Heard] = []
    sender = Sender.CENTRE if stream.from_server else Sender.ESME
    offset = 0
    for stretch in stream.stretches():
        if stretch.missing:
            heard.append(Heard(stream, stretch.packets[0], _gap(offset, stretch)))
            offset += stretch.missing
        for told in explain(
            stretch.octets,
            sender=sender,
            default=default,
            offset=offset,
            is_midway=stretch.is_midway,
        ):
            last = told.offset - offset + len(told.octets) - 1
            heard.append(Heard(stream, stretch.packet_of(last), told))
        offset += len(stretch.octets)
    return heard


def _gap(offset: int, stretch: Stretch) -> Explained:
    fault = Fault(
        offset,
        "gap",
        f"{counted(stretch.missing, 'octet is', 'octets are')} missing in the capture",
        "all segments of the connection",
        "capture with a larger buffer, or on the machine itself; nothing is known about the gap",
    )
    return Explained(GAP, offset, b"", faults=(fault,))
