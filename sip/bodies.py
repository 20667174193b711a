"""What is in a body: one thing, or parts (RFC 2046, 5.1, as RFC 5621 lets SIP use it).

Finds the session description beside a location and whatever else a trunk puts there. Reads none of
it, and never fails: what is no part is not found. Puts parts together for messages of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from .fields import MediaType, read_media_type
from .grammar import Malformed, parameter
from .message import Headers, Request, Response, first, full_name

SDP = "application/sdp"
PARTS_MAX = 16
DEPTH_MAX = 3  # multiparts within multiparts
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{1,70}\Z")


@dataclass(frozen=True, slots=True)
class Part:
    """`kind`: type/subtype in lower case. `identity`: the Content-ID without its brackets, that a
    cid: URI names; "" without one. `needed`: handling=required (RFC 3261, 20.11)."""

    kind: str
    octets: bytes
    identity: str = ""
    needed: bool = True


def parts(message: Request | Response) -> tuple[Part, ...]:
    """The body's parts, those of inner multiparts among them; a body of one kind is one part."""
    if not message.body:
        return ()
    return tuple(_parts(message.headers, message.body, DEPTH_MAX))[:PARTS_MAX]


def sdp_of(message: Request | Response) -> bytes:
    """The first session description, b"" without one."""
    return next((part.octets for part in parts(message) if part.kind == SDP), b"")


def _parts(headers: Headers, octets: bytes, depth: int) -> list[Part]:
    try:
        kind = read_media_type(first(headers, "Content-Type") or "text/plain")
    except Malformed:
        kind = MediaType("application/octet-stream")
    if not kind.full.startswith("multipart/") or not depth:
        disposition = first(headers, "Content-Disposition") or ""
        needed = re.search(r";\s*handling\s*=\s*optional", disposition, re.I) is None
        identity = (first(headers, "Content-ID") or "").strip("<> \t")
        return [Part(kind.full, octets, identity, needed)]
    boundary = parameter(kind.params, "boundary") or ""
    if BOUNDARY.match(boundary) is None:
        return []
    line = re.compile(
        rb"(?:\A|\r?\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r?\n|\Z)"
    )
    found: list[Part] = []
    marks = list(line.finditer(octets))
    for mark, after in pairwise(marks):
        if mark[1] or len(found) >= PARTS_MAX:
            break  # what follows the last boundary is no part
        inner, body = _cut(octets[mark.end() : after.start()])
        found += _parts(inner, body, depth - 1)
    return found


def _cut(octets: bytes) -> tuple[Headers, bytes]:
    """Headers and content of one part; `octets` begin with the end of its boundary's line."""
    found = re.match(rb"\r?\n((?:[^\r\n]+\r?\n)*)\r?\n", octets)
    if found is None:  # no empty line: headers alone, or nothing
        return (), b""
    text = re.sub(r"\r?\n[ \t]+", " ", found[1].decode("utf-8", "surrogateescape"))
    rows = [row.partition(":") for row in text.splitlines()]
    headers = tuple((full_name(name.strip()), value.strip()) for name, _, value in rows)
    return headers, octets[found.end() :]


def joined(held: tuple[Part, ...], boundary: str) -> tuple[Headers, bytes]:
    """Headers and body of a message that holds these parts. `boundary`: letters and figures drawn
    by chance, so that no part has them in it."""
    rows: list[bytes] = []
    for part in held:
        rows += [f"--{boundary}".encode(), f"Content-Type: {part.kind}".encode()]
        if part.identity:
            rows.append(f"Content-ID: <{part.identity}>".encode())
        if not part.needed:
            rows.append(b"Content-Disposition: by-reference;handling=optional")
        rows += [b"", part.octets]
    rows += [f"--{boundary}--".encode(), b""]
    return (("Content-Type", f"multipart/mixed;boundary={boundary}"),), b"\r\n".join(rows)
