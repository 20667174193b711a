"""The messages of RFC 4475, each under its own name: what this user agent makes of it.

The shapes are the specification's; hosts and bodies are ours, so that a message fails for what its
name says and for nothing else. None may stop the agent or leave anything behind.
"""

from __future__ import annotations

import pytest

from text911.sip.calls import Incoming

from .desk import CONTACT, Desk
from .messages import CALL_ID, CSEQ, FROM, TO, VIA, less, request
from .wire import ANSWER, OFFER

SDP = "Content-Type: application/sdp"
CALL, NOTHING = "a call", "nothing"
Heard = str | int  # `CALL`, `NOTHING`, or the status that is answered


def invite(*rows: str, **more: object) -> bytes:
    return request(CONTACT, *rows, SDP, body=OFFER, **more)  # type: ignore[arg-type]


def other(method: str, *rows: str, uri: str = "sip:911@192.0.2.1", body: bytes = b"") -> bytes:
    usual = less(CSEQ, f"CSeq: 1 {method}")
    return request(*rows, start=f"{method} {uri} SIP/2.0", usual=usual, body=body)


def response(start: str, *rows: str, **more: object) -> bytes:
    return request(*rows, start=start, **more)  # type: ignore[arg-type]


WEIRD_USER = (
    "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
)
WEIRD_METHOD = "!interesting-Method0123456789_*+`.%indeed'~"
LONG = "x" * 2_000
PART = "--7a9cbec02ceef655\r\nContent-Type: {kind}\r\n\r\n{octets}\r\n"

VALID: dict[str, tuple[bytes, Heard]] = {
    # 3.1.1.1 wsinv is TORTUOUS in `test_torture`.
    "intmeth": (other(WEIRD_METHOD, uri=f"sip:{WEIRD_USER}@192.0.2.1"), 501),
    "intmeth, its URI in a call": (
        invite(start=f"INVITE sip:{WEIRD_USER}@192.0.2.1 SIP/2.0"), CALL,
    ),
    "esc01": (invite(start="INVITE sip:sips%3Auser%40example.com@192.0.2.1 SIP/2.0"), CALL),
    "escnull": (other("REGISTER", "Contact: <sip:%00@h>, <sip:%00%00@h>"), 405),
    "esc02": (other("RE%47IST%45R", "Contact: <sip:alias%31@h>"), 501),
    "lwsdisp": (invite(usual=less(FROM, "From: caller<sip:caller@h>;tag=323")), CALL),
    "longreq": (
        invite(
            f"Unknown-{LONG}: {LONG}", f'Contact: "{LONG}" <sip:{LONG}@h>;{LONG}=x',
            *(f"Via: SIP/2.0/TCP h{at}.{'y' * 50}.example.com;{LONG}" for at in range(3)),
            usual=less(FROM, f'From: "{LONG}" <sip:caller@h>;tag=a1;{LONG}="{LONG}"'),
        ).replace(f"{CONTACT}\r\n".encode(), b""),
        CALL,
    ),
    "dblreq": (
        other("REGISTER", "Content-Length: 0") + invite(f"Content-Length: {len(OFFER)}"), 405,
    ),
    "semiuri": (other("OPTIONS", uri="sip:user;par=u%40example.net@192.0.2.1"), 200),
    "transports": (
        request(
            *(f"Via: SIP/2.0/{one} t{at}.example.com;branch=z9hG4bK{at}"
              for at, one in enumerate(("SCTP", "TLS", "UNKNOWN", "TCP"))),
            start="OPTIONS sip:911@192.0.2.1 SIP/2.0", usual=less(CSEQ, "CSeq: 1 OPTIONS"),
        ),
        200,
    ),
    "mpart01": (
        request(
            CONTACT, "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655",
            body=(
                PART.format(kind="application/sdp", octets=OFFER.decode())
                + PART.format(kind="application/octet-stream", octets="\x00\x01 binary")
                + "--7a9cbec02ceef655--\r\n"
            ).encode(),
        ),
        CALL,
    ),
    "unreason": (response("SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e"), NOTHING),
    "noreason": (response("SIP/2.0 100 "), NOTHING),
}  # fmt: skip

INVALID: dict[str, tuple[bytes, Heard]] = {
    "badinv01": (invite(usual=less(VIA, f"{VIA};;,;,,")), NOTHING),
    "clerr": (invite("Content-Length: 9999"), 400),
    "ncl": (invite("Content-Length: -999"), 400),
    "scalar02": (invite(usual=less(CSEQ, "CSeq: 36893488147419103232 INVITE")), 400),
    "scalar02, its hops": (invite("Max-Forwards: 300"), 400),
    "scalar02, its expiry": (invite("Expires: 10000000000000000000000"), CALL),
    "scalarlg": (
        response(
            "SIP/2.0 503 Service Unavailable", "Retry-After: 949302838503028349304023988",
            "Warning: 1812 overture \"In Progress\"",
            usual=less(CSEQ, "CSeq: 9292394834772304023312 OPTIONS"),
        ),
        NOTHING,
    ),
    "quotbal": (invite(usual=less(TO, 'To: "Mr. J. User <sip:j.user@h>')), 400),
    "ltgtruri": (invite(start="INVITE <sip:user@h> SIP/2.0"), 400),
    "lwsruri": (invite(start="INVITE sip:user@h; lr SIP/2.0"), 400),
    # The next two may be refused or read as they are meant; there is only one meaning.
    "lwsstart": (invite(start="INVITE  sip:911@192.0.2.1  SIP/2.0"), CALL),
    "trws": (invite(start="INVITE sip:911@192.0.2.1 SIP/2.0  "), CALL),
    # Headers in a Request-URI: not to be obeyed.
    "escruri": (
        invite(start="INVITE sip:911@192.0.2.1?Route=%3Csip:example.com%3E SIP/2.0"), CALL,
    ),
    "baddate": (invite("Date: Fri, 01 Jan 2010 16:00:00 EST"), CALL),
    "regbadct": (
        other("REGISTER", "Contact: sip:user@h?Route=%3Csip:sip.example.com%3E"), 405,
    ),
    "regbadct, the same in a call": (
        invite().replace(CONTACT.encode(), b"Contact: sip:a@h?Route=%3Csip:b%3E"), CALL,
    ),
    "badaspec": (invite(usual=less(TO, 'To: "Watson, Thomas" < t.watson@h >')), 400),
    # Who it is, is in the brackets and nowhere else.
    "baddn": (invite(usual=less(FROM, "From: Bell, Alexander <sip:a.g.bell@h>;tag=43")), CALL),
    "badvers": (invite(start="INVITE sip:911@192.0.2.1 SIP/7.0"), 505),
    "mismatch01": (request(start="OPTIONS sip:911@192.0.2.1 SIP/2.0"), 400),
    "mismatch02": (request(start="NEWMETHOD sip:911@192.0.2.1 SIP/2.0"), 400),
    "bigcode": (response("SIP/2.0 4294967301 better not break the receiver"), NOTHING),
}  # fmt: skip

ABOVE: dict[str, tuple[bytes, Heard]] = {
    "badbranch": (invite(usual=less(VIA, "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK")), CALL),
    "insuf": (request(SDP, usual=less(CALL_ID), body=OFFER), NOTHING),
    "unkscm": (other("OPTIONS", uri="nobodyKnowsThisScheme:totallyopaquecontent"), 416),
    "novelsc": (other("OPTIONS", uri="soap.beep://192.0.2.103:3002"), 416),
    "unksm2": (
        invite(
            usual=(VIA, "From: <name:John_Smith>;tag=323", "To: <isbn:2983792873>", CALL_ID, CSEQ),
        ).replace(CONTACT.encode(), b"Contact: <name:John_Smith>"),
        CALL,
    ),
    "bext01": (
        other(
            "OPTIONS", "Require: nothingSupportsThis, nothingSupportsThisEither",
            "Proxy-Require: noProxiesSupportThis, norDoAnyProxiesSupportThis",
        ),
        420,
    ),
    "invut": (request(CONTACT, "Content-Type: application/unknownformat", body=b"<audio/>"), 415),
    "regaut01": (invite("Authorization: NoOneKnowsThisScheme opaque-data=here"), CALL),
    "multi01": (
        invite("Max-Forwards: 5", "Max-Forwards: 70", CALL_ID.replace("c1", "c2")), NOTHING,
    ),
    "multi01, what no answer copies": (invite("Max-Forwards: 5", "Max-Forwards: 70"), 400),
    "mcl01": (invite("Content-Length: 13", "Content-Length: 5"), 400),
    "bcast": (
        response(
            "SIP/2.0 200 OK",
            usual=(
                "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923",
                "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23", FROM, f"{TO};tag=2",
                CALL_ID, CSEQ,
            ),
        ),
        NOTHING,
    ),
    "zeromf": (other("OPTIONS", "Max-Forwards: 0"), 200),
    "cparam01": (other("REGISTER", "Contact: sip:+19725552222@gw1.example.net;unknownparam"), 405),
    "cparam02": (other("REGISTER", "Contact: <sip:+19725552222@gw1.example.net;unknown>"), 405),
    "regescrt": (other("REGISTER", "Contact: <sip:user@h?Route=%3Csip:h%3E>"), 405),
    "sdp01": (invite("Accept: text/nobodyKnowsThis"), CALL),
    "inv2543": (
        request(
            SDP, body=OFFER,
            usual=("Via: SIP/2.0/UDP 192.0.2.2", "From: sip:a@h", "To: sip:b@h", CALL_ID, CSEQ),
        ),
        CALL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*VALID, *INVALID, *ABOVE])
def test_every_message_of_the_specification_has_its_answer(name: str) -> None:
    octets, wanted = (VALID | INVALID | ABOVE)[name]
    desk = Desk()
    desk.got(octets)
    if wanted == CALL:
        desk.one(Incoming)
        assert desk.seen == [100]
    else:
        assert desk.seen == ([] if wanted == NOTHING else [wanted])
    for call in desk.agent.standing:
        desk.take(desk.agent.hang_up(call, "", desk.now))
    desk.wait(200)
    census = desk.agent.census
    assert (census.calls, census.servers, census.clients, census.asked) == (0, 0, 0, 0)


def test_headers_in_a_uri_of_theirs_are_never_said_by_us() -> None:
    desk = Desk()
    desk.got(INVALID["regbadct, the same in a call"][0])
    call = desk.one(Incoming).call
    desk.take(desk.agent.accept(call, ANSWER, desk.now))
    to = f"To: {desk.response(200).value('To')}"
    desk.ask("ACK", to=to)
    desk.take(desk.agent.hang_up(call, "", desk.now))
    bye = desk.request("BYE")
    assert (bye.uri, bye.value("Route")) == ("sip:a@h", None)
