"""Dialogs (RFC 3261, 12): what both sides hold of each other while a call lives, as a value.

Makes the requests within one and judges those that come. Sends nothing, and knows no session.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .fields import address, addresses, cseq, one
from .grammar import CSEQ_MAX, Malformed, parameter
from .message import Header, Headers, Request, Response
from .uri import SipUri, read_name_addr, read_uri

HOPS_MAX = 70  # 8.1.1.6

DialogKey = tuple[str, str, str]  # (Call-ID, our tag, their tag), "" for a peer of RFC 2543


@dataclass(frozen=True, slots=True)
class Dialog:
    """`local`, `remote` and `routes` are From, To and Route as we write them: with tags, and in the
    octets that they came in. `remote_cseq`: the highest that came, None before the first."""

    key: DialogKey
    local: str
    remote: str
    target: SipUri
    routes: tuple[str, ...] = ()
    local_cseq: int = 0
    remote_cseq: int | None = None


def key_of(request: Request) -> DialogKey:
    """The dialog that a request which came would belong to."""
    to = address(request, "To").tag or ""
    return one(request, "Call-ID"), to, address(request, "From").tag or ""


def with_tag(value: str, tag: str) -> str:
    """A value of From or To that has no tag yet, with one. A bare URI gets its brackets here."""
    return f"{value};tag={tag}" if "<" in value else f"{read_name_addr(value)};tag={tag}"


def contact_of(message: Request | Response, otherwise: SipUri) -> SipUri:
    """Where a peer wants to be reached. It must say so (8.1.1.8); one that does not, or says no
    SIP URI, is reached where its message came from."""
    try:
        found = addresses(message, "Contact")
    except Malformed:  # "*" among them
        return otherwise
    reached = (one.uri.as_target() for one in found if isinstance(one.uri, SipUri))
    return next(reached, otherwise)


def _routes(message: Request | Response) -> tuple[str, ...]:
    """Record-Route as it came. Each is read here, so that none fails when the way is needed."""
    found = message.listed("Record-Route")
    for route in found:
        read_name_addr(route)
    return tuple(found)


def as_called(invite: Request, tag: str, otherwise: SipUri) -> Dialog:
    """The dialog of an INVITE that came, as it will be with our tag (12.1.1)."""
    return Dialog(
        (one(invite, "Call-ID"), tag, address(invite, "From").tag or ""),
        with_tag(one(invite, "To"), tag),
        one(invite, "From"),
        contact_of(invite, otherwise),
        _routes(invite),
        0,
        cseq(invite).sequence,
    )


def as_caller(invite: Request, response: Response, otherwise: SipUri) -> Dialog:
    """The dialog that an answer (101 to 299) to an INVITE of ours makes (12.1.2)."""
    local = address(invite, "From").tag or ""
    return Dialog(
        (one(invite, "Call-ID"), local, address(response, "To").tag or ""),
        one(invite, "From"),
        one(response, "To"),
        contact_of(response, otherwise),
        tuple(reversed(_routes(response))),
        cseq(invite).sequence,
    )


def request_of(
    dialog: Dialog, method: str, headers: Headers = (), body: bytes = b"", *, ack_of: int = 0
) -> tuple[Dialog, Request]:
    """A request within the dialog, without its Via. `ack_of`: the number of the INVITE that an ACK
    is for; all else has the next number."""
    number = ack_of or dialog.local_cseq + 1
    if number > CSEQ_MAX:
        raise ValueError("a dialog with 2,147,483,647 requests of ours")
    uri, routes = _way(dialog)
    rows = (
        ("Max-Forwards", str(HOPS_MAX)),
        *routes,
        ("From", dialog.local),
        ("To", dialog.remote),
        ("Call-ID", dialog.key[0]),
        ("CSeq", f"{number} {method}"),
        *headers,
    )
    after = replace(dialog, local_cseq=max(number, dialog.local_cseq))
    return after, Request(method, uri, rows, body)


def _way(dialog: Dialog) -> tuple[str, tuple[Header, ...]]:
    """Request-URI and Route (12.2.1.1); a strict router of old finds itself in the first."""
    target = str(dialog.target)
    if not dialog.routes or loose(dialog.routes[0]) is not None:
        return target, tuple(("Route", route) for route in dialog.routes)
    first, *rest = dialog.routes
    onward = (*rest, f"<{target}>")
    return str(read_name_addr(first).uri), tuple(("Route", route) for route in onward)


def loose(route: str) -> SipUri | None:
    """The URI of a route that leaves the Request-URI alone (16.12); None for a strict one."""
    uri = read_name_addr(route).uri
    known = isinstance(uri, SipUri) and parameter(uri.params, "lr") is not None
    return uri if known and isinstance(uri, SipUri) else None


def next_hop(request: Request) -> SipUri:
    """Where a request of ours goes first (8.1.2). Raises Malformed when that is no SIP URI."""
    routes = request.listed("Route")
    hop = loose(routes[0]) if routes else None
    if hop is not None:
        return hop
    uri = read_uri(request.uri)
    if not isinstance(uri, SipUri):
        raise Malformed(f"nothing is known of the way to {request.uri[:60]}")
    return uri


def heard(dialog: Dialog, request: Request) -> Dialog | None:
    """The dialog after a request that came within it; None: it is older than one that came before,
    and is answered 500 (12.2.2)."""
    number = cseq(request).sequence
    if dialog.remote_cseq is not None and number < dialog.remote_cseq:
        return None
    return replace(dialog, remote_cseq=number)


def retargeted(dialog: Dialog, message: Request | Response) -> Dialog:
    """After an INVITE or UPDATE that succeeded: the peer may have moved (12.2.1.2, 12.2.2)."""
    return replace(dialog, target=contact_of(message, dialog.target))
