"""URIs and name-addr (RFC 3261, 19.1 and 25.1; RFC 3966): who calls, and where to answer.

Escapes are kept as they came, because a URI that goes back to a peer must be the same octets.
Resolves no name and looks nothing up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import assert_never

from .grammar import (
    Malformed,
    Params,
    number,
    parameter,
    parameters,
    quoted,
    readable,
    split,
    unquoted,
    written,
)

PORT_MAX = 65_535
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_\-.]+)(?:\s*:\s*([0-9]{1,5}))?\Z")
# What never stands in a URI unescaped: space, controls, brackets, quotes (RFC 3986, 2).
FORBIDDEN = re.compile(r'[\x00-\x20\x7f<>"\\^`{|}]')
# RFC 3966, 5.1.1: dashes, dots and brackets in a number are for the eye.
SEPARATORS = str.maketrans("", "", "-.() ")
DIALLED = re.compile(r"\+?[0-9]{1,20}\Z")


@dataclass(frozen=True, slots=True)
class SipUri:
    """sip: or sips:. `user` is escaped as it came, with a password if there is one; "" if none."""

    scheme: str
    user: str
    host: str  # an IPv6 address with its brackets
    port: int | None = None
    params: Params = ()
    headers: str = ""  # what follows "?", escaped

    def as_target(self) -> SipUri:
        """What may stand in a request line of it: neither headers nor a method (19.1.1)."""
        params = tuple(pair for pair in self.params if pair[0] != "method")
        return replace(self, params=params, headers="")

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        headers = f"?{self.headers}" if self.headers else ""
        return (
            f"{self.scheme}:{user}{hostport(self.host, self.port)}{written(self.params)}{headers}"
        )


@dataclass(frozen=True, slots=True)
class TelUri:
    """tel: (RFC 3966). `subscriber` as it came, separators included."""

    subscriber: str
    params: Params = ()

    def __str__(self) -> str:
        return f"tel:{self.subscriber}{written(self.params)}"


@dataclass(frozen=True, slots=True)
class OtherUri:
    """Any other scheme, urn:service:sos among them; nothing is known of its inside."""

    scheme: str
    rest: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"


Uri = SipUri | TelUri | OtherUri


@dataclass(frozen=True, slots=True)
class NameAddr:
    """The value of From, To, Contact, Route, P-Asserted-Identity and their like."""

    uri: Uri
    display: str = ""
    params: Params = ()

    def __str__(self) -> str:
        display = f"{quoted(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{written(self.params)}"

    @property
    def tag(self) -> str | None:
        return parameter(self.params, "tag")


def hostport(host: str, port: int | None) -> str:
    return host if port is None else f"{host}:{port}"


def read_hostport(text: str) -> tuple[str, int | None]:
    """Host and port; a port of 0 or more than 65,535 is refused."""
    found = HOST.match(text.strip())
    if found is None:
        raise Malformed(f"no host and port: {text[:60]!r}")
    port = None if found[2] is None else number(found[2], PORT_MAX, "the port")
    if port == 0:
        raise Malformed("the port is 0")
    return found[1], port


def read_uri(text: str) -> Uri:
    """One URI without brackets around it."""
    found = SCHEME.match(text)
    if found is None or FORBIDDEN.search(text):
        raise Malformed(f"no URI: {text[:60]!r}")
    scheme, rest = found[1].lower(), text[found.end() :]
    if not rest:
        raise Malformed(f"the URI ends after {scheme}:")
    match scheme:
        case "sip" | "sips":
            return _read_sip(scheme, rest)
        case "tel":
            subscriber, *pieces = rest.split(";")
            return TelUri(subscriber, parameters(pieces))
        case _:
            return OtherUri(scheme, rest)


def _read_sip(scheme: str, rest: str) -> SipUri:
    # A user may hold ";" and "?" (RFC 4475, 3.1.1.11), and nothing may hold a second "@".
    before, at, after = rest.partition("@")
    user = before if at else ""
    if at and not user:
        raise Malformed(f"nothing stands before the @ of {rest[:60]!r}")
    if not at:
        after = before
    address, _, headers = after.partition("?")
    hosted, *pieces = address.split(";")
    host, port = read_hostport(hosted)
    return SipUri(scheme, user, host.lower(), port, parameters(pieces), headers)


def read_name_addr(text: str) -> NameAddr:
    """A name-addr or an addr-spec. Behind a bare addr-spec parameters are the header's (20.10)."""
    text = text.strip()
    before, bracket, _ = _outside_quotes(text, "<")
    if not bracket:
        bare, *pieces = split(text, ";")
        return NameAddr(read_uri(bare), "", parameters(pieces))
    # A display name of several words without quotes is a frequent fault and does no harm.
    inside, closed, after = text[len(before) + 1 :].partition(">")
    after = after.strip()
    if not closed or (after and after[0] != ";"):
        raise Malformed(f"no address in brackets: {text[:60]!r}")
    display = readable(unquoted(before.strip()))
    return NameAddr(read_uri(inside.strip()), display, parameters(split(after, ";")))


def _outside_quotes(text: str, mark: str) -> tuple[str, str, str]:
    """`text` cut at the first `mark` that does not stand in a quoted-string."""
    found = re.match(r'((?:[^"<]|"(?:[^"\\]|\\.)*")*)' + mark, text, re.DOTALL)
    if found is None:
        if '"' in text:
            raise Malformed(f"quotes that belong to no name: {text[:60]!r}")
        return text, "", ""
    return found[1], mark, text[found.end() :]


def unescaped(text: str) -> str:
    """`text` with each %XX as the octet it stands for, read as UTF-8."""
    octets = re.sub(
        rb"%([0-9A-Fa-f]{2})",
        lambda found: bytes.fromhex(found[1].decode()),
        text.encode("utf-8", "surrogateescape"),
    )
    return octets.decode("utf-8", "replace")


def telephone_number(uri: Uri) -> str | None:
    """The number a URI carries, as + and digits or digits alone; None when it carries none."""
    match uri:
        case TelUri(subscriber):
            dialled = subscriber
        case SipUri(user=user):
            dialled = re.split("[;:]", user, maxsplit=1)[0]
        case OtherUri():
            return None
        case _:
            assert_never(uri)
    dialled = unescaped(dialled).translate(SEPARATORS)
    return dialled if DIALLED.match(dialled) else None
