"""Octets of requests, right and wrong, made by hand: not by the codec that is to be tried.

A PDU's body is a list of (name, octets), so that a case can end it before a field, or put too much
into one.
"""

from __future__ import annotations

import struct

RESPONSE = 0x80000000
NACK = 0x80000000
BIND_RX, BIND_TX, BIND_TRX = 0x1, 0x2, 0x9
QUERY, SUBMIT, DELIVER, UNBIND, REPLACE, CANCEL = 0x3, 0x4, 0x5, 0x6, 0x7, 0x8
OUTBIND, ENQUIRE, MULTI, ALERT, DATA = 0xB, 0x15, 0x21, 0x102, 0x103
BROADCAST, QUERY_BROADCAST, CANCEL_BROADCAST = 0x111, 0x112, 0x113

Fields = tuple[tuple[str, bytes], ...]

INTERNATIONAL, ISDN = b"\x01", b"\x01"
OCTET = b"\0"
EMPTY = b"\0"  # a C-Octet String without a character


def pdu(
    command_id: int, number: int, body: bytes = b"", status: int = 0, length: int | None = None
) -> bytes:
    """`length`: what command_length claims, when that is not the truth."""
    claimed = 16 + len(body) if length is None else length
    return struct.pack(">IIII", claimed, command_id, status, number) + body


def c(text: str | bytes) -> bytes:
    """A C-Octet String."""
    return (text.encode("latin-1") if isinstance(text, str) else text) + b"\0"


def tlv(tag: int, value: bytes, length: int | None = None) -> bytes:
    return struct.pack(">HH", tag, len(value) if length is None else length) + value


def join(fields: Fields) -> bytes:
    return b"".join(octets for _, octets in fields)


def with_(fields: Fields, **changed: bytes) -> Fields:
    """The same with other octets in some fields. KeyError for a field that is not there."""
    names = [name for name, _ in fields]
    if unknown := changed.keys() - set(names):
        raise KeyError(f"no field {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return tuple((name, changed.get(name, octets)) for name, octets in fields)


def before(fields: Fields, name: str) -> bytes:
    """The body as it ends before a field."""
    names = [field for field, _ in fields]
    return join(fields[: names.index(name)])


def bind(
    system_id: str, password: str, version: int = 0x34, system_type: str | bytes = ""
) -> Fields:
    return (
        ("system_id", c(system_id)),
        ("password", c(password)),
        ("system_type", c(system_type)),
        ("interface_version", bytes((version,))),
        ("addr_ton", OCTET),
        ("addr_npi", OCTET),
        ("address_range", EMPTY),
    )


def address(prefix: str, name: str, number: str) -> Fields:
    """A number with a + in front is international, all others are of unknown type."""
    is_international = number.startswith("+")
    ton = INTERNATIONAL if is_international else OCTET
    npi = ISDN if is_international else OCTET
    return (
        (f"{prefix}_ton", ton),
        (f"{prefix}_npi", npi),
        (name, c(number.removeprefix("+"))),
    )


def text(source: str, destination: str, words: bytes = b"conformance test") -> Fields:
    """submit_sm and deliver_sm."""
    return (
        ("service_type", EMPTY),
        *address("source_addr", "source_addr", source),
        *address("dest_addr", "destination_addr", destination),
        *_flags(),
        *_message(words),
    )


def data(source: str, destination: str) -> Fields:
    """data_sm without its optional parameters."""
    return (
        ("service_type", EMPTY),
        *address("source_addr", "source_addr", source),
        *address("dest_addr", "destination_addr", destination),
        ("esm_class", OCTET),
        ("registered_delivery", OCTET),
        ("data_coding", OCTET),
    )


def payload(words: bytes = b"conformance test") -> bytes:
    return tlv(0x0424, words)


def multi(source: str, destinations: bytes, count: int) -> Fields:
    """submit_multi; `destinations` is made of `one` and `listed`."""
    return (
        ("service_type", EMPTY),
        *address("source_addr", "source_addr", source),
        ("number_of_dests", bytes((count,))),
        ("dest_address", destinations),
        *_flags(),
        *_message(b"conformance test"),
    )


def one(destination: str) -> bytes:
    """A dest_address that is an SME's."""
    return b"\x01" + join(address("dest_addr", "destination_addr", destination))


def listed(name: str | bytes) -> bytes:
    """A dest_address that is a distribution list's."""
    return b"\x02" + c(name)


def query(source: str, message_id: str = "0") -> Fields:
    return (("message_id", c(message_id)), *address("source_addr", "source_addr", source))


def cancel(source: str, destination: str) -> Fields:
    return (
        ("service_type", EMPTY),
        ("message_id", c("0")),
        *address("source_addr", "source_addr", source),
        *address("dest_addr", "destination_addr", destination),
    )


def replace(source: str) -> Fields:
    return (
        ("message_id", c("0")),
        *address("source_addr", "source_addr", source),
        ("schedule_delivery_time", EMPTY),
        ("validity_period", EMPTY),
        ("registered_delivery", OCTET),
        ("sm_default_msg_id", OCTET),
        ("sm_length", b"\x03"),
        ("short_message", b"new"),
    )


def _flags() -> Fields:
    return (
        ("esm_class", OCTET),
        ("protocol_id", OCTET),
        ("priority_flag", OCTET),
        ("schedule_delivery_time", EMPTY),
        ("validity_period", EMPTY),
        ("registered_delivery", OCTET),
        ("replace_if_present_flag", OCTET),
        ("data_coding", OCTET),
        ("sm_default_msg_id", OCTET),
    )


def _message(words: bytes) -> Fields:
    return (("sm_length", bytes((len(words),))), ("short_message", words))
