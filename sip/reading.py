"""Octets become a message, or a value that says why not and what to answer (RFC 3261, 7, 18.3, 21).

Lenient where a peer is sloppy: compact names, folded and spaced headers, bare line feeds, a missing
Content-Length in a datagram, missing Max-Forwards, names without quotes. Strict where two readers
could see two messages, or somebody could speak in another's name: lengths that contradict, a header
that stands twice, controls in a line, octets that a stream gives no length for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .fields import address, cseq, one, vias
from .grammar import TOKEN, Malformed, number
from .message import Headers, Message, Request, Response, full_name, values
from .uri import read_uri

MESSAGE_SIZE_MAX = 65_536  # octets of one message, its body included; UDP carries no more
HEADERS_MAX = 100  # rows; an emergency call through five proxies has about forty
HEAD_END = re.compile(rb"\r?\n\r?\n")
STATUS_LINE = re.compile(r"SIP/2\.0[ \t]+([1-6][0-9]{2})(?:[ \t](.*))?\Z", re.IGNORECASE)
VERSION = re.compile(r"[A-Za-z]+/[0-9]+\.[0-9]+\Z")
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # all but the tab; a bare CR among them
SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type")
COPIED = ("Via", "From", "To", "Call-ID", "CSeq")  # 8.2.6.2
REASONS = {
    400: "Bad Request",
    505: "Version Not Supported",
    513: "Message Too Large",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """`answer` is what to send back; None where nothing may or can be (ACK, a response, no Via)."""

    why: str
    octets: bytes
    answer: Response | None = None


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Line breaks alone. A `ping` over a stream wants one CRLF back (RFC 5626, 4.4.1)."""

    ping: bool


class _Refused(Malformed):
    """Malformed in a way that has its own status."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


def read(octets: bytes, *, stream: bool = False) -> Message | Unreadable | KeepAlive:
    """The message in one datagram, or in what a stream was cut into. Never raises."""
    trimmed = octets.lstrip(b"\r\n")
    if not trimmed:
        return KeepAlive(ping=octets == b"\r\n\r\n")
    ending = HEAD_END.search(trimmed)
    head = trimmed if ending is None else trimmed[: ending.start()]
    body = b"" if ending is None else trimmed[ending.end() :]
    start, *lines = re.split("\r?\n", head.decode("utf-8", "surrogateescape"))
    headers, fault = _rows(lines)
    try:
        if len(octets) > MESSAGE_SIZE_MAX:
            raise _Refused(f"{len(octets)} octets are more than {MESSAGE_SIZE_MAX}", 513)
        if ending is None:
            raise Malformed("no empty line ends the headers")
        if fault:
            raise Malformed(fault)
        message = _message(start, headers, _body(headers, body, stream), octets)
        _check(message)
    except Malformed as cause:
        status = cause.status if isinstance(cause, _Refused) else 400
        return Unreadable(str(cause), octets, _answer(start, headers, status))
    return message


def _rows(lines: list[str]) -> tuple[Headers, str]:
    """The headers that can be read, and what is wrong with the first that cannot; "" if none."""
    folded: list[str] = []
    fault = ""
    for line in lines:
        if CONTROL.search(line):
            fault = fault or f"a control character stands in {line[:40]!r}"
        elif line[:1] in (" ", "\t") and folded:
            folded[-1] = f"{folded[-1]} {line.strip()}"
        else:
            folded.append(line)
    if len(folded) > HEADERS_MAX:
        fault = fault or f"{len(folded)} headers are more than {HEADERS_MAX}"
    rows: list[tuple[str, str]] = []
    for line in folded[:HEADERS_MAX]:
        name, colon, value = line.partition(":")
        name = name.rstrip()
        if not colon or TOKEN.match(name) is None:
            fault = fault or f"this is no header: {line[:40]!r}"
            continue
        rows.append((full_name(name), value.strip()))
    return tuple(rows), fault


def _body(headers: Headers, rest: bytes, stream: bool) -> bytes:
    """What of `rest` is the body. A datagram may end with octets that are none (18.3)."""
    said = values(headers, "Content-Length")
    if not said:
        if stream:
            raise Malformed("Content-Length is missing, and a stream cannot do without")
        return rest
    if len(set(said)) > 1:
        raise Malformed("Content-Length stands twice and says two things")
    length = number(said[0], MESSAGE_SIZE_MAX, "Content-Length")
    if length > len(rest):
        raise Malformed(f"Content-Length is {length}, and {len(rest)} octets came")
    return rest[:length]


def _message(start: str, headers: Headers, body: bytes, octets: bytes) -> Message:
    if CONTROL.search(start):
        raise Malformed("a control character stands in the start line")
    if found := STATUS_LINE.match(start):
        return Response(int(found[1]), (found[2] or "").strip(), headers, body, octets)
    pieces = start.split()
    if len(pieces) != 3 or TOKEN.match(pieces[0]) is None:
        raise Malformed(f"this is no start line: {start[:60]!r}")
    method, uri, version = pieces
    if VERSION.match(version) is None:
        raise Malformed(f"this is no start line: {start[:60]!r}")
    if version.upper() != "SIP/2.0":
        raise _Refused(f"the version is {version[:40]}", 505)
    read_uri(uri)
    return Request(method, uri, headers, body, octets)


def _check(message: Message) -> None:
    """What everything above relies on: the headers of 8.1.1, and those that stand once."""
    for name in SINGLE:
        if len(values(message.headers, name)) > 1:
            raise Malformed(f"{name} stands more than once")
    vias(message)
    address(message, "From")
    address(message, "To")
    one(message, "Call-ID")
    said = cseq(message)
    if isinstance(message, Request):
        if said.method != message.method:
            raise Malformed(f"CSeq says {said.method[:40]}, the request is {message.method[:40]}")
        if (hops := message.value("Max-Forwards")) is not None:
            number(hops, 255, "Max-Forwards")


def _answer(start: str, headers: Headers, status: int) -> Response | None:
    """To a request with a Via to send it to and all that a sender finds its request by.

    Via, and who may be spoken to by it, is judged by the transport: it answers where it heard.
    """
    method = start.partition(" ")[0]
    if TOKEN.match(method) is None or method == "ACK":
        return None
    copied = tuple((name, value) for name, value in headers if name in COPIED)
    seen = [name for name, _ in copied]
    if any(name not in seen for name in COPIED) or any(seen.count(n) > 1 for n in COPIED[1:]):
        return None
    try:
        vias(Request(method, "sip:unreadable", headers))
    except Malformed:
        return None
    return Response(status, REASONS[status], copied)
