"""SIPp as the caller, and what we send it as Wireshark's dissector reads it."""

from __future__ import annotations

import socket
import struct
import subprocess
from pathlib import Path

from .tools import program

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)  # 101: raw IP
WITHIN_S = 60  # of a whole run of SIPp


def scenario(folder: Path, name: str, **words: object) -> Path:
    """A scenario of this folder with its words in capitals filled in."""
    text = (HERE / f"{name}.sipp.xml").read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(word, str(value))
    path = folder / f"{name}.xml"
    path.write_text(text, encoding="utf-8")
    return path


def rings(
    folder: Path, plan: Path, port: int, *, transport: str = "u1", calls: int = 1
) -> subprocess.Popen[bytes]:
    """SIPp as it calls us on `port`. It ends by itself; exit code 0: all went as planned."""
    command = [
        program("sipp"), f"{HOST}:{port}", "-sf", str(plan), "-i", HOST, "-t", transport,
        "-m", str(calls), "-r", str(calls), "-timeout", str(WITHIN_S), "-timeout_error",
        "-nostdin", "-trace_err", "-error_file", str(folder / "errors.log"),
    ]  # fmt: skip
    with (folder / "sipp.out").open("wb") as out:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def answers(folder: Path, plan: Path, port: int) -> subprocess.Popen[bytes]:
    """SIPp as the one that is called on `port`, once."""
    command = [
        program("sipp"), "-sf", str(plan), "-i", HOST, "-p", str(port), "-m", "1",
        "-timeout", str(WITHIN_S), "-timeout_error", "-nostdin",
        "-trace_err", "-error_file", str(folder / "errors.log"),
    ]  # fmt: skip
    with (folder / "sipp.out").open("wb") as out:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )


class Pcap:
    """Datagrams as a file of them; nobody checks the sums."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._count = 0
        path.write_bytes(PCAP_HEADER)

    def add(self, octets: bytes, source: tuple[str, int], to: tuple[str, int]) -> None:
        udp = struct.pack(">HHHH", source[1], to[1], 8 + len(octets), 0)
        ends = socket.inet_aton(source[0]) + socket.inet_aton(to[0])
        head = struct.pack(">BBHHHBBH", 0x45, 0, 28 + len(octets), 1, 0, 64, 17, 0)
        packet = head + ends + udp + octets
        self._count += 1
        with self.path.open("ab") as file:
            file.write(struct.pack("<II", self._count // 50, self._count % 50 * 20_000))
            file.write(struct.pack("<II", len(packet), len(packet)) + packet)

    def dissected(self, *fields: str, **kinds: str) -> list[list[str]]:
        """One row of `fields` for each datagram; `kinds`: p4000="rtp" reads that port as RTP."""
        reads = [
            word
            for port, kind in kinds.items()
            for word in ("-d", f"udp.port=={port.removeprefix('p')},{kind}")
        ]
        done = subprocess.run(
            [
                program("tshark"), "-r", str(self.path), *reads, "-T", "fields",
                "-E", "separator=/t", *(word for field in fields for word in ("-e", field)),
            ],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
        return [line.split("\t") for line in done.stdout.splitlines()]
