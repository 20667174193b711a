"""What went over the wire, recorded by a proxy in the test and read by Wireshark's dissector.

The proxy needs no privilege and loses nothing. It writes the octets of both directions as a pcap
file of one TCP connection per client.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from .tools import program

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)  # 101: raw IP
SEGMENT_MAX = 1_400  # octets of TCP payload
GATEWAY, CARRIER = socket.inet_aton("192.0.2.1"), socket.inet_aton("192.0.2.2")  # RFC 5737
DISSECT_WITHIN = 60.0  # s


@dataclass(frozen=True, slots=True)
class Dissected:
    """One TCP segment as tshark reads it: the command_ids of the PDUs that end in it, and what is
    malformed about them, or ""."""

    commands: tuple[int, ...]
    from_gateway: bool
    malformed: str


class Capture:
    """A proxy in front of `port`, and the record of what passed. A context."""

    def __init__(self, port: int, path: Path) -> None:
        self._to = port
        self._path = path
        self._lock = threading.Lock()
        self._file = path.open("wb")
        self._file.write(PCAP_HEADER)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._wires: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="capture")]

    def _accept(self) -> None:
        clients = 0
        while True:
            try:
                carrier, _ = self._listener.accept()
            except OSError:
                return  # closed: the capture is over
            clients += 1
            gateway = socket.create_connection(("127.0.0.1", self._to))
            self._wires += [carrier, gateway]
            for source, sink, ours in ((carrier, gateway, False), (gateway, carrier, True)):
                pump = threading.Thread(target=self._pump, args=(source, sink, ours, clients))
                self._threads.append(pump)
                pump.start()

    def _pump(self, source: socket.socket, sink: socket.socket, ours: bool, client: int) -> None:
        sent = 1  # TCP sequence number
        try:
            while octets := source.recv(65_536):
                sink.sendall(octets)
                for at in range(0, len(octets), SEGMENT_MAX):
                    sent += self._record(octets[at : at + SEGMENT_MAX], ours, client, sent)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            return  # the other direction was closed first; what passed is recorded

    def _record(self, octets: bytes, ours: bool, client: int, sequence: int) -> int:
        ports = (self._to, 40_000 + client) if ours else (40_000 + client, self._to)
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence, 1, 0x50, 0x18, 65_535, 0, 0)
        total = 20 + len(tcp) + len(octets)
        ends = GATEWAY + CARRIER if ours else CARRIER + GATEWAY
        ip = struct.pack(">BBHHHBBH", 0x45, 0, total, 1, 0, 64, 6, 0) + ends
        packet = ip + tcp + octets
        now = time.monotonic_ns() // 1000
        with self._lock:
            self._file.write(struct.pack("<II", now // 1_000_000, now % 1_000_000))
            self._file.write(struct.pack("<II", len(packet), len(packet)) + packet)
        return len(octets)

    def dissect(self) -> list[Dissected]:
        """Every segment that passed so far, as tshark reads it. Raises CalledProcessError when it
        cannot read the file at all."""
        with self._lock:
            self._file.flush()
        fields = ("tcp.srcport", "smpp.command_id", "_ws.malformed", "_ws.expert.message")
        done = subprocess.run(
            [
                program("tshark"), "-r", str(self._path), "-d", f"tcp.port=={self._to},smpp",
                "-Y", "smpp or _ws.malformed", "-T", "fields", "-E", "separator=/t",
                *(argument for field in fields for argument in ("-e", field)),
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=DISSECT_WITHIN,
        )  # fmt: skip
        return [self._dissected(*line.split("\t")) for line in done.stdout.splitlines()]

    def _dissected(self, port: str, commands: str, malformed: str, expert: str) -> Dissected:
        ids = tuple(int(one, 16) for one in commands.split(",") if one)
        return Dissected(ids, port == str(self._to), malformed and f"{malformed}: {expert}")

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for wire in self._wires:
            with contextlib.suppress(OSError):  # gone already
                wire.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for wire in self._wires:
            wire.close()
        self._file.close()
