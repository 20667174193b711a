"""Header values with a type: Via, CSeq, addresses, Geolocation, media types (RFC 3261, 20; 6442).

Each reader takes a value as it stands in a message and returns a value or raises `Malformed`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .grammar import (
    CSEQ_MAX,
    SECONDS_MAX,
    TOKEN,
    Malformed,
    Params,
    number,
    parameter,
    parameters,
    split,
    written,
)
from .message import Message, Request
from .uri import NameAddr, Uri, hostport, read_hostport, read_name_addr, telephone_number

BRANCH_COOKIE = "z9hG4bK"  # 8.1.1.7: what follows it is unique across space and time
SENT_PROTOCOL = re.compile(r"([^\s/]+)\s*/\s*([^\s/]+)\s*/\s*([^\s/]+)\s+(.+)\Z", re.DOTALL)
# RFC 3261, 18.1.1 and 19.1.2: where a port is not said.
PORT_OF = {"TLS": 5061}
PORT = 5060


@dataclass(frozen=True, slots=True)
class Via:
    """One hop: how it was sent, from where, and in `params` the branch, received and rport."""

    transport: str  # in upper case
    host: str
    port: int | None = None
    params: Params = ()

    def __str__(self) -> str:
        return f"SIP/2.0/{self.transport} {hostport(self.host, self.port)}{written(self.params)}"

    @property
    def branch(self) -> str | None:
        """None too where it is only the cookie, or without it: such a peer speaks RFC 2543."""
        branch = parameter(self.params, "branch") or ""
        cookie, unique = branch[: len(BRANCH_COOKIE)], branch[len(BRANCH_COOKIE) :]
        return branch if unique and cookie.lower() == BRANCH_COOKIE.lower() else None

    def seen_from(self, host: str, port: int) -> Via:
        """With what the transport saw of the sender (18.2.1; RFC 3581, 4)."""
        asked = parameter(self.params, "rport") is not None
        params = tuple(pair for pair in self.params if pair[0] not in ("received", "rport"))
        if asked:
            params = (*params, ("rport", str(port)))
        if asked or host != self.host.strip("[]"):
            params = (*params, ("received", host))
        return replace(self, params=params)

    def answer_to(self) -> tuple[str, int]:
        """Where an answer goes over an unreliable transport (18.2.2; RFC 3581, 4)."""
        port = PORT_OF.get(self.transport, PORT) if self.port is None else self.port
        received = parameter(self.params, "received")
        rport = parameter(self.params, "rport")
        if maddr := parameter(self.params, "maddr"):
            return maddr, port
        return received or self.host, number(rport, 65_535, "rport") if rport else port


@dataclass(frozen=True, slots=True)
class CSeq:
    sequence: int
    method: str

    def __str__(self) -> str:
        return f"{self.sequence} {self.method}"


@dataclass(frozen=True, slots=True)
class MediaType:
    """`full` is type/subtype in lower case, such as application/sdp."""

    full: str
    params: Params = ()


def read_via(text: str) -> Via:
    """One member of Via. Space may stand around each part (RFC 4475, 3.1.1.1)."""
    head, *pieces = split(text, ";")
    found = SENT_PROTOCOL.match(head)
    if found is None:
        raise Malformed(f"no Via: {text[:60]!r}")
    name, version, transport, sent_by = found.groups()
    if name.upper() != "SIP" or version != "2.0" or TOKEN.match(transport) is None:
        raise Malformed(f"a Via of another protocol: {text[:60]!r}")
    host, port = read_hostport(sent_by)
    return Via(transport.upper(), host, port, parameters(pieces))


def read_cseq(text: str) -> CSeq:
    pieces = text.split()
    if len(pieces) != 2 or TOKEN.match(pieces[1]) is None:
        raise Malformed(f"no CSeq: {text[:60]!r}")
    return CSeq(number(pieces[0], CSEQ_MAX, "the number of CSeq"), pieces[1])


def read_media_type(text: str) -> MediaType:
    """The value of Content-Type."""
    head, *pieces = split(text, ";")
    kind, slash, subtype = (piece.strip() for piece in head.partition("/"))
    if not slash or TOKEN.match(kind) is None or TOKEN.match(subtype) is None:
        raise Malformed(f"no media type: {text[:60]!r}")
    return MediaType(f"{kind}/{subtype}".lower(), parameters(pieces))


def read_seconds(text: str) -> tuple[int, Params]:
    """The value of Expires, Min-SE, Session-Expires or Retry-After: seconds and what follows."""
    head, *pieces = split(re.sub(r"\([^()]*\)", "", text), ";")
    return number(head, SECONDS_MAX, "a time in seconds"), parameters(pieces)


def one(message: Message, name: str) -> str:
    """The value of a header that stands exactly once."""
    found = message.value(name)
    if found is None or not found.strip():
        raise Malformed(f"{name} is missing")
    return found.strip()


def vias(message: Message) -> tuple[Via, ...]:
    """The hops, the last one that forwarded it first; at least one."""
    found = tuple(read_via(member) for member in message.listed("Via"))
    if not found:
        raise Malformed("Via is missing")
    return found


def cseq(message: Message) -> CSeq:
    return read_cseq(one(message, "CSeq"))


def address(message: Message, name: str) -> NameAddr:
    """From, To, Refer-To, Referred-By: one address."""
    return read_name_addr(one(message, name))


def addresses(message: Message, name: str) -> tuple[NameAddr, ...]:
    """Contact, Route, Record-Route, P-Asserted-Identity, Call-Info: a list of addresses."""
    return tuple(read_name_addr(member) for member in message.listed(name))


def content_type(message: Message) -> MediaType | None:
    value = message.value("Content-Type")
    return None if value is None else read_media_type(value)


def geolocation(request: Request) -> tuple[Uri, ...]:
    """The location values in their order (RFC 6442, 4.1): cid: of a body part, or a reference."""
    return tuple(found.uri for found in addresses(request, "Geolocation"))


def caller_number(request: Request) -> str | None:
    """The caller's number: what the trunk asserts (RFC 3325, 9.1) before what From claims."""
    for name in ("P-Asserted-Identity", "From"):
        for found in addresses(request, name):
            if (dialled := telephone_number(found.uri)) is not None:
                return dialled
    return None


def options(message: Message, name: str) -> frozenset[str]:
    """The tokens of Require, Supported, Unsupported or Allow; letters' case counts for Allow."""
    return frozenset(message.listed(name))
