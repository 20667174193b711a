"""What a request is refused for before anybody looks at what it wants (RFC 3261, 8.2).

The order is the specification's: method, request URI, loops, extensions, content. Says what to
answer; sends nothing and keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from .bodies import SDP, parts, sdp_of
from .fields import options, vias
from .grammar import Malformed
from .message import Headers, Method, Request
from .offer import Ours, Unusable
from .offer import answer as answered
from .sdp import read as read_sdp
from .uri import OtherUri, read_uri

ALLOWED = (
    Method.INVITE,
    Method.ACK,
    Method.CANCEL,
    Method.BYE,
    Method.OPTIONS,
    Method.UPDATE,
    Method.PRACK,
    Method.MESSAGE,
    Method.INFO,
)
SUPPORTED = ("100rel", "timer")  # RFC 3262; 4028
# Locations by reference (RFC 6442, 4.6): we fetch none, so nobody is told to send one instead of
# the place itself; but no call for help is refused because of how it says where it comes from.
BORNE = (*SUPPORTED, "geolocation-sip", "geolocation-http")
LOCATION = "application/pidf+xml"
ACCEPTED = (SDP, "multipart/mixed", LOCATION)
TEXT = ("text/plain", "multipart/mixed", LOCATION, "message/cpim", "application/im-iscomposing+xml")
SOS = "service:sos"  # RFC 5031: and its sub-services, sos.police and the like

ALLOW: Headers = (("Allow", ", ".join(ALLOWED)),)
ACCEPT: Headers = (("Accept", ", ".join(ACCEPTED)),)
SUPPORTS: Headers = (("Supported", ", ".join(SUPPORTED)),)
ABILITIES: Headers = (*ALLOW, *ACCEPT, ("Accept-Encoding", "identity"), *SUPPORTS)

# Generous: what no settings of ours could take is refused before a call is told of.
ANYTHING = Ours("192.0.2.1", 0, 0, 9, 9, key="A" * 40)


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why` is for the log."""

    status: int
    why: str
    headers: Headers = ()


def screen(request: Request, mark: str) -> Refusal | None:
    """Why a request that is to begin something, or comes within a dialog, is refused at once.
    `mark`: what every branch of ours begins with."""
    return (
        _method(request)
        or _target(request)
        or _loop(request, mark)
        or _extensions(request)
        or _content(request)
    )


def _method(request: Request) -> Refusal | None:
    if request.method in ALLOWED:
        return None
    known = request.method in list(Method)
    why = f"{request.method[:40]} is not served here"
    return Refusal(405 if known else 501, why, ALLOW)


def _target(request: Request) -> Refusal | None:
    """Whether we are who is asked for, as far as signalling can know: any user, and emergency."""
    uri = read_uri(request.uri)
    if not isinstance(uri, OtherUri):
        return None
    if uri.scheme != "urn":
        return Refusal(416, f"the URI {request.uri[:60]} is of another scheme")
    service = uri.rest.lower()
    if service == SOS or service.startswith(SOS + "."):
        return None
    return Refusal(404, f"{request.uri[:60]} is not here; urn:service:sos is")


def _loop(request: Request, mark: str) -> Refusal | None:
    """A request of ours that came back (16.3 has it for proxies). Told by its branch: a peer
    behind an address translator may have our very address."""
    if any((via.branch or "").startswith(mark) for via in vias(request)):
        return Refusal(482, "a request of ours came back")
    return None


def _extensions(request: Request) -> Refusal | None:
    """8.2.2.3. Neither ACK nor CANCEL is refused for them."""
    if request.method in (Method.ACK, Method.CANCEL):
        return None
    unknown = sorted(options(request, "Require") - set(BORNE))
    if not unknown:
        return None
    said = ", ".join(unknown)
    return Refusal(420, f"required is {said[:60]}", (("Unsupported", said),))


def _content(request: Request) -> Refusal | None:
    """8.2.3: what it is written in, not what it says. A call is not refused for what it brings
    beside its offer; ACK never."""
    if request.method in (Method.ACK, Method.CANCEL) or not request.body:
        return None
    encodings = {one.lower() for one in options(request, "Content-Encoding")} - {"identity"}
    if encodings:
        why = f"the body is encoded: {', '.join(sorted(encodings))[:40]}"
        return Refusal(415, why, (("Accept-Encoding", "identity"), *ACCEPT))
    if request.method not in (Method.INVITE, Method.UPDATE, Method.PRACK, Method.MESSAGE):
        return None  # what else may have a body is not needed to understand it
    kinds = TEXT if request.method == Method.MESSAGE else ACCEPTED
    for part in () if sdp_of(request) and kinds is ACCEPTED else parts(request):
        if part.needed and part.kind not in kinds:
            accept = (("Accept", ", ".join(kinds)),)
            return Refusal(415, f"the body holds {part.kind[:60]}", accept)
    return None


def unusable(request: Request) -> Refusal | None:
    """Why the offer in a request can carry no call, whatever we are set to (488)."""
    octets = sdp_of(request)
    if not octets:
        return None
    try:
        judged = answered(read_sdp(octets), ANYTHING)
    except Malformed as cause:
        return Refusal(488, f"the offer cannot be read: {cause}", ACCEPT)
    if isinstance(judged, Unusable):
        return Refusal(488, f"the offer is of no use: {judged.why}", ACCEPT)
    return None
