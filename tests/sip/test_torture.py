"""The shapes of RFC 4475 against the whole user agent: what is valid is let in, what is not is
refused or dropped, and nothing of either stops it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from text911.sip.calls import CallId, Confirmed, Effect, Incoming, Send
from text911.sip.message import write
from text911.sip.replies import reply

from .desk import CONTACT, Desk
from .messages import CALL_ID, CSEQ, FROM, TO, VIA, less, request
from .wire import ANSWER, OFFER, OTHER

SDP = "Content-Type: application/sdp"


def heard(octets: bytes) -> Desk:
    desk = Desk()
    desk.got(octets)
    return desk


def invite(*rows: str, **more: object) -> bytes:
    return request(CONTACT, *rows, SDP, body=OFFER, **more)  # type: ignore[arg-type]


# --- valid -------------------------------------------------------------------------------------

TORTUOUS = (
    "TO :\r\n urn:service:sos",
    'from : "J Rosenberg \\\\\\"" <sip:jdrosen@h>\r\n  ;\r\n tag = 98asjd8',
    "MaX-fOrWaRdS: 0068",
    "Call-ID: wsinv.ndaksdj@192.0.2.1",
    "cseq: 0009\r\n INVITE",
    "Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=z9hG4bK390skdjuw",
    "s :",
    "NewFangledHeader:   newfangled value\r\n continued newfangled value",
    "UnknownHeaderWithUnusualValue: ;;,,;;,;",
    "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239",
    'm:"Quoted string \\"\\"" <sip:jdrosen@h> ; newparam =\r\n newvalue ;\r\n  other ; q = 0.33',
)


@pytest.mark.parametrize(
    "octets",
    [
        invite(usual=TORTUOUS),
        invite(start="INVITE sip:sips%3Auser%40example.com@h;transport=udp SIP/2.0"),
        invite(usual=less(FROM, "From: <sip:null-%00-null@h>;tag=a1")),
        invite(usual=less(TO, "To: <sip:user;par=u%40h@h>")),
        invite("Contact: <sip:a@h>;;;q=1"),
        invite("X-Escaped: %00%00", 'Subject: "\\""'),
        invite("Max-Forwards: 0"),
        invite("Accept: text/plain;q=0.5, */*"),
        invite("Route: <sip:h;lr>", "Unknown: \u0440\u0443\u0441\u0441\u043a\u0438\u0439"),
        invite(f"Content-Length: {len(OFFER)}", usual=less(VIA, VIA + ';rport;unknown="x"')),
        invite(*(f"X-{at}: {'y' * 90}" for at in range(60))),
        request(usual=("Via: SIP/2.0/UDP 192.0.2.2", "From: sip:a@h", TO, CALL_ID, CSEQ)),
        request(),  # no offer, no Contact, no Max-Forwards, no Content-Length
        request().replace(b"\r\n", b"\n"),
        b"\r\n\r\n" + request(),
    ],
)
def test_a_call_in_a_strange_shape_is_a_call(octets: bytes) -> None:
    desk = heard(octets)
    call = desk.one(Incoming).call
    assert desk.seen == [100]
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    assert desk.seen == [200]


# --- invalid -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (invite(usual=less(VIA, VIA + ";a=b;;,;,,")), None),
        (invite("Content-Length: -999"), 400),
        (invite("Content-Length: 9999"), 400),
        (invite(usual=less(CSEQ, "CSeq: 1 BYE")), 400),
        (invite("Max-Forwards: 300"), 400),
        (invite("Max-Forwards: 1", "Max-Forwards: 2"), 400),
        (invite(start="INVITE <sip:user@h> SIP/2.0"), 400),
        (invite(start="INVITE sip:user@h; transport=udp SIP/2.0"), 400),
        (invite(start="INVITE sip:a@h SIP/7.0"), 505),
        (invite(start="NEWMETHOD sip:h SIP/2.0", usual=less(CSEQ, "CSeq: 1 NEWMETHOD")), 501),
        (invite(start="REGISTER sip:h SIP/2.0", usual=less(CSEQ, "CSeq: 1 REGISTER")), 405),
        (invite(start="INVITE nobodyKnows:this SIP/2.0"), 416),
        (invite("Require: nothingSupportsThis"), 420),
        (request(CONTACT, "Content-Type: application/unknown", body=b"x"), 415),
        (request(CONTACT, SDP, body=b"v=0\r\nbroken"), 488),
        (invite(usual=less(CALL_ID)), None),
        (invite(usual=less(VIA)), None),
        (request(start="SIP/2.0 200 OK"), None),
        (request(start="SIP/2.0 4294967301 better not"), None),
        (request(start="ACK sip:h SIP/2.0", usual=less(CSEQ, "CSeq: 1 INVITE")), None),
        (b"INVITE", None),
        (b"\x00" * 40, None),
        (bytes(range(256)) * 10, None),
    ],
)
def test_what_is_no_call_is_refused_or_dropped(octets: bytes, status: int | None) -> None:
    desk = heard(octets)
    assert desk.seen == ([] if status is None else [status])
    assert desk.agent.standing == ()
    desk.wait(100)
    assert desk.agent.census.servers == 0


@pytest.mark.parametrize(
    "usual",
    [
        less(FROM, 'From: "Bell <sip:a@h>;tag=1'),
        less(FROM, "From: <sip:a b@h>;tag=1"),
        less(CSEQ, "CSeq: 36893488147419103232 INVITE"),
    ],
)
def test_what_was_wrong_in_a_header_that_answers_copy_comes_back_as_it_was(
    usual: tuple[str, ...],
) -> None:
    desk = Desk()
    effects = desk.agent.received(invite(usual=usual), desk.flow, 0)
    (send,) = (one for one in effects if isinstance(one, Send))
    assert send.octets.startswith(b"SIP/2.0 400 ")
    assert all(row.encode() in send.octets for row in (usual[1], usual[4]))


# --- in whatever state a message finds us ---------------------------------------------------------


ROWS = (
    "Record-Route: <sip:p1;lr>",
    "Supported: timer",
    "Allow: INVITE",
    "Require: timer",
    "Session-Expires: 90;refresher=uac",
    "Min-SE: 90",
    'Reason: SIP;text="x"',
    'Authorization: Digest username="trunk", realm="text911", nonce="1.a", uri="sip:h", '
    'response="x", cnonce="c", qop=auth, nc=00000001',
)


def ringing() -> tuple[Desk, list[bytes]]:
    desk = Desk()
    call = desk.invite(*ROWS)
    desk.take(desk.agent.ring(call, desk.now))
    to = f"To: {desk.response(180).value('To')}"
    first = desk.last
    return desk, [
        first,
        first.replace(b"INVITE", b"CANCEL"),
        desk_says("INVITE", TO, CONTACT, *ROWS, SDP, body=OFFER),
        desk_says("BYE", to, "Reason: SIP;cause=200"),
        desk_says("PRACK", to, "RAck: 1 1 INVITE"),
        desk_says("UPDATE", to, body=OTHER),
    ]


def talking() -> tuple[Desk, list[bytes]]:
    desk = Desk()
    call = desk.established("Allow: UPDATE")
    desk.take(desk.agent.reinvite(call, OTHER, desk.now))
    return desk, [
        desk.last,
        desk_says("INVITE", desk.to, CONTACT, SDP, body=OTHER),
        desk_says("UPDATE", desk.to, "Session-Expires: 90;refresher=uac", "Supported: timer"),
        desk_says("INFO", desk.to, "Info-Package: x"),
        desk_says("MESSAGE", desk.to, "Content-Type: text/plain", body=b"help"),
        answered(desk, 200),
        answered(desk, 491),
        answered(desk, 401),
    ]


def calling() -> tuple[Desk, list[bytes]]:
    desk = Desk()
    desk.call()
    return desk, [answered(desk, status) for status in (100, 183, 200, 302, 401, 422, 486)]


def desk_says(method: str, to: str, *rows: str, body: bytes = b"") -> bytes:
    usual = (VIA.replace("trunk1", f"x{method}"), FROM, to, CALL_ID, f"CSeq: 2 {method}")
    return request(*rows, start=f"{method} sip:192.0.2.1 SIP/2.0", usual=usual, body=body)


def answered(desk: Desk, status: int) -> bytes:
    """What the peer would answer to the INVITE that has just gone out."""
    rows = (
        ("Contact", "<sip:p@192.0.2.2>"),
        ("Record-Route", "<sip:p1;lr>"),
        ("Require", "100rel"),
        ("RSeq", "1"),
        ("Session-Expires", "90;refresher=uas"),
        ("Min-SE", "100"),
        ("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"'),
        ("Content-Type", "application/sdp"),
    )
    return write(reply(desk.request("INVITE"), status, rows, tag="p1", body=ANSWER))


@settings(deadline=None)
@given(st.sampled_from((ringing, talking, calling)), st.data())
def test_octets_that_are_nearly_right_stop_nothing(
    begin: Callable[[], tuple[Desk, list[bytes]]], data: st.DataObject
) -> None:
    desk, messages = begin()
    ends: list[Effect] = []
    for _ in range(data.draw(st.integers(1, 4))):
        octets = bytearray(data.draw(st.sampled_from(messages)))
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(octets) - 1))
            match data.draw(st.integers(0, 2)):
                case 0:
                    octets[at] = data.draw(st.sampled_from(b'\x00\t\r\n ",;:<>=@09az\xff'))
                case 1:
                    del octets[at : at + data.draw(st.integers(1, 20))]
                case _:
                    octets[at:at] = octets[at : at + data.draw(st.integers(1, 20))]
            if not octets:
                break
        desk.got(bytes(octets))
        ends += desk.told
        desk.wait(data.draw(st.sampled_from((0.0, 0.6, 5.0))))
    for call in desk.agent.standing:
        desk.take(desk.agent.hang_up(call, "", desk.now))
    desk.wait(200)
    census = desk.agent.census
    assert (census.calls, census.servers, census.clients, census.asked) == (0, 0, 0, 0)
    assert not [one for one in ends if isinstance(one, Confirmed) and one.call != CallId(1)]
