"""The telephone of a telecommunicator on the loopback, written from the specifications and not from
our own `sip`: it is rung, taken, speaks in one pitch, and keeps everything it hears.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .phone import FRAME, HOST, WITHIN, Ears, status, until, value

PITCH = 520.0  # Hz, of what it says
TICK = 0.02  # s


class DeskTelephone:
    """`port` is where it is rung. `answers`: 200, or another status for somebody who is busy. A
    context: it lets go of its ports."""

    def __init__(self, port: int, answers: int = 200) -> None:
        self.port = port
        self.answers = answers
        self.audio = Ears()
        self.messages: list[str] = []
        self.invite = ""
        self._sip = socket.socket(type=socket.SOCK_DGRAM)
        self._sip.bind((HOST, port))
        self._there = (HOST, 0)
        self._remote = (HOST, 0)
        self._up = threading.Event()
        self._over = threading.Event()
        self._pause = threading.Event()
        self._cseq = 0
        self._threads = [
            threading.Thread(target=run, daemon=True) for run in (self._listen, self._speak)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._over.set()
        self._up.set()
        self._sip.sendto(b"", (HOST, self.port))
        for thread in self._threads:
            thread.join(WITHIN)
        self._sip.close()
        self.audio.close()

    @property
    def uri(self) -> str:
        return f"sip:911@{HOST}:{self.port}"

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    def got(self, method: str) -> bool:
        return any(one.startswith(f"{method} ") for one in self.messages)

    def hangs_up(self) -> None:
        """BYE, answered."""
        self._cseq += 1
        rows = [
            f"BYE {value(self.invite, 'Contact').strip('<>')} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bKdesk{self._cseq}",
            f"From: {value(self.invite, 'To')};tag=desk",
            f"To: {value(self.invite, 'From')}",
            f"Call-ID: {value(self.invite, 'Call-ID')}",
            f"CSeq: {self._cseq} BYE",
            "Max-Forwards: 70",
        ]
        self._send(rows, "")
        cseq = f"{self._cseq} BYE"
        until(lambda: any(status(m) == 200 and value(m, "CSeq") == cseq for m in self.messages))
        self._up.clear()

    # --- in threads --------------------------------------------------------------------------

    def _listen(self) -> None:
        while not self._over.is_set():
            octets, self._there = self._sip.recvfrom(65_535)
            message = octets.decode()
            if not message.strip():
                continue
            if message.startswith("INVITE "):
                self.invite = message
                found = re.search(r"^m=audio (\d+)", message, re.M)
                assert found is not None
                self._remote = HOST, int(found[1])
                self._reply(message, 180)
                self._reply(message, self.answers, described=self.answers == 200)
            elif message.startswith(("BYE ", "CANCEL ")):
                self._up.clear()
                self._reply(message, 200)
            elif message.startswith("ACK ") and self.answers == 200:
                self._up.set()
            self.messages.append(message)

    def _reply(self, request: str, code: int, *, described: bool = False) -> None:
        body = (
            f"v=0\r\no=- 7 7 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
            f"m=audio {self.audio.port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
        rows = [f"SIP/2.0 {code} So It Is"]
        rows += [f"{name}: {value(request, name)}" for name in ("Via", "From", "Call-ID", "CSeq")]
        to = value(request, "To")
        rows += [f"To: {to}" if "tag=" in to else f"To: {to};tag=desk"]
        rows += [f"Contact: <{self.uri}>"]
        rows += ["Content-Type: application/sdp"] if described else []
        self._send(rows, body if described else "")

    def _send(self, rows: list[str], body: str) -> None:
        message = "\r\n".join([*rows, f"Content-Length: {len(body)}", "", body])
        self._sip.sendto(message.encode(), self._there)

    def _speak(self) -> None:
        sequence, timestamp = 700, 90_000
        at = time.monotonic()
        wave = ulaw(hum(PITCH, 1.0))
        while not self._over.is_set():
            if not self._up.wait(TICK):
                at = time.monotonic()
                continue
            head = struct.pack(">BBHII", 0x80, 0, sequence % 65_536, timestamp, 0xDE5C)
            start = timestamp % len(wave)
            self.audio.sockets[0].sendto(head + (wave + wave)[start : start + FRAME], self._remote)
            sequence += 1
            timestamp += FRAME
            at += TICK
            self._pause.wait(max(0.0, at - time.monotonic()))


def hum(hertz: float, seconds: float, peak: float = 8_000) -> NDArray[np.int16]:
    """A voice that is known by its pitch; a whole number of its waves in every second."""
    at = np.arange(round(seconds / TICK) * FRAME)
    return np.asarray(peak * np.sin(2 * np.pi * hertz * at / 8_000), np.int16)


def ulaw(samples: NDArray[np.int16]) -> bytes:
    """G.711 mu-law, from the formula of its segments."""
    magnitude = np.minimum(np.abs(samples.astype(np.int64)), 32_635) + 132
    segment = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    code = segment << 4 | (magnitude >> (segment + 3)) & 15 | np.where(samples < 0, 128, 0)
    return bytes((~code & 255).astype(np.uint8).tobytes())


def linear(octets: bytes) -> NDArray[np.float64]:
    """And back."""
    code = ~np.frombuffer(octets, np.uint8).astype(np.int64) & 255
    magnitude = (((code & 15) << 3) + 132 << ((code >> 4) & 7)) - 132
    return np.where(code & 128, -magnitude, magnitude).astype(np.float64)


def share(sound: NDArray[np.float64], hertz: float) -> float:
    """How much of the sound's power is at that pitch, 0 to 1. Of each packet by itself, because one
    more or less is no other pitch."""
    parts = [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME)]
    wave = np.exp(-2j * np.pi * hertz * np.arange(FRAME) / 8_000)
    at_pitch = sum(2 * abs(part @ wave) ** 2 / FRAME for part in parts)
    return float(at_pitch / max(sum(part @ part for part in parts), 1.0))
