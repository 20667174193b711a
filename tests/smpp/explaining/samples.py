"""One good PDU of every operation, as octets, and the session around a test."""

from __future__ import annotations

from text911.smpp.explaining.operations import OPERATIONS, Destinations, Time, Unsuccessful
from text911.smpp.explaining.streams import explain
from text911.smpp.explaining.values import Explained
from text911.smpp.wire import HEADER, Counted, CString

# Values that are not defaults, so that a field in the wrong place is seen.
NUMBERS = {"message_state": 2, "interface_version": 0x34, "dest_addr_ton": 1, "dest_addr_npi": 1}
STRINGS = {"destination_addr": "911", "source_addr": "18605551234", "esme_addr": "911"}
TLVS = (
    bytes.fromhex("0204 0002 1267")  # user_message_reference 4711
    + bytes.fromhex("1401 0003 616263")  # of a vendor
)


def pdu(command_id: int, body: bytes = b"", status: int = 0, sequence_number: int = 7) -> bytes:
    return HEADER.pack(16 + len(body), command_id, status, sequence_number) + body


def c_string(text: str) -> bytes:
    return text.encode("latin-1") + b"\0"


def body_of(command_id: int, *, tlvs: bytes = TLVS) -> bytes:
    operation = OPERATIONS[command_id]
    body = bytearray()
    for name, part in operation.parts:
        match part:
            case CString():
                body += c_string(STRINGS.get(name, "x" if name == "password" else "abc"))
            case Counted():
                body += b"\x04help"
            case Time():
                body += b"\0"
            case Destinations():
                body += b"\x02\x01\x01\x01911\0\x02list\0"
            case Unsuccessful():
                body += b"\x01\x01\x01911\0" + (0x0B).to_bytes(4)
            case _:
                body.append(NUMBERS.get(name, 0))
    return bytes(body) + (tlvs if operation.has_tlvs else b"")


def sample(command_id: int) -> bytes:
    return pdu(command_id, body_of(command_id))


def only(octets: bytes) -> Explained:
    (told,) = explain(octets)
    return told


def faults(octets: bytes) -> list[str]:
    """The names of what is wrong in one PDU."""
    return [fault.name for fault in only(octets).faults]
