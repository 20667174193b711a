"""A telephone on the loopback, written from the specifications and not from our own `sip`.

It rings, plays, types, and keeps everything that comes back. It knows just enough of SIP for one
call at a time; what it sends is made of strings and `struct`.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
WITHIN = 20.0  # s for a message to come; the cores are shared
FRAME = 160  # samples of 20 ms
QUIET = b"\xff" * FRAME  # mu-law silence

Datagram = tuple[bytes, tuple[str, int]]


class Ears:
    """A pair of ports, as RTP wants them, that never stop listening."""

    def __init__(self) -> None:
        self.rtp: list[Datagram] = []
        self.rtcp: list[Datagram] = []
        while True:
            self.sockets = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
            self.sockets[0].bind((HOST, 0))
            self.port = int(self.sockets[0].getsockname()[1])
            try:
                self.sockets[1].bind((HOST, self.port + 1))
            except OSError:
                for one in self.sockets:
                    one.close()
                continue  # somebody has the next one
            break
        self._threads = [
            threading.Thread(target=self._listen, args=pair, daemon=True)
            for pair in zip(self.sockets, (self.rtp, self.rtcp), strict=True)
        ]
        for thread in self._threads:
            thread.start()

    def _listen(self, one: socket.socket, kept: list[Datagram]) -> None:
        while True:
            try:
                datagram, source = one.recvfrom(4_096)
            except OSError:
                return
            if not datagram:
                return  # `close` says so
            kept.append((datagram, source))

    def payloads(self) -> bytes:
        """Of every packet of RTP, in the order they came; they must have come in order."""
        numbers = [int.from_bytes(one[2:4]) for one, _ in self.rtp]
        steps = {(after - before) % 65_536 for before, after in pairwise(numbers)}
        assert steps <= {1}, f"out of order or lost: {steps}"
        return b"".join(one[12:] for one, _ in self.rtp)

    def close(self) -> None:
        """Said twice, it is done once."""
        for one in [one for one in self.sockets if one.fileno() >= 0]:
            one.sendto(b"", one.getsockname())
        for thread in self._threads:
            thread.join(WITHIN)
        for one in self.sockets:
            one.close()


@dataclass
class Phone:
    """One telephone and one call. A context: it lets go of its ports."""

    port: int  # of the gateway's trunk
    number: str = "+18605550142"
    messages: list[str] = field(default_factory=list[str])  # all that came
    sent: list[bytes] = field(default_factory=list[bytes])

    def __post_init__(self) -> None:
        self.sip = socket.socket(type=socket.SOCK_DGRAM)
        self.sip.bind((HOST, 0))
        self.sip.settimeout(WITHIN)
        self.here = int(self.sip.getsockname()[1])
        self.audio, self.text = Ears(), Ears()
        self.call_id = f"{self.here}-{time.monotonic_ns()}@{HOST}"
        self.to = "<urn:service:sos>"
        self.cseq = 0
        self.remote: dict[str, tuple[str, int]] = {}  # medium -> where the gateway listens
        self._sequence = 100
        self._timestamp = 5_000
        self._at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.sip.close()
        self.audio.close()
        self.text.close()

    # --- signalling ------------------------------------------------------------------------

    def request(self, method: str, body: str = "", uri: str = "urn:service:sos") -> None:
        if method not in ("ACK", "CANCEL"):
            self.cseq += 1
        branch = f"z9hG4bK{method}{self.cseq}{self.here}"
        head = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:{self.here};branch={branch};rport",
            f"From: <sip:{self.number}@{HOST}:{self.here}>;tag=a{self.here}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
            f"Contact: <sip:{self.number}@{HOST}:{self.here}>",
            f"P-Asserted-Identity: <tel:{self.number}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
            "",
            body,
        ]
        self.send("\r\n".join(head))

    def send(self, message: str) -> None:
        self.sent.append(message.encode())
        self.sip.sendto(message.encode(), (HOST, self.port))

    def next(self, wanted: Callable[[str], bool], within: float = WITHIN) -> str:
        """The next message that is wanted; others are kept too."""
        ends_at = time.monotonic() + within
        while True:
            self.sip.settimeout(max(0.01, ends_at - time.monotonic()))
            message = self.sip.recv(65_535).decode()
            self.messages.append(message)
            if wanted(message):
                return message

    def final(self, method: str) -> str:
        """The final answer to the last request."""
        cseq = f"{self.cseq} {method}"
        return self.next(lambda one: status(one) >= 200 and value(one, "CSeq") == cseq)

    def rings(self, body: str) -> str:
        """INVITE; the final answer, acknowledged."""
        self.request("INVITE", body)
        answer = self.final("INVITE")
        self.to = value(answer, "To")
        self.learn(answer)
        self.request("ACK", uri=contact(answer) or "urn:service:sos")
        return answer

    def learn(self, answer: str) -> None:
        for kind, port in re.findall(r"^m=(\w+) (\d+)", answer, re.M):
            self.remote[kind] = HOST, int(port)

    def hangs_up(self) -> str:
        self.request("BYE", uri=f"sip:{HOST}:{self.port}")
        return self.final("BYE")

    def is_hung_up(self, within: float = WITHIN) -> str:
        """Wait for BYE, and answer it."""
        bye = self.next(lambda one: one.startswith("BYE "), within)
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        rows = [f"{name}: {value(bye, name)}" for name in names]
        self.send("\r\n".join(["SIP/2.0 200 OK", *rows, "Content-Length: 0", "", ""]))
        return bye

    def types(self, packets: Iterable[bytes]) -> None:
        """Datagrams to where text goes, at once."""
        for one in packets:
            self.text.sockets[0].sendto(one, self.remote["text"])

    # --- media -----------------------------------------------------------------------------

    def plays(self, octets: bytes, payload_type: int = 0) -> None:
        """Sound at the pace of life; returns when it has been heard."""
        pause = threading.Event()
        self._at = max(self._at, time.monotonic())
        for at in range(0, len(octets), FRAME):
            head = struct.pack(
                ">BBHII", 0x80, payload_type, self._sequence % 65_536, self._timestamp, 0xC0FFEE
            )
            self.audio.sockets[0].sendto(head + octets[at : at + FRAME], self.remote["audio"])
            self._sequence += 1
            self._timestamp += FRAME
            self._at += 0.02
            pause.wait(max(0.0, self._at - time.monotonic()))

    def plays_until(self, done: Callable[[], object], within: float = 30.0) -> None:
        """Silence, until something is so."""
        ends_at = time.monotonic() + within
        while not done():
            assert time.monotonic() < ends_at, "it never became so"
            self.plays(QUIET)


def until(so: Callable[[], object], within: float = WITHIN) -> None:
    """Wait until something is so."""
    ends_at = time.monotonic() + within
    pause = threading.Event()
    while not so():
        assert time.monotonic() < ends_at, "it never became so"
        pause.wait(0.02)


def status(message: str) -> int:
    found = re.match(r"SIP/2\.0 (\d{3}) ", message)
    return int(found[1]) if found else 0


def value(message: str, name: str) -> str:
    found = re.search(rf"^{name}:\s*(.*?)\r?$", message, re.M | re.I)
    return found[1] if found else ""


def contact(message: str) -> str:
    return value(message, "Contact").strip("<>")


def sdp(*media: str, host: str = HOST) -> str:
    """A description; each of `media` is its m= line and what follows."""
    head = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    return head + "".join(one.strip() + "\r\n" for one in media)


def audio(port: int, formats: str = "0") -> str:
    return f"m=audio {port} RTP/AVP {formats}\r\na=rtpmap:0 PCMU/8000"


def text(port: int) -> str:
    return (
        f"m=text {port} RTP/AVP 100 98\r\na=rtpmap:98 t140/1000\r\na=rtpmap:100 red/1000\r\n"
        "a=fmtp:100 98/98/98"
    )


def t140(number: int, at: int, blocks: Iterable[tuple[int, bytes]], new: bytes) -> bytes:
    """One packet of RFC 4103: redundant blocks (offset in ms, octets), oldest first, and what is
    new. Payload type 100 is the redundancy, 98 the text in it (RFC 2198, 3)."""
    head = struct.pack(">BBHII", 0x80, 100, number, at, 0xBEEF)
    blocks = list(blocks)
    for offset, octets in blocks:
        head += bytes([0x80 | 98]) + (offset << 10 | len(octets)).to_bytes(3)
    return head + bytes([98]) + b"".join(octets for _, octets in blocks) + new


def typed(packets: Iterable[bytes]) -> str:
    """The new text of packets that all came."""
    found = b""
    for one in packets:
        body, at = one[12:], 0
        lengths: list[int] = []
        while body[at] & 0x80:
            lengths.append(int.from_bytes(body[at + 2 : at + 4]) & 0x3FF)
            at += 4
        found += body[at + 1 + sum(lengths) :]
    return found.decode()
