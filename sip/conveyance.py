"""Where a caller is, as requests of his network say it (RFC 6442): the location object that one
brings, and what its answer says where that is of no use. Pure.

No request is refused for its location. 424 is for who cannot go on without a good one (4.3); a call
for help can, and a refresh or a hold that is refused because of what came with it would end the
call or undo what both sides had agreed. The answer is 200, with Geolocation-Error in it (4.4).
"""

from __future__ import annotations

from collections.abc import Callable

from .bodies import parts
from .fields import geolocation
from .grammar import Malformed
from .message import Headers, Request
from .screening import LOCATION
from .uri import OtherUri, unescaped

Readable = Callable[[bytes], bool]  # whether a location object says where somebody is
NOT_READ: Headers = (("Geolocation-Error", '100;code="Cannot Process Location"'),)
NOT_FETCHED: Headers = (("Geolocation-Error", '300;code="Dereference Failure"'),)


def location_of(request: Request) -> bytes | None:
    """The PIDF-LO of a request: what Geolocation names among the parts of the body, else the first
    there is."""
    held = [part for part in parts(request) if part.kind == LOCATION]
    try:
        wanted = _identities(request)
    except Malformed:
        wanted = []
    for identity in wanted:
        for part in held:
            if part.identity == identity:
                return part.octets
    return held[0].octets if held else None


def complaint(request: Request, readable: Readable) -> Headers:
    """What a 2xx says of the location in its request: nothing where none was announced, or where it
    is good. A reference is never fetched: what came by itself counts."""
    if request.value("Geolocation") is None:
        return ()
    held = location_of(request)
    if held is not None:
        return () if readable(held) else NOT_READ
    try:
        return NOT_READ if _identities(request) else NOT_FETCHED
    except Malformed:
        return NOT_READ


def _identities(request: Request) -> list[str]:
    """Of the parts that Geolocation names. Raises Malformed."""
    return [
        unescaped(uri.rest)
        for uri in geolocation(request)
        if isinstance(uri, OtherUri) and uri.scheme.lower() == "cid"
    ]
