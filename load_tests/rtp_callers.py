"""Many callers on TTYs, a process of their own: RTP out every 20 ms, what comes back is checked.

Driven by `rtp_calls`: one line of JSON in (the ports to call), one out (ours); then "go"; at the
end one line of JSON with what was seen. Each caller has a socket of its own, begins to send at a
moment of its own within a frame, and begins to type at one within the first second: callers do not
type the same letter in the same 20 ms. When a frame came is the kernel's word.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
import time
from typing import Any

import numpy as np

from text911.sip import rtp
from text911.sip.g711 import Law, encode
from text911.sip.rtp import Packet
from text911.tty.pace import Pace
from text911.tty.recording import recording

from .histogram import Histogram

HOST = "127.0.0.1"
FRAME = 160  # octets and samples of 20 ms
FRAME_S = 0.02
SILENCE = b"\xff" * FRAME
BEGINS_WITHIN = 50  # frames: a second, some five characters
BEGINS_STEP = 7  # frames from one caller to the next, so that neighbours differ
SO_TIMESTAMPNS = 35  # Linux: each datagram with when it came
STAMP = struct.Struct("@ll")  # seconds and nanoseconds
DRAINS_S = 0.5  # after the last frame, for what is still on its way


class Caller:
    """One call. `ahead`: seconds after the start at which it sends its first frame."""

    def __init__(self, number: int, to: int, frames: list[bytes], ahead: float) -> None:
        self.ahead = ahead
        self.sent = 0
        self.received = self.gaps = self.disordered = 0
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.bind((HOST, 0))
        self.port = int(self.socket.getsockname()[1])
        self._to = (HOST, to)
        self._frames = frames
        self._begins = number * BEGINS_STEP % BEGINS_WITHIN  # frames of silence before the first
        self._ssrc = number + 1
        self._next: tuple[int, int] | None = None  # sequence number and timestamp
        self._first: int | None = None  # the timestamp of the first frame
        self._came: list[float] = []  # each frame, seconds after it would have come in a beat

    def send(self) -> None:
        at = self.sent
        spoken = at - self._begins
        payload = self._frames[spoken] if 0 <= spoken < len(self._frames) else SILENCE
        packet = Packet(0, (65_000 + at) % 65_536, FRAME * at, self._ssrc, payload, at == 0)
        self.socket.sendto(rtp.write(packet), self._to)
        self.sent += 1

    def hear(self) -> None:
        """What has come: it must follow what came before, number by number. One datagram a turn:
        to find out that there is no other costs as much as it, and the selector says it anyway."""
        octets, told, _, _ = self.socket.recvmsg(2_048, 64)
        if rtp.is_rtcp(octets):
            return  # a neighbour's report: callers have no port of their own for them
        packet = rtp.read(octets)
        if self._next is not None:
            step = rtp.ahead(packet.sequence, self._next[0], 16)
            self.disordered += step < 0
            self.gaps += max(0, step)
            self.gaps += not step and packet.timestamp != self._next[1]
        self._next = (packet.sequence + 1) & 0xFFFF, (packet.timestamp + FRAME) % 2**32
        if self._first is None:
            self._first = packet.timestamp
        seconds, nanoseconds = STAMP.unpack(told[0][2][: STAMP.size])
        frame = (packet.timestamp - self._first) % 2**32 / FRAME
        self._came.append(seconds % 1_000_000 + nanoseconds / 1e9 - frame * FRAME_S)
        self.received += 1

    @property
    def late(self) -> Any:
        """Of each frame, in seconds, against the one that came soonest."""
        came = np.array(self._came)
        return came - came.min() if len(came) else came


def play(callers: list[Caller], seconds: float) -> dict[str, Any]:
    used = time.process_time()
    waiting = selectors.DefaultSelector()
    for caller in callers:
        waiting.register(caller.socket, selectors.EVENT_READ, caller)
    start = time.monotonic() + 0.05
    frames = round(seconds / FRAME_S)
    order = sorted(callers, key=lambda one: one.ahead)
    behind = Histogram()
    for frame in range(frames):
        for caller in order:
            due = start + frame * FRAME_S + caller.ahead
            while (rest := due - time.monotonic()) > 0:
                for key, _ in waiting.select(rest):
                    key.data.hear()
            behind.record(max(0, round((time.monotonic() - due) * 1e9)))
            caller.send()
    end = time.monotonic() + DRAINS_S
    while (rest := end - time.monotonic()) > 0:
        for key, _ in waiting.select(rest):
            key.data.hear()
    late = np.concatenate([one.late for one in callers]) * 1000
    return {
        "sent": sum(one.sent for one in callers),
        "received": sum(one.received for one in callers),
        "gaps": sum(one.gaps for one in callers),
        "disordered": sum(one.disordered for one in callers),
        "late_p50_ms": float(np.percentile(late, 50)),
        "late_p99_ms": float(np.percentile(late, 99)),
        "late_max_ms": float(late.max()),
        "behind_p99_ms": behind.percentile(99) / 1e6,  # they themselves
        "processor_s": time.process_time() - used,
    }


def main() -> int:
    asked = json.loads(sys.stdin.readline())
    law = encode(recording(asked["text"], Pace()), Law.PCMU)
    frames = [law[at : at + FRAME] for at in range(0, len(law), FRAME)]
    frames = [one for one in frames if len(one) == FRAME]
    ports: list[int] = asked["ports"]
    callers = [
        Caller(number, to, frames, FRAME_S * number / len(ports)) for number, to in enumerate(ports)
    ]
    sys.stdout.write(json.dumps([one.port for one in callers]) + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(play(callers, asked["seconds"])) + "\n")
    sys.stdout.flush()
    for one in callers:
        one.socket.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
