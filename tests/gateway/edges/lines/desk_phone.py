"""The telephone of a PSAP on the network in memory: it is rung, and does what the test says. Its
messages are strings, and its host is none that the trunk may be called from."""

from __future__ import annotations

import hashlib
import re
import struct
from typing import Any

import numpy as np

from text911.sip.g711 import Law, Samples, decode, encode

from .exchange import HERE, PORT, TICK, Exchange, Keeps

DESK = "198.51.100.7"
URI = f"sip:911@{DESK}:5070"
RTP = 40_000


CHALLENGE = 'Digest realm="desk", nonce="d1", qop="auth", algorithm=MD5'


class DeskPhone:
    """`answers`: with which status, at once; 0: it rings. `wants`: who rings must log in so, a name
    and a password with a colon between; "": nobody need."""

    def __init__(
        self, house: Exchange, answers: int = 200, law: str = "0", wants: str = ""
    ) -> None:
        self.house = house
        self.wants = wants
        self.answers = answers
        self.law = law
        self.messages: list[str] = []
        self.packets: list[bytes] = []
        self.remote = (HERE, 0)
        self.invite = ""
        self.cseq = 0
        self.sequence, self.timestamp = 500, 9_000
        house.net.listenUDP(5_070, self, DESK, 0)
        house.net.listenUDP(RTP, Keeps(lambda one, _: self.packets.append(one)), DESK, 0)
        house.net.listenUDP(RTP + 1, Keeps(lambda _, __: None), DESK, 0)

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        message = datagram.decode()
        self.messages.append(message)
        method = message.partition(" ")[0]
        if found := re.search(r"^m=audio (\d+)", message, re.M):
            self.remote = HERE, int(found[1])
        if method == "INVITE":
            self.invite = message
            if self.wants and not self._is_proved(message):
                self.reply(message, 401)
            else:
                self.answer(self.answers or 180)
        elif method == "CANCEL":
            self.reply(message, 200)
            self.answer(487)
        elif method in ("BYE", "OPTIONS"):
            self.reply(message, 200)

    def _is_proved(self, message: str) -> bool:
        """RFC 7616, 3.4.1, by hand."""
        found = dict(re.findall(r'[ ,](\w+)="?([^",\r]*)', message.partition("Digest")[2]))
        user, _, password = self.wants.partition(":")
        known = _md5(f"{user}:desk:{password}")
        asked = _md5(f"INVITE:{found.get('uri')}")
        counted = [str(found.get(name)) for name in ("nc", "cnonce", "qop")]
        wanted = _md5(":".join([known, "d1", *counted, asked]))
        return found.get("username") == user and found.get("response") == wanted

    def answer(self, status: int, body: str | None = None) -> None:
        described = status < 300 and status >= 200
        self.reply(self.invite, status, (body or self.sdp()) if described else "")

    def reply(self, request: str, status: int, body: str = "") -> None:
        rows = [f"SIP/2.0 {status} <script>"]
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            found = re.search(rf"^{name}: .*$", request, re.M)
            assert found is not None
            row = found[0].strip()
            rows.append(row if name != "To" or ";tag=" in row else f"{row};tag=desk")
        rows += [f"Contact: <{URI}>"]
        rows += [f"WWW-Authenticate: {CHALLENGE}"] if status == 401 else []
        self._send([*rows, *(["Content-Type: application/sdp"] if body else [])], body)

    def say(self, method: str, body: str = "") -> None:
        """A request of its own within the call."""

        def row(name: str) -> str:
            found = re.search(rf"^{name}: (.*)$", self.invite, re.M)
            assert found is not None
            return found[1].strip()

        self.cseq += method != "ACK"
        rows = [
            f"{method} sip:{HERE}:{PORT} SIP/2.0",
            f"Via: SIP/2.0/UDP {DESK}:5070;branch=z9hG4bKdesk{method}{self.cseq}",
            f"From: {row('To')};tag=desk",
            f"To: {row('From')}",
            f"Call-ID: {row('Call-ID')}",
            f"CSeq: {self.cseq} {method}",
            f"Contact: <{URI}>",
            "Max-Forwards: 70",
        ]
        self._send([*rows, *(["Content-Type: application/sdp"] if body else [])], body)
        self.house.settle()

    def _send(self, rows: list[str], body: str) -> None:
        message = "\r\n".join([*rows, f"Content-Length: {len(body)}", "", body]).encode()
        net = self.house.net
        net.callLater(0, lambda: net.deliver(message, (DESK, 5_070), (HERE, PORT)))

    def sdp(self, more: str = "a=sendrecv", formats: str = "") -> str:
        return (
            f"v=0\r\no=- 7 7 IN IP4 {DESK}\r\ns=-\r\nc=IN IP4 {DESK}\r\nt=0 0\r\n"
            f"m=audio {RTP} RTP/AVP {formats or self.law}\r\n{more}\r\n"
        )

    def methods(self) -> list[str]:
        """Of the requests that came."""
        return [one.split()[0] for one in self.messages if not one.startswith("SIP/2.0")]

    def speaks(self, sound: Samples) -> None:
        """20 ms."""
        law = Law(int(self.law))
        head = struct.pack(">BBHII", 0x80, law, self.sequence % 65_536, self.timestamp, 0xDE5C)
        self.sequence += 1
        self.timestamp += len(sound)
        self.house.net.deliver(head + encode(sound, law), (DESK, RTP), self.remote)

    @property
    def heard(self) -> Samples:
        """Every sample that came."""
        law = Law(int(self.law))
        return np.concatenate(
            [np.zeros(0, np.int16), *(decode(one[12:], law) for one in self.packets)]
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def hum(hertz: float, seconds: float, peak: float = 8_000) -> Samples:
    """A voice that is known by its pitch."""
    at = np.arange(round(seconds / TICK) * 160)
    return np.asarray(peak * np.sin(2 * np.pi * hertz * at / 8_000), np.int16)


def share(sound: Samples, hertz: float) -> float:
    """How much of the sound's power is at that pitch, 0 to 1."""
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / 8_000)
    samples = sound.astype(np.float64)
    return float(2 * abs(samples @ wave) ** 2 / len(sound) / max(samples @ samples, 1.0))
