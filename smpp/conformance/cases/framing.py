"""Lies of command_length, where TCP cuts, what comes glued, and what is no SMPP at all."""

from __future__ import annotations

from collections.abc import Iterator

from .. import octets as wire
from ..making import N, answered, case, nacked, refused, sending, taken
from ..octets import c, join, pdu, with_
from ..rules import (
    BAD_LENGTH,
    BIND_TIMER,
    BINDING,
    FOREIGN,
    IN_ORDER,
    LOST_FRAMING,
    SIZE_MAX,
    STREAM,
    TLV_STREAM,
    UNBOUND_SIZE,
    UNBOUND_TIME,
    WHOLE_PDU,
)
from ..values import Access, Case, End, Probe, Send, Setup, Severity

RINVCMDLEN = 2
OWN_SIZE_MAX = 70_000  # octets of a PDU that this house takes
SLOW = 20.0  # s until a server must have lost patience
MANY = 50  # PDUs in one segment

# A ClientHello of TLS 1.2 as far as it goes; nothing behind it is looked at by anybody.
_CLIENT_HELLO = bytes.fromhex("1603010200010001fc0303") + bytes(range(64))
_NOISE = bytes((index * 167 + 91) % 256 for index in range(64))  # begins with 0x5B: no length


def cases(access: Access) -> Iterator[Case]:
    yield from _lengths(access)
    yield from _stream(access)
    yield from _foreign()
    yield from _before_the_bind(access)
    yield from _slow(access)


def _lengths(access: Access) -> Iterator[Case]:
    usual = access.may_bind[0]
    body = join(wire.text(access.source, access.nobody))
    for length in (0, 1, 4, 15, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
        sent = pdu(wire.SUBMIT, N, body, length=length)
        does = f"submit_sm with command_length {length:#x}"
        yield case(
            f"length.{length:#x}",
            does,
            usual,
            sent,
            nacked(RINVCMDLEN),
            BAD_LENGTH,
            end=End.CLOSED,
            end_rule=LOST_FRAMING,
            severity=Severity.CRITICAL,
        )
    for length in (0, 15, 0xFFFFFFFF):
        yield case(
            f"length.unbound.{length:#x}",
            f"bind_transceiver with command_length {length:#x}",
            Setup.OPEN,
            pdu(wire.BIND_TRX, N, length=length),
            nacked(RINVCMDLEN),
            BAD_LENGTH,
            end=End.CLOSED,
            end_rule=LOST_FRAMING,
            severity=Severity.CRITICAL,
        )
    yield case(
        "length.beyond-the-limit",
        f"a header with command_length {OWN_SIZE_MAX + 1}",
        usual,
        pdu(wire.SUBMIT, N, length=OWN_SIZE_MAX + 1),
        nacked(RINVCMDLEN),
        SIZE_MAX,
        end=End.CLOSED,
        end_rule=SIZE_MAX,
    )
    sender = sending(access)
    if sender is None:
        return
    yield case(
        "length.header-only",
        "submit_sm of 16 octets: a header without a body",
        sender,
        pdu(wire.SUBMIT, N),
        refused(wire.SUBMIT),
        WHOLE_PDU,
        severity=Severity.CRITICAL,
    )
    yield case(
        "length.takes-the-next",
        "submit_sm whose command_length takes in the whole enquire_link behind it",
        sender,
        pdu(wire.SUBMIT, N, body + pdu(wire.ENQUIRE, N + 1)),
        refused(wire.SUBMIT),
        TLV_STREAM,
        severity=Severity.CRITICAL,
    )
    yield case(
        "length.good-one-first",
        "enquire_link and, glued to it, a header with command_length 0xFFFFFFFF",
        usual,
        pdu(wire.ENQUIRE, N) + pdu(wire.SUBMIT, N + 1, length=0xFFFFFFFF),
        (taken(wire.ENQUIRE), nacked(RINVCMDLEN, N + 1)),
        IN_ORDER,
        end=End.CLOSED,
        end_rule=LOST_FRAMING,
    )


def _stream(access: Access) -> Iterator[Case]:
    usual = access.may_bind[0]
    enquiries = b"".join(pdu(wire.ENQUIRE, N + index) for index in range(MANY))
    answers = tuple(taken(wire.ENQUIRE, N + index) for index in range(MANY))
    binding = pdu(wire.BIND_TRX, N, join(wire.bind(access.system_id, access.password)))
    yield case(
        "glue.enquire_link",
        f"{MANY} enquire_link in one segment",
        usual,
        enquiries,
        answers,
        STREAM,
    )
    yield case(
        "cut-by-tcp.enquire_link",
        "three enquire_link, one octet a segment",
        usual,
        (Send(enquiries[:48], each=1),),
        answers[:3],
        STREAM,
    )
    yield case(
        "cut-by-tcp.seven-octets",
        f"{MANY} enquire_link in segments of 7 octets: every header is cut somewhere",
        usual,
        (Send(enquiries, each=7),),
        answers,
        STREAM,
    )
    if Setup.TRX in access.may_bind:
        yield case(
            "cut-by-tcp.bind",
            "bind_transceiver, one octet a segment",
            Setup.OPEN,
            (Send(binding, each=1),),
            taken(wire.BIND_TRX),
            STREAM,
            probe=Probe.ENQUIRE,
            severity=Severity.CRITICAL,
        )
        yield case(
            "glue.bind+enquire_link",
            "bind_transceiver and enquire_link in one segment",
            Setup.OPEN,
            binding + pdu(wire.ENQUIRE, N + 1),
            (taken(wire.BIND_TRX), answered(wire.ENQUIRE, N + 1)),
            STREAM,
            probe=Probe.ENQUIRE,
        )
    yield from _texts_in_the_stream(access, binding)


def _texts_in_the_stream(access: Access, binding: bytes) -> Iterator[Case]:
    sender = sending(access)
    if sender is None:
        return
    body = join(wire.text(access.source, access.nobody))
    texts = b"".join(pdu(wire.SUBMIT, N + index, body) for index in range(MANY))
    answers = tuple(answered(wire.SUBMIT, N + index) for index in range(MANY))
    yield case(
        "glue.submit_sm",
        f"{MANY} submit_sm in one segment",
        sender,
        texts,
        answers,
        STREAM,
        severity=Severity.CRITICAL,
    )
    one = len(texts) // MANY
    yield case(
        "cut-by-tcp.submit_sm",
        "submit_sm, one octet a segment",
        sender,
        (Send(texts[:one], each=1),),
        answers[0],
        STREAM,
        severity=Severity.CRITICAL,
    )
    yield case(
        "cut-by-tcp.one-and-a-half",
        "one submit_sm and half of a second in one segment, the rest in another",
        sender,
        (Send(texts[: 2 * one], each=one + one // 2),),
        answers[:2],
        STREAM,
        severity=Severity.CRITICAL,
    )
    yield case(
        "cut-by-tcp.within-command_length",
        "submit_sm cut after 2 octets, within its command_length",
        sender,
        (Send(texts[:2]), Send(texts[2:one])),
        answers[0],
        STREAM,
        severity=Severity.CRITICAL,
    )
    if Setup.TRX in access.may_bind:
        yield case(
            "glue.bind+submit_sm",
            "bind_transceiver and submit_sm in one segment",
            Setup.OPEN,
            binding + pdu(wire.SUBMIT, N + 1, body),
            (taken(wire.BIND_TRX), answered(wire.SUBMIT, N + 1)),
            STREAM,
            probe=Probe.ENQUIRE,
            severity=Severity.CRITICAL,
        )


def _foreign() -> Iterator[Case]:
    for name, does, octets in (
        ("http", "a request of HTTP", b"GET / HTTP/1.1\r\nHost: example\r\n\r\n"),
        ("tls", "a ClientHello of TLS", _CLIENT_HELLO),
        ("ssh", "the greeting of SSH", b"SSH-2.0-OpenSSH_9.6\r\n"),
        ("smtp", "the greeting of SMTP", b"EHLO example.org\r\n"),
        ("noise", "64 octets of noise", _NOISE),
        ("ones", "64 octets 0xFF", b"\xff" * 64),
        ("nuls", "64 octets 0x00", bytes(64)),
    ):
        yield case(
            f"foreign.{name}",
            f"{does} instead of SMPP",
            Setup.OPEN,
            octets,
            None,
            FOREIGN,
            end=End.CLOSED,
            end_rule=FOREIGN,
        )


def _before_the_bind(access: Access) -> Iterator[Case]:
    fields = wire.bind(access.system_id, access.password, system_type="t" * 12)
    full = join(with_(fields, address_range=c("1" * 40)))
    yield case(
        "unbound.longest-bind",
        "bind_transceiver with the longest system_type and address_range that are allowed",
        Setup.OPEN,
        pdu(wire.BIND_TRX, N, full),
        answered(wire.BIND_TRX),
        BINDING,
        end=End.EITHER,
        probe=Probe.ENQUIRE,
    )
    yield case(
        "unbound.1025-octets",
        "a PDU of 1,025 octets before the bind",
        Setup.OPEN,
        pdu(wire.ENQUIRE, N, bytes(1_009)),
        nacked(RINVCMDLEN),
        UNBOUND_SIZE,
        end=End.CLOSED,
        end_rule=UNBOUND_SIZE,
    )
    yield case(
        "unbound.60000-octets",
        "a bind_transceiver of 60,000 octets",
        Setup.OPEN,
        pdu(wire.BIND_TRX, N, full + wire.tlv(0x1401, bytes(59_000))),
        nacked(RINVCMDLEN),
        UNBOUND_SIZE,
        end=End.CLOSED,
        end_rule=UNBOUND_SIZE,
    )


def _slow(access: Access) -> Iterator[Case]:
    binding = pdu(wire.BIND_TRX, N, join(wire.bind(access.system_id, access.password)))
    yield case(
        "slow.silent",
        "nothing at all after the connection",
        Setup.OPEN,
        (),
        None,
        BIND_TIMER,
        end=End.CLOSED,
        end_rule=BIND_TIMER,
        is_slow=True,
        within=60.0,
    )
    yield case(
        "slow.dripper",
        "a bind_transceiver of which one octet comes every 0.5 s",
        Setup.OPEN,
        (Send(binding, each=1, every=0.5),),
        None,
        UNBOUND_TIME,
        end=End.CLOSED,
        end_rule=UNBOUND_TIME,
        is_slow=True,
        within=SLOW,
    )
    yield case(
        "slow.enquirer",
        "enquire_link every 0.5 s, and no bind",
        Setup.OPEN,
        (Send(b"".join(pdu(wire.ENQUIRE, N + i) for i in range(40)), each=16, every=0.5),),
        None,
        UNBOUND_TIME,
        end=End.CLOSED,
        end_rule=UNBOUND_TIME,
        is_slow=True,
        within=SLOW,
    )
    yield case(
        "slow.after-a-pause",
        "half of an enquire_link, and the rest 2 s later",
        access.may_bind[0],
        (Send(pdu(wire.ENQUIRE, N), each=8, every=2.0),),
        taken(wire.ENQUIRE),
        STREAM,
        is_slow=True,
    )
