"""Looking on: all PDUs of both directions, and no difference to the session."""

from __future__ import annotations

from dataclasses import dataclass, field

from text911.smpp.codec import encode
from text911.smpp.events import BindRequested
from text911.smpp.pdu import BindTransceiver, EnquireLink
from text911.smpp.session import ServerSession
from text911.smpp.tap import NOBODY
from text911.smpp.timers import SessionLimits

from .peer import HELP, Peer, heads


@dataclass
class Notes:
    seen: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])

    def heard(self, pdus: list[bytes]) -> None:
        self.seen += [("in", pdu) for pdu in pdus]

    def said(self, pdus: list[bytes]) -> None:
        self.seen += [("out", pdu) for pdu in pdus]


def talk(session: ServerSession) -> bytes:
    said = b""
    for octets in (encode(EnquireLink(), 2), encode(HELP, 3)[:20], encode(HELP, 3)[20:]):
        session.receive(octets, 101.0)
        said += session.octets_to_send()
    session.respond(3, 0x80000004, 0, "m1")
    return said + session.octets_to_send()


def test_a_tap_sees_each_pdu_once_and_whole_and_the_session_says_the_same() -> None:
    plain, watched = Peer(SessionLimits()).binds().session, Peer(SessionLimits()).binds().session
    notes = Notes()
    watched.tap = notes
    said = talk(watched)
    assert said == talk(plain)
    heard = [pdu for way, pdu in notes.seen if way == "in"]
    assert heard == [encode(EnquireLink(), 2), encode(HELP, 3)]
    assert b"".join(pdu for way, pdu in notes.seen if way == "out") == said


def test_a_tap_that_is_taken_off_sees_nothing_more() -> None:
    session = Peer(SessionLimits()).binds().session
    notes = Notes()
    session.tap = notes
    talk(session)
    seen = list(notes.seen)
    session.tap = NOBODY
    assert [head[2] for head in heads(talk(session))] == [2, 3]
    assert notes.seen == seen != []


def test_the_answer_to_a_bind_is_seen_by_a_tap_that_was_put_on_while_it_was_decided() -> None:
    peer = Peer(SessionLimits())
    (request,) = peer.session.receive(encode(BindTransceiver("c", "pw"), 1), 100.0)
    assert isinstance(request, BindRequested)
    notes = Notes()
    peer.session.tap = notes
    peer.session.accept(request, "us")
    peer.session.octets_to_send()
    assert [way for way, _ in notes.seen] == ["out"]
