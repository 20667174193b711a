"""Our reader of captures beside Wireshark's dissector: the same octets, the same values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.smpp.explaining.samples import pdu, sample
from tests.smpp.explaining.wires import SYN, frame, pcap
from text911.smpp.explaining.captures import read
from text911.smpp.explaining.conversations import conversation
from text911.smpp.explaining.operations import OPERATIONS, WITH_PASSWORD, Sender
from text911.smpp.explaining.values import Explained

from .test_wire_referee import PORT, everything, fields, segments, tshark
from .tools import need

# Ours -> the dissector's, where the two names differ or a value is split in two.
NAMES = {
    "command_id": "smpp.command_id",
    "command_status": "smpp.command_status",
    "sequence_number": "smpp.sequence_number",
    "system_id": "smpp.system_id",
    "system_type": "smpp.system_type",
    "service_type": "smpp.service_type",
    "source_addr_ton": "smpp.source_addr_ton",
    "source_addr_npi": "smpp.source_addr_npi",
    "source_addr": "smpp.source_addr",
    "dest_addr_ton": "smpp.dest_addr_ton",
    "dest_addr_npi": "smpp.dest_addr_npi",
    "destination_addr": "smpp.destination_addr",
    "protocol_id": "smpp.protocol_id",
    "priority_flag": "smpp.priority_flag",
    "data_coding": "smpp.data_coding",
    "sm_length": "smpp.sm_length",
    "message_id": "smpp.message_id",
    "message_state": "smpp.message_state",
    "error_code": "smpp.error_code",
    "user_message_reference": "smpp.user_message_reference",
    "receipted_message_id": "smpp.receipted_message_id",
    "sar_msg_ref_num": "smpp.sar_msg_ref_num",
    "sar_total_segments": "smpp.sar_total_segments",
    "sar_segment_seqnum": "smpp.sar_segment_seqnum",
}

EMPTY = ("", "(Default)")


@pytest.fixture(autouse=True)
def _the_referee() -> None:
    need("tshark")


def of_a_client() -> list[bytes]:
    return [
        sample(command_id)
        for command_id, operation in OPERATIONS.items()
        if operation.sender is not Sender.CENTRE and command_id not in WITH_PASSWORD
    ]


def of_a_centre() -> list[bytes]:
    return [
        sample(command_id)
        for command_id, operation in OPERATIONS.items()
        if operation.sender is not Sender.ESME and command_id not in WITH_PASSWORD
    ]


def written(path: Path, up: list[bytes], down: list[bytes], size: int) -> bytes:
    """A capture of both directions in segments of `size` octets, some of them sent twice."""
    frames: list[bytes] = []
    for octets, is_up in ((b"".join(up), True), (b"".join(down), False)):
        frames.append(frame(b"", 0, up=is_up, flags=SYN))
        for place, (at, payload) in enumerate(segments(octets, size)):
            one = frame(payload, 1 + at, up=is_up)
            frames += [one, one] if place % 5 == 1 else [one]
    capture = pcap(frames)
    path.write_bytes(capture)
    return capture


def told_of(capture: bytes) -> list[Explained]:
    return [one.told for one in conversation(read(capture, frozenset({PORT})), "gsm7")]


def shows(told: Explained, name: str) -> bool:
    """The dissector shows a command_status in responses only."""
    assert told.command_id is not None
    return name != "command_status" or bool(told.command_id & 0x80000000)


def as_number_or_text(value: str) -> int | str:
    try:
        return int(value, 0)
    except ValueError:
        return value


# Shorter ones do not do: this dissector loses a PDU that comes in more than two segments.
@pytest.mark.parametrize("size", [1_400, 700])
def test_every_field_has_the_value_that_the_dissector_finds(tmp_path: Path, size: int) -> None:
    path = tmp_path / "both.pcap"
    told = told_of(written(path, of_a_client(), [*of_a_centre(), *everything()], size))
    for (name, theirs), found in zip(NAMES.items(), fields(path, *NAMES.values()), strict=True):
        ours = [
            one.value if isinstance(one.value, int) else str(one.value)
            for pdu in told
            for one in pdu.fields
            if one.name == name and one.value not in (None, "") and shows(pdu, name)
        ]
        # An empty string is left out by the dissector, or is the default.
        values = [
            as_number_or_text(value) if isinstance(ours[0], int) else value
            for value in found
            if value not in EMPTY
        ]
        assert values == ours, theirs


def test_what_is_good_here_is_not_malformed_there_and_the_other_way_round(tmp_path: Path) -> None:
    path = tmp_path / "one.pcap"
    good = sample(0x4)
    lying = good[:-20] + b"\xf0" + good[-19:]
    for octets in (good, lying, pdu(0x5, b"x"), sample(0x21)):
        (told,) = told_of(written(path, [octets], [], 1_400))
        is_malformed = tshark(path, "-Y", "_ws.malformed") != ""
        assert is_malformed == any(one.status is not None for one in told.faults)
