"""SIP messages as values (RFC 3261, 7): a start line, headers in the order they came, a body.

A header's value stands as its peer wrote it, unfolded; `fields` gives it a type where it is needed.
Octets that are no UTF-8 survive as surrogate escapes, so that what we echo is what we were sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from .grammar import TOKEN, listed

# RFC 3261, 7.3.3 and the registrations that came after it.
COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
    "e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact",
    "k": "Supported", "l": "Content-Length", "m": "Contact", "n": "Identity-Info",
    "o": "Event", "r": "Refer-To", "s": "Subject", "t": "To", "u": "Allow-Events",
    "v": "Via", "x": "Session-Expires", "y": "Identity",
}  # fmt: skip
LONG = {name.lower(): name for name in COMPACT.values()} | {
    name.lower(): name
    for name in (
        "Accept", "Allow", "Authorization", "Call-Info", "Content-Disposition", "CSeq", "Date",
        "Expires", "Geolocation", "Geolocation-Routing", "Max-Forwards", "MIME-Version", "Min-SE",
        "P-Asserted-Identity", "Priority", "Proxy-Authenticate", "Proxy-Authorization",
        "Proxy-Require", "RAck", "Reason", "Record-Route", "Require", "Retry-After", "Route",
        "RSeq", "Server", "Timestamp", "Unsupported", "User-Agent", "Warning", "WWW-Authenticate",
    )
}  # fmt: skip

Header = tuple[str, str]  # (name, value)
Headers = tuple[Header, ...]


class Method(StrEnum):
    """The methods this room has rules for; a message may carry any other token."""

    INVITE = "INVITE"
    ACK = "ACK"
    BYE = "BYE"
    CANCEL = "CANCEL"
    OPTIONS = "OPTIONS"
    UPDATE = "UPDATE"
    PRACK = "PRACK"
    REGISTER = "REGISTER"
    MESSAGE = "MESSAGE"
    INFO = "INFO"
    REFER = "REFER"
    NOTIFY = "NOTIFY"
    SUBSCRIBE = "SUBSCRIBE"


def full_name(name: str) -> str:
    """The long form of a header's name, in the specification's spelling where it is known."""
    return COMPACT.get(name.lower()) or LONG.get(name.lower(), name)


def values(headers: Headers, name: str) -> tuple[str, ...]:
    """The values of all rows with this long name, as written, in their order."""
    wanted = name.lower()
    return tuple(value for known, value in headers if known.lower() == wanted)


@dataclass(frozen=True, slots=True)
class Request:
    """`octets`: the message as it came, for the record; empty for one of ours."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes = b""
    octets: bytes = field(default=b"", compare=False, repr=False)

    def value(self, name: str) -> str | None:
        return first(self.headers, name)

    def listed(self, name: str) -> list[str]:
        return members(self.headers, name)


@dataclass(frozen=True, slots=True)
class Response:
    """`octets`: the message as it came, for the record; empty for one of ours."""

    status: int
    reason: str
    headers: Headers = ()
    body: bytes = b""
    octets: bytes = field(default=b"", compare=False, repr=False)

    def value(self, name: str) -> str | None:
        return first(self.headers, name)

    def listed(self, name: str) -> list[str]:
        return members(self.headers, name)


Message = Request | Response


def first(headers: Headers, name: str) -> str | None:
    """The value of the first row with this long name."""
    found = values(headers, name)
    return found[0] if found else None


def members(headers: Headers, name: str) -> list[str]:
    """All members of a list header, over all its rows (RFC 3261, 7.3.1)."""
    return [member for value in values(headers, name) for member in listed(value)]


def without(headers: Headers, *names: str) -> Headers:
    """`headers` less all rows of these long names."""
    unwanted = {name.lower() for name in names}
    return tuple((name, value) for name, value in headers if name.lower() not in unwanted)


def write(message: Message) -> bytes:
    """The octets of a message. Content-Length is always ours: the number of octets in the body."""
    if isinstance(message, Request):
        method, uri = message.method, message.uri
        if TOKEN.match(method) is None or not uri or re.search(r"[\x00-\x20\x7f]", uri):
            raise ValueError(f"no request line can be made of {method!r} and {uri!r}")
        start = f"{method} {uri} SIP/2.0"
    else:
        if not 100 <= message.status <= 699:
            raise ValueError(f"a status is 100 to 699, not {message.status}")
        start = f"SIP/2.0 {message.status} {_one_line(message.reason)}"
    rows = [start]
    for name, value in without(message.headers, "Content-Length"):
        if TOKEN.match(name) is None:
            raise ValueError(f"{name!r} is no name of a header")
        rows.append(f"{name}: {_one_line(value)}")
    rows.append(f"Content-Length: {len(message.body)}\r\n\r\n")
    return "\r\n".join(rows).encode("utf-8", "surrogateescape") + message.body


def _one_line(value: str) -> str:
    """A line break in a value would begin a header of somebody else's choosing."""
    if re.search(r"[\r\n\x00]", value):
        raise ValueError(f"a header value cannot hold a line break or NUL: {value[:60]!r}")
    return value
