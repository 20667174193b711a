"""Wireshark's dissector as the referee of every PDU we write: none may be malformed."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from text911.smpp.codec import HEADER_SIZE, bind_response, encode, response
from text911.smpp.destinations import SmeAddress
from text911.smpp.parts import ESM_CLASS_UDHI, compose, udh
from text911.smpp.pdu import (
    PDUS,
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DataSm,
    DeliverSm,
    EnquireLink,
    Outbind,
    SubmitMulti,
    SubmitSm,
)
from text911.smpp.receipt import receipt
from text911.smpp.status import Status
from text911.smpp.tlv import Tag, c_string, number

from .tools import need


@pytest.fixture(autouse=True)
def _the_referee() -> None:
    need("tshark")


PORT = 2775
SEGMENT_MAX = 1_400  # octets of TCP payload, as on a real wire
ETHERNET = bytes(12) + b"\x08\x00"


def frame(payload: bytes, sequence: int) -> bytes:
    """One TCP segment from port 2775 in IPv4 in Ethernet; nobody checks the sums."""
    tcp = struct.pack(">HHIIBBHHH", PORT, 40_000, sequence, 1, 0x50, 0x18, 65_535, 0, 0)
    ip = struct.pack(
        ">BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(tcp) + len(payload),
        1,
        0,
        64,
        6,
        0,
        bytes((192, 0, 2, 1)),
        bytes((192, 0, 2, 2)),
    )
    return ETHERNET + ip + tcp + payload


def segments(octets: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Whole PDUs in TCP segments of at most `size` octets, each with its place. No cut is within a
    header: when only an octet or two of one are in a segment, the dissector (4.0) loses the rest
    of the stream, however it goes on."""
    headers, at = [0], 0
    while headers[-1] + HEADER_SIZE <= len(octets):
        headers.append(headers[-1] + max(HEADER_SIZE, int.from_bytes(octets[headers[-1] :][:4])))
    while at < len(octets):
        end = at + size
        end = next((one for one in headers if one < end < one + HEADER_SIZE), end)
        yield at, octets[at:end]
        at = end


def capture(path: Path, octets: bytes) -> None:
    """A pcap file of one direction of a TCP connection."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
        for at, payload in segments(octets, SEGMENT_MAX):
            packet = frame(payload, 1 + at)
            file.write(struct.pack("<IIII", at, 0, len(packet), len(packet)) + packet)


def tshark(path: Path, *more: str) -> str:
    command = ["tshark", "-r", str(path), "-d", f"tcp.port=={PORT},smpp", *more]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def fields(path: Path, *names: str) -> list[list[str]]:
    """The values of each field over all PDUs."""
    wanted = [option for name in names for option in ("-e", name)]
    layers = json.loads(tshark(path, "-T", "json", *wanted))
    found: list[list[str]] = [[] for _ in names]
    for packet in layers:
        for values, name in zip(found, names, strict=True):
            values += packet["_source"].get("layers", {}).get(name, [])
    return found


def everything() -> list[bytes]:
    """Every kind of PDU that we can write, empty and full, and what the gateway really sends."""
    long = compose("The engine is on its way, stay on the floor, keep the door shut. " * 4)
    emoji = compose("🚑 " * 60)
    asked = SubmitSm(source_addr="18605551234", destination_addr="911")
    full: dict[str, Any] = {
        "service_type": "SMS",
        "source_addr_ton": 3,
        "source_addr_npi": 1,
        "source_addr": "911",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "destination_addr": "18605551234",
        "registered_delivery": 1,
    }
    kinds: list[Any] = [kind for kind in PDUS if "password" not in kind.__struct_fields__]
    pdus = [encode(kind(), 1) for kind in kinds if kind is not SubmitMulti]
    pdus += [encode(SubmitMulti(dest_address=(SmeAddress(),)), 1)]  # no destination is none
    binds = (BindReceiver, BindTransmitter, BindTransceiver)
    pdus += [encode(kind("carrier", "secret", "type", address_range="^911$"), 2) for kind in binds]
    pdus += [encode(Outbind("text911", "secret"), 2), encode(Outbind(), 2)]
    pdus += [
        bind_response(command_id, 3, "text911", tlvs)
        for command_id in (1, 2, 9)
        for tlvs in ((), (number(Tag.sc_interface_version, 0x34),))
    ]
    for sent in (long, emoji):
        parts = len(sent.segments)
        pdus += [
            encode(
                DeliverSm(
                    **full,
                    esm_class=ESM_CLASS_UDHI,
                    data_coding=sent.data_coding,
                    short_message=udh(7, parts, n) + segment,
                    tlvs=(number(Tag.user_message_reference, 4711),),
                ),
                10 + n,
            )
            for n, segment in enumerate(sent.segments, 1)
        ]
    pdus += [
        encode(receipt(asked, "00000000000000ff", state, 1.7e9, 1.7e9), 20)
        for state in ("DELIVRD", "UNDELIV")
    ]
    pdus += [
        encode(
            DataSm(
                **full,
                tlvs=(
                    (Tag.message_payload, bytes(range(256)) * 8),
                    c_string(Tag.receipted_message_id, "abc"),
                    number(Tag.sar_msg_ref_num, 1),
                    number(Tag.sar_total_segments, 2),
                    number(Tag.sar_segment_seqnum, 1),
                ),
            ),
            30,
        )
    ]
    pdus += [
        response(command_id, 40, status, "00000000000000ff")
        for command_id in (0x4, 0x103)
        for status in (Status.ROK, Status.RMSGQFUL)
    ]
    pdus += [  # to a peer of 5.0
        response(command_id, 43, 0, "00000000000000ff", (number(Tag.congestion_state, 57),))
        for command_id in (0x4, 0x103)
    ]
    pdus += [
        response(command_id, 41, Status.RINVCMDID)
        for command_id in (0x1, 0x2, 0x3, 0x5, 0x6, 0x7, 0x8, 0x9, 0x21, 0x111, 0x112, 0x113)
    ]
    return [*pdus, encode(EnquireLink(), 0x7FFFFFFF)]


def test_the_dissector_finds_every_pdu_and_none_malformed(tmp_path: Path) -> None:
    path = tmp_path / "ours.pcap"
    pdus = everything()
    capture(path, b"".join(pdus))
    assert tshark(path, "-Y", "_ws.malformed") == ""
    assert tshark(path, "-Y", "_ws.expert.severity == 8388608 && smpp") == ""
    (numbers,) = fields(path, "smpp.sequence_number")
    assert [int(n) for n in numbers] == [int.from_bytes(pdu[12:16]) for pdu in pdus]


def test_the_dissector_reads_what_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "ours.pcap"
    pdu = DeliverSm(
        source_addr="911",
        destination_addr="18605551234",
        data_coding=8,
        short_message="🚑".encode("utf-16-be"),
        tlvs=(number(Tag.user_message_reference, 4711),),
    )
    capture(path, encode(pdu, 77) + response(0x4, 78, 0, "abc"))
    found = fields(
        path,
        "smpp.source_addr",
        "smpp.destination_addr",
        "smpp.user_message_reference",
        "smpp.message_id",
    )
    assert found == [["911"], ["18605551234"], ["0x1267"], ["abc"]]


def test_the_referee_does_whistle(tmp_path: Path) -> None:
    path = tmp_path / "broken.pcap"
    octets = encode(SubmitSm(source_addr="18605551234", short_message=b"help"), 1)
    lying = octets[:-5] + b"\xf0" + octets[-4:]
    capture(path, lying)
    assert tshark(path, "-Y", "_ws.malformed") != ""
