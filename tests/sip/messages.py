"""Messages that the tests of this room speak of; written here, in the shapes of RFC 4475."""

from __future__ import annotations

VIA = "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKtrunk1"
FROM = "From: <sip:+18605550142@trunk.example.net>;tag=a1"
TO = "To: <urn:service:sos>"
CALL_ID = "Call-ID: c1@trunk.example.net"
CSEQ = "CSeq: 1 INVITE"
USUAL = (VIA, FROM, TO, CALL_ID, CSEQ)


def request(
    *rows: str,
    start: str = "INVITE urn:service:sos SIP/2.0",
    usual: tuple[str, ...] = USUAL,
    body: bytes = b"",
    line: str = "\r\n",
) -> bytes:
    """A request with the usual headers and `rows`."""
    head = line.join((start, *usual, *rows)) + line + line
    return head.encode("utf-8", "surrogateescape") + body


def less(row: str, *instead: str) -> tuple[str, ...]:
    """The usual headers with `instead` where `row` stands."""
    return tuple(new for old in USUAL for new in (instead if old == row else (old,)))
