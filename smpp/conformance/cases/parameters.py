"""Optional parameters (TLVs): cut off, of the wrong size, unknown, repeated, and what is none."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import N, answered, case, refused, sending, taken
from ..octets import join, pdu, tlv
from ..rules import ODD_SIZE, ODD_VALUE, RESPONSE_DUE, STRAY_NUL, TLV_IGNORED, TLV_STREAM
from ..values import Access, Case, End, Probe, Same, Send, Setup, Severity, Twin

# name -> (what it is, octets): nothing of this can be read to its end.
BROKEN = {
    "over-the-end": ("a parameter of 4 octets that claims 5", tlv(0x1401, b"abcd", 5)),
    "far-over-the-end": ("a parameter that claims 65,535 octets", tlv(0x0424, b"abcd", 0xFFFF)),
    "tag-only": ("two octets: a tag without a length", b"\x04\x24"),
    "half-a-header": ("three octets: a tag and half a length", b"\x04\x24\0"),
    "one-octet": ("one octet 0x01", b"\x01"),
    "two-nuls": ("two octets 0x00", b"\0\0"),
    "three-nuls": ("three octets 0x00", b"\0\0\0"),
    "good-and-broken": (
        "a good parameter and one that claims an octet too many",
        tlv(0x0204, b"\x12\x67") + tlv(0x1401, b"ab", 3),
    ),
}
# Nothing of this may make a difference.
IGNORED = {
    "unknown-tag": ("the reserved tag 0x0042", tlv(0x0042, b"abc")),
    "vendor-tag": ("the vendor's tag 0x1401", tlv(0x1401, b"abc")),
    "last-vendor-tag": ("the vendor's tag 0x3FFF", tlv(0x3FFF, b"abc")),
    "highest-tag": ("the reserved tag 0xFFFF", tlv(0xFFFF, b"abc")),
    "unknown-and-empty": ("the vendor's tag 0x1402 without a value", tlv(0x1402, b"")),
    "not-expected": ("sc_interface_version, which belongs to another PDU", tlv(0x0210, b"\x34")),
    "hundred-unknown": ("100 parameters of unknown tags", tlv(0x1401, b"abcdefgh") * 100),
    "long-and-unknown": ("a vendor's parameter of 10,000 octets", tlv(0x1401, bytes(10_000))),
}
# Known, and not as declared: what becomes of the message is open, not what becomes of the session.
ODD = {
    "reference-of-1": ("user_message_reference of 1 octet", tlv(0x0204, b"\x07")),
    "reference-of-3": ("user_message_reference of 3 octets", tlv(0x0204, b"\0\0\x07")),
    "reference-empty": ("user_message_reference without a value", tlv(0x0204, b"")),
    "total-of-2": ("sar_total_segments of 2 octets", tlv(0x020E, b"\0\x02")),
    "callback-of-40": ("callback_num of 40 octets", tlv(0x0381, b"1" * 40)),
    "subaddress-of-1": ("source_subaddress of 1 octet", tlv(0x0202, b"\x50")),
    "language-of-9": ("language_indicator of 9 octets", tlv(0x020D, b"\x01" * 9)),
    "repeated": ("user_message_reference twice", tlv(0x0204, b"\0\1") + tlv(0x0204, b"\0\2")),
    "repeated-payload": ("message_payload twice", tlv(0x0424, b"one") + tlv(0x0424, b"two")),
    "two-of-three-sar": (
        "sar_msg_ref_num and sar_total_segments without the third",
        tlv(0x020C, b"\0\1") + tlv(0x020E, b"\2"),
    ),
    "sar-0-of-0": (
        "part 0 of 0 by the sar parameters",
        tlv(0x020C, b"\0\1") + tlv(0x020E, b"\0") + tlv(0x020F, b"\0"),
    ),
    "sar-3-of-2": (
        "part 3 of 2 by the sar parameters",
        tlv(0x020C, b"\0\1") + tlv(0x020E, b"\2") + tlv(0x020F, b"\3"),
    ),
}


def cases(access: Access) -> Iterator[Case]:
    binding = join(wire.bind(access.system_id, access.password))
    if Setup.TRX in access.may_bind:
        yield case(
            "tlv.bind.unknown-tag",
            "bind_transceiver with a vendor's parameter",
            Setup.OPEN,
            pdu(wire.BIND_TRX, N, binding + tlv(0x1401, b"abc")),
            taken(wire.BIND_TRX),
            TLV_IGNORED,
            probe=Probe.ENQUIRE,
        )
        yield case(
            "tlv.bind.over-the-end",
            "bind_transceiver with a parameter that claims an octet too many",
            Setup.OPEN,
            pdu(wire.BIND_TRX, N, binding + tlv(0x1401, b"abc", 4)),
            refused(wire.BIND_TRX),
            TLV_STREAM,
            end=End.EITHER,
        )
    sender = sending(access)
    if sender is None:
        return
    text = join(wire.text(access.source, access.target))
    data = join(wire.data(access.source, access.target)) + wire.payload()
    for name, command_id, body in (
        ("submit_sm", wire.SUBMIT, text),
        ("data_sm", wire.DATA, data),
    ):
        yield from _broken(name, command_id, body, sender)
        yield from _ignored(name, command_id, body, sender)
        yield from _odd(name, command_id, body, sender)


def _broken(name: str, command_id: int, body: bytes, sender: Setup) -> Iterator[Case]:
    for slug, (what, octets) in BROKEN.items():
        yield case(
            f"tlv.{name}.{slug}",
            f"{name} and behind it {what}",
            sender,
            pdu(command_id, N, body + octets),
            refused(command_id),
            TLV_STREAM,
            severity=Severity.CRITICAL,
        )


def _ignored(name: str, command_id: int, body: bytes, sender: Setup) -> Iterator[Case]:
    plain = (Send(pdu(command_id, N, body)),)
    for slug, (what, octets) in IGNORED.items():
        yield case(
            f"tlv.{name}.{slug}",
            f"{name} with {what}",
            sender,
            pdu(command_id, N, body + octets),
            answered(command_id),
            TLV_IGNORED,
            twin=Twin(plain, Same.STATUS, TLV_IGNORED),
        )
    yield case(
        f"tlv.{name}.stray-nul",
        f"{name} and behind it one octet 0x00",
        sender,
        pdu(command_id, N, body + b"\0"),
        answered(command_id),
        RESPONSE_DUE,
        twin=Twin(plain, Same.STATUS, STRAY_NUL),
    )


def _odd(name: str, command_id: int, body: bytes, sender: Setup) -> Iterator[Case]:
    plain = (Send(pdu(command_id, N, body)),)
    for slug, (what, octets) in ODD.items():
        is_size = "-of-" in slug and not slug.startswith(("two", "sar"))
        yield case(
            f"tlv.{name}.{slug}",
            f"{name} with {what}",
            sender,
            pdu(command_id, N, body + octets),
            answered(command_id),
            ODD_VALUE,
            twin=Twin(plain, Same.STATUS, ODD_SIZE) if is_size else None,
        )
