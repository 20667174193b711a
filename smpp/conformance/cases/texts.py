"""Texts with odd flags to an address that cannot exist; and, when the user has named a destination,
texts that are to be accepted."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import N, answered, case, sending, taken
from ..octets import Fields, c, join, pdu, tlv, with_
from ..rules import (
    BOTH_JOINS,
    BOTH_TEXTS,
    LATIN_1,
    MESSAGE_ID,
    MESSAGES,
    NEVER_LOST,
    ODD_SIZE,
    ODD_VALUE,
    RESPONSE_DUE,
    STRAY_NUL,
    Rule,
)
from ..values import Access, Body, Case, Send, Setup, Severity

_WORDS = b"part of a text"
_OCTETS = (
    "esm_class", "protocol_id", "priority_flag", "registered_delivery", "replace_if_present_flag",
    "data_coding", "sm_default_msg_id", "source_addr_ton", "source_addr_npi", "dest_addr_ton",
    "dest_addr_npi",
)  # fmt: skip
_SAR = tlv(0x020C, b"\0\x2a") + tlv(0x020E, b"\2") + tlv(0x020F, b"\1")


def cases(access: Access) -> Iterator[Case]:
    sender = sending(access)
    if sender is None:
        return
    for slug, (does, body) in _odd(access.source, access.nobody).items():
        yield case(
            f"text.{slug}",
            f"submit_sm {does}, to an address that cannot exist",
            sender,
            pdu(wire.SUBMIT, N, body),
            answered(wire.SUBMIT),
            ODD_VALUE,
        )
    yield from _long(access, sender)
    if access.to is not None:
        yield from _accepted(access, access.to, sender)


def _say(fields: Fields, words: bytes, **flags: int) -> bytes:
    changed = {name: bytes((value,)) for name, value in flags.items()}
    return join(with_(fields, sm_length=bytes((len(words),)), short_message=words, **changed))


def _odd(source: str, destination: str) -> dict[str, tuple[str, bytes]]:
    """slug -> what it is, and the body."""
    fields = wire.text(source, destination)
    part = b"\x05\x00\x03\x2a\x02\x01"
    headers: dict[str, tuple[str, bytes]] = {
        "udh.empty": ("with the UDH bit and no text", b""),
        "udh.length-0": ("with a UDH of 0 octets", b"\0" + _WORDS),
        "udh.over-the-end": ("with a UDH longer than the text", b"\xff" + _WORDS),
        "udh.element-over-the-end": ("with an element longer than its UDH", b"\x05\0\x09*\2\1x"),
        "udh.0-of-0": ("that is part 0 of 0", b"\x05\x00\x03\x2a\x00\x00" + _WORDS),
        "udh.3-of-2": ("that is part 3 of 2", b"\x05\x00\x03\x2a\x02\x03" + _WORDS),
        "udh.two-joins": ("with both kinds of concatenation", b"\x0b\0\3*\2\1\x08\4\0*\2\1x"),
        "udh.unknown-element": ("with an unknown element", b"\x04\x7e\x02ab" + _WORDS),
        "udh.missized-join": ("with a concatenation of 2 octets", b"\x04\0\x02*\2" + _WORDS),
    }
    odd = {
        slug: (does, _say(fields, words, esm_class=0x40)) for slug, (does, words) in headers.items()
    }
    odd["udh.and-sar"] = (
        "with UDH and sar parameters",
        _say(fields, part + _WORDS, esm_class=0x40) + _SAR,
    )
    odd["udh.no-bit"] = ("that begins like a UDH without the bit", _say(fields, part + _WORDS))
    for name in _OCTETS:
        odd[f"{name}.0xff"] = (f"with {name} 0xFF", _say(fields, _WORDS, **{name: 0xFF}))
    odd["esm_class.receipt"] = ("that says to be a receipt", _say(fields, _WORDS, esm_class=4))
    odd["ucs2.odd"] = ("with 3 octets of UCS-2", _say(fields, b"\0a\0", data_coding=8))
    odd["ucs2.surrogate"] = ("with half a pair", _say(fields, b"\xd8\x3d", data_coding=8))
    odd["gsm7.escape-at-end"] = ("that ends with an escape", _say(fields, b"a\x1b"))
    odd["gsm7.high-bits"] = ("with octets over 0x7F in the default alphabet",
                             _say(fields, bytes(range(128, 256))))  # fmt: skip
    odd["empty"] = ("without a text", _say(fields, b""))
    odd["payload-and-text"] = (
        "with message_payload and short_message",
        _say(fields, _WORDS) + wire.payload(),
    )
    odd["payload-empty"] = ("with an empty message_payload", _say(fields, b"") + wire.payload(b""))
    odd["latin-1.service_type"] = (
        "with a service_type that is not ASCII",
        join(with_(fields, service_type=c(b"\xe9\xff"))),
    )
    odd["latin-1.source_addr"] = (
        "with a source_addr that is not ASCII",
        join(with_(fields, source_addr=c(b"\xfcber"))),
    )
    odd["time.nonsense"] = (
        "with a validity_period of 16 letters",
        join(with_(fields, validity_period=c("nonsense--------"))),
    )
    odd["time.short"] = (
        "with a schedule_delivery_time of 3 digits",
        join(with_(fields, schedule_delivery_time=c("123"))),
    )
    return odd


def _long(access: Access, sender: Setup) -> Iterator[Case]:
    fields = wire.text(access.source, access.nobody)
    for size in (254, 255):
        yield case(
            f"text.of-{size}-octets",
            f"submit_sm with {size} octets of short_message",
            sender,
            pdu(wire.SUBMIT, N, _say(fields, b"x" * size)),
            answered(wire.SUBMIT),
            RESPONSE_DUE,
        )
    for size in (1_000, 65_000):
        yield case(
            f"text.payload-of-{size}",
            f"data_sm with {size:,} octets of message_payload",
            sender,
            pdu(
                wire.DATA,
                N,
                join(wire.data(access.source, access.nobody)) + wire.payload(b"x" * size),
            ),
            answered(wire.DATA),
            RESPONSE_DUE,
        )


# --- texts that are delivered --------------------------------------------------------------------


def _accepted(access: Access, to: str, sender: Setup) -> Iterator[Case]:
    fields = wire.text(access.source, to)
    data = join(wire.data(access.source, to))
    good: tuple[tuple[str, str, int, bytes], ...] = (
        ("plain", "a submit_sm", wire.SUBMIT, join(fields)),
        ("data_sm", "a data_sm with message_payload", wire.DATA, data + wire.payload()),
        ("payload", "a submit_sm with message_payload", wire.SUBMIT,
         _say(fields, b"") + wire.payload(b"conformance " * 30)),
        ("254-octets", "a submit_sm of 254 octets", wire.SUBMIT, _say(fields, b"x" * 254)),
        ("ucs2", "a submit_sm in UCS-2", wire.SUBMIT,
         _say(fields, "Prüfung".encode("utf-16-be"), data_coding=8)),
        ("receipt-wanted", "a submit_sm that wants a receipt", wire.SUBMIT,
         _say(fields, _WORDS, registered_delivery=1)),
        ("reference", "a submit_sm with user_message_reference", wire.SUBMIT,
         join(fields) + tlv(0x0204, b"\x12\x67")),
        ("unknown-tag", "a submit_sm with a vendor's parameter", wire.SUBMIT,
         join(fields) + tlv(0x1401, b"abc")),
    )  # fmt: skip
    for slug, does, command_id, body in good:
        yield case(
            f"accepted.{slug}",
            f"{does} to {to}",
            sender,
            pdu(command_id, N, body),
            taken(command_id, body=Body.MESSAGE_ID),
            MESSAGES,
            severity=Severity.CRITICAL,
            needs_to=True,
        )
    yield from _accepted_in_numbers(fields, to, sender)
    yield from _accepted_though_odd(access, to, sender)


def _accepted_in_numbers(fields: Fields, to: str, sender: Setup) -> Iterator[Case]:
    for slug, does, numbers in (
        ("20-glued", "20 submit_sm in one segment", tuple(range(N, N + 20))),
        ("twice-in-flight", "two different submit_sm under one sequence_number", (N, N)),
    ):
        texts = b"".join(
            pdu(wire.SUBMIT, number, _say(fields, b"%s %d" % (_WORDS, index)))
            for index, number in enumerate(numbers)
        )
        yield case(
            f"accepted.{slug}",
            f"{does}, to {to}",
            sender,
            texts,
            tuple(taken(wire.SUBMIT, number, Body.MESSAGE_ID) for number in numbers),
            MESSAGE_ID,
            severity=Severity.CRITICAL,
            needs_to=True,
        )
    parts = b"".join(
        pdu(wire.SUBMIT, N + n, _say(fields, b"\5\0\3*\2%c" % n + _WORDS, esm_class=0x40))
        for n in (1, 2)
    )
    yield case(
        "accepted.two-parts",
        f"a text of two parts, one octet a segment, to {to}",
        sender,
        (Send(parts, each=1),),
        tuple(taken(wire.SUBMIT, N + n, Body.MESSAGE_ID) for n in (1, 2)),
        MESSAGES,
        severity=Severity.CRITICAL,
        needs_to=True,
    )


# Which of the odd ones a text of a person may be; and the promise that it is taken.
_TAKEN: dict[str, Rule] = {
    "payload-and-text": BOTH_TEXTS,
    "udh.and-sar": BOTH_JOINS,
    "udh.over-the-end": NEVER_LOST,
    "udh.0-of-0": NEVER_LOST,
    "udh.3-of-2": NEVER_LOST,
    "ucs2.odd": NEVER_LOST,
    "ucs2.surrogate": NEVER_LOST,
    "gsm7.escape-at-end": NEVER_LOST,
    "gsm7.high-bits": NEVER_LOST,
    "data_coding.0xff": NEVER_LOST,
    "priority_flag.0xff": NEVER_LOST,
    "protocol_id.0xff": NEVER_LOST,
    "latin-1.service_type": LATIN_1,
}


def _accepted_though_odd(access: Access, to: str, sender: Setup) -> Iterator[Case]:
    odd = _odd(access.source, to)
    plain = join(wire.text(access.source, to))
    odd["stray-nul"] = ("with one NUL behind it", plain + b"\0")
    odd["reference-of-3"] = (
        "with user_message_reference of 3 octets",
        plain + tlv(0x0204, b"\0\0\7"),
    )
    rules = _TAKEN | {"stray-nul": STRAY_NUL, "reference-of-3": ODD_SIZE}
    for slug, rule in rules.items():
        does, body = odd[slug]
        yield case(
            f"accepted.{slug}",
            f"a submit_sm {does}, to {to}",
            sender,
            pdu(wire.SUBMIT, N, body),
            taken(wire.SUBMIT, body=Body.MESSAGE_ID),
            rule,
            severity=Severity.CRITICAL,
            needs_to=True,
        )
