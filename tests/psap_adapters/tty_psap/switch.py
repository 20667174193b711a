"""An exchange whose every message the test writes: it takes our call and lets us keep it alive."""

from __future__ import annotations

import re
from typing import Any

from .stage import LEG, caller, offered
from .town import HERE, THERE, Town

SOUND, MOVED = 30_000, 31_000
TIMED = ("Require: timer", "Session-Expires: 120;refresher=uac")


class Ear:
    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.packets.append(datagram)


class Switch:
    """`messages` are all that came. `sounds`: what came to each port of sound."""

    def __init__(self, **keys: Any) -> None:
        self.town = Town(
            listening=False, tones_within=600, no_packet_within=3600, **keys,
        )  # fmt: skip
        self.net = self.town.net
        self.messages: list[str] = []
        self.sounds = {SOUND: Ear(), MOVED: Ear()}
        self.net.listenUDP(5060, self, THERE, 0)
        for port, ear in self.sounds.items():
            self.net.listenUDP(port, ear, THERE, 0)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.messages.append(datagram.decode())

    def rings(self) -> str:
        """The INVITE of a dialogue that is offered."""
        self.town.psap.offer(offered(caller(1, "fire")))
        self.town.run(0.1)
        return self.messages[-1]

    def until_asked(self, method: str, within: float = 70.0) -> str:
        count = len(self.messages)
        for _ in range(round(within / 0.5)):
            self.town.run(0.5)
            for one in self.messages[count:]:
                if one.startswith(f"{method} "):
                    return one
        raise AssertionError(f"no {method}: {self.messages[count:]}")

    def answers(self, request: str, status: int, body: str = "", *rows: str) -> None:
        kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): [^\r\n]*", request, re.M)
        kept = [
            f"{one};tag=t1" if one.startswith("To:") and "tag=" not in one else one for one in kept
        ]
        kind = ["Content-Type: application/sdp"] if body else []
        head = [f"SIP/2.0 {status} So", *kept, f"Contact: <sip:8605550199@{THERE}>", *rows, *kind]
        octets = "\r\n".join([*head, f"Content-Length: {len(body)}", "", body]).encode()
        self.net.deliver(octets, (THERE, 5060), (HERE, 5070))
        self.town.run(0.1)

    def asks(self, invite: str, method: str, cseq: int, body: str = "") -> str:
        """Says something within the call that `invite` began; gives what came of it last."""
        ours, call = (
            re.findall(rf"^{name}: (.*?)\r", invite, re.M)[0] for name in ("From", "Call-ID")
        )
        to = re.findall(r"^To: (.*?)\r", invite, re.M)[0]
        kind = ["Content-Type: application/sdp"] if body else []
        rows = [
            f"{method} sip:text911@{HERE}:5070 SIP/2.0",
            f"Via: SIP/2.0/UDP {THERE}:5060;branch=z9hG4bKs{cseq}{method}",
            f"From: {to};tag=t1", f"To: {ours}", f"Call-ID: {call}", f"CSeq: {cseq} {method}",
            f"Contact: <sip:8605550199@{THERE}>", "Max-Forwards: 70", "Supported: timer",
            "Session-Expires: 120;refresher=uas", *kind,
            f"Content-Length: {len(body)}",
        ]  # fmt: skip
        octets = "\r\n".join([*rows, "", body]).encode()
        self.net.deliver(octets, (THERE, 5060), (HERE, 5070))
        self.town.run(0.1)
        return self.messages[-1]

    def talks(self) -> str:
        """A call that is taken; its INVITE."""
        invite = self.rings()
        self.answers(invite, 200, sound(SOUND), *TIMED)
        assert self.messages[-1].startswith("ACK ")
        return invite

    def hears(self, port: int, seconds: float = 0.5) -> list[bytes]:
        """What comes to a port of sound within some time."""
        self.sounds[port].packets.clear()
        self.town.run(seconds)
        return self.sounds[port].packets


def sound(port: int, more: str = "", formats: str = "0") -> str:
    return described(f"m=audio {port} RTP/AVP {formats}\r\n{more}")


def described(media: str) -> str:
    return f"v=0\r\no=- 1 1 IN IP4 {THERE}\r\ns=-\r\nc=IN IP4 {THERE}\r\nt=0 0\r\n{media}"


def body_of(message: str) -> str:
    return message.partition("\r\n\r\n")[2]


__all__ = ["LEG", "MOVED", "SOUND", "Switch", "body_of", "described", "sound"]
