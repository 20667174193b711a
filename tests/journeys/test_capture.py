"""The referee can also say no: a broken PDU that passed the proxy is found."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

from .capture import Capture
from .tools import need

ENQUIRE_LINK = struct.pack(">IIII", 16, 0x15, 0, 1)
CUT_SHORT = struct.pack(">IIII", 22, 0x05, 0, 2) + b"\0\1\x01186"  # a deliver_sm that just ends


def dissected(folder: Path, octets: bytes) -> list[str]:
    """What tshark finds malformed in `octets` sent by a server."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.sendall(octets)

    server = threading.Thread(target=serve)
    server.start()
    with Capture(listener.getsockname()[1], folder / "wire.pcap") as wire:
        with socket.create_connection(("127.0.0.1", wire.port)) as client:
            got = b""
            while data := client.recv(1000):
                got += data
        seen = wire.dissect()
    server.join()
    listener.close()
    assert got == octets
    return [one.malformed for one in seen if one.malformed]


def test_a_good_pdu_passes_and_one_cut_short_is_found(tmp_path: Path) -> None:
    need("tshark")
    assert dissected(tmp_path, ENQUIRE_LINK) == []
    assert len(dissected(tmp_path, ENQUIRE_LINK + CUT_SHORT)) == 1
