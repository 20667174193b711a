"""What our server would say to a PDU: asked of the very session that serves carriers.

Nobody's password is known here, so a bind is answered in general terms.
"""

from __future__ import annotations

from ..codec import encode
from ..events import BindRequested, Closed, Queried, Submitted, SubmittedToMany
from ..pdu import RESPONSE, BindTransceiver
from ..session import ServerSession
from ..table import ACCEPTED
from ..timers import SessionLimits
from ..wire import HEADER, HEADER_SIZE
from .operations import name_of
from .words import status_words

_LIMITS = SessionLimits()
_BIND = encode(BindTransceiver("peer"), 1)


def answer_to(octets: bytes) -> str:
    """In words, for one PDU (or a header that breaks the framing) of a carrier that is bound as
    transceiver; for a bind, of one that is not. "" when nothing is said."""
    session = ServerSession(_LIMITS, 0.0)
    if int.from_bytes(octets[4:8]) not in ACCEPTED:
        events = session.receive(_BIND, 0.0)
        for event in events:
            assert isinstance(event, BindRequested)
            session.accept(event, "text911")
        session.octets_to_send()
    events = session.receive(octets, 0.0)
    said = _in_words(session.octets_to_send())
    for event in events:
        match event:
            case Submitted():
                said.append(f"{_response_to(octets)} ESME_ROK, once the text is durably recorded")
            case SubmittedToMany():
                said.append(
                    f"{_response_to(octets)} ESME_ROK, once the text is durably recorded, if one of"
                    " its destinations is ours"
                )
            case Queried():
                said.append(
                    f"{_response_to(octets)} ESME_ROK with what became of the text, or"
                    " ESME_RINVMSGID if that is not known"
                )
            case BindRequested():
                said.append(
                    f"{_response_to(octets)} ESME_ROK, if account, password and address are known"
                )
            case Closed():
                said.append("then the connection is closed")
            case _:
                pass  # what the gateway is told, the peer is not
    return ", ".join(said)


def _response_to(octets: bytes) -> str:
    return name_of(int.from_bytes(octets[4:8]) | RESPONSE)


def _in_words(sent: bytes) -> list[str]:
    said: list[str] = []
    at = 0
    while at + HEADER_SIZE <= len(sent):
        length, command_id, status, _ = HEADER.unpack_from(sent, at)
        said.append(f"{name_of(command_id)} {status_words(status)}")
        at += length
    return said
