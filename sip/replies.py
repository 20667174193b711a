"""Answers to requests, made by the rules that all of them share (RFC 3261, 8.2.6)."""

from __future__ import annotations

import hashlib

from .dialogs import with_tag
from .fields import vias
from .flows import Flow
from .grammar import Malformed, listed, parameter
from .message import Headers, Request, Response, values
from .reading import COPIED
from .uri import read_name_addr

REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    469: "Bad Info Package",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "Version Not Supported",
    513: "Message Too Large",
    603: "Decline",
}


def reply(
    request: Request,
    status: int,
    headers: Headers = (),
    *,
    tag: str = "",
    reason: str = "",
    body: bytes = b"",
) -> Response:
    """An answer. `tag` is set where To has none and the answer is not 100. A Timestamp goes back
    with 100 (8.2.6.1), and a Record-Route with all that can make a dialog (12.1.1)."""
    rows = [(name, value) for name, value in request.headers if name in COPIED]
    if tag and status > 100:
        rows = [(name, _tagged(value, tag) if name == "To" else value) for name, value in rows]
    if status == 100:
        rows += [("Timestamp", value) for value in values(request.headers, "Timestamp")]
    elif status < 300 and request.method == "INVITE":
        routes = values(request.headers, "Record-Route")
        rows += [("Record-Route", value) for value in routes]
    return Response(status, reason or REASONS.get(status, "Answer"), (*rows, *headers), body)


def _tagged(value: str, tag: str) -> str:
    """The value of To with a tag, its own if it has one; as it came where it cannot be read."""
    try:
        address = read_name_addr(value)
    except Malformed:
        return value
    return value if address.tag is not None else with_tag(value, tag)


def stateless_tag(salt: str, request: Request | Response) -> str:
    """The To tag of an answer that nothing is kept of: the same for the same request (8.2.7)."""
    told = (request.value(name) or "" for name in ("Via", "From", "Call-ID", "CSeq"))
    text = "\n".join((salt, *told)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:16]


def as_seen(message: Request | Response, flow: Flow) -> Headers:
    """The headers with what was seen of the sender in the uppermost Via (18.2.1; RFC 3581, 4)."""
    first = vias(message)[0].seen_from(*flow.remote)
    headers: list[tuple[str, str]] = []
    done = False
    for name, value in message.headers:
        if name == "Via" and not done and listed(value):
            value = ", ".join((str(first), *listed(value)[1:]))
            done = True
        headers.append((name, value))
    return tuple(headers)


def way_back(message: Request | Response, flow: Flow) -> Flow:
    """Where an answer goes: along the stream the request came by, or to the address it came from
    and the port its Via says (18.2.2; RFC 3581, 4). maddr is passed over: nobody may aim us at a
    third."""
    if flow.reliable:
        return flow
    via = vias(message)[0]
    if parameter(via.params, "rport"):
        return flow
    bare = type(via)(via.transport, via.host, via.port)
    return Flow(flow.transport, flow.local, (flow.remote[0], bare.answer_to()[1]), flow.connection)
