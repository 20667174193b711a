"""The gateway binds to a message centre over TLS, and to no other than the pinned one."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from load_tests.processes import until
from tests.certificates import Paper, paper
from text911.smpp.codec import decode, encode
from text911.smpp.pdu import BindTransceiver, BindTransceiverResp, Outbind

from .secured import SEEN_WITHIN, Secured, bind, refused

CENTRE, OURS, IMPOSTOR = paper("smsc"), paper("esme"), paper("smsc")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Secured]:
    with Secured(tmp_path / "gateway") as one:
        OURS.write(one.directory / "tls", "esme")
        yield one


def listener(shows: Paper, folder: Path) -> tuple[socket.socket, ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*shows.write(folder, "centre"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=OURS.chain.decode())
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(SEEN_WITHIN)
    return listening, context


def reach(gateway: Secured, port: int, path: Path | None = None, table: str = "connect") -> None:
    """We connect there, to whom CENTRE is, and show OURS. `path`: the account's file."""
    path = path or gateway.account("one", "right")
    path.write_text(
        path.read_text()
        + f'\n[[{table}]]\nhost = "127.0.0.1"\nport = {port}\ntls = true\n'
        + f'tls_pins = ["{CENTRE.key_fingerprint}"]\nretry_first = 0.1\n'
        + 'tls_certificate = "tls/esme.pem"\ntls_key = "file:tls/esme.key"\n'
    )


def test_the_pinned_message_centre_gets_our_bind_and_sees_our_certificate(
    gateway: Secured,
) -> None:
    listening, context = listener(CENTRE, gateway.folder)
    with listening:
        reach(gateway, listening.getsockname()[1])
        gateway.start()
        raw, _ = listening.accept()
        raw.settimeout(SEEN_WITHIN)
        with context.wrap_socket(raw, server_side=True) as link:
            octets = link.recv(1_000)
            pdu, _ = decode(octets)
            assert isinstance(pdu, BindTransceiver)
            assert (pdu.system_id, pdu.password) == ("one", "right")
            shown = link.getpeercert(binary_form=True)
            assert shown is not None
            assert sha256(shown).hexdigest() == OURS.fingerprint
            number = int.from_bytes(octets[12:16])
            link.sendall(encode(BindTransceiverResp("smsc"), number))
            until("bound", lambda: gateway.sentences("bind_up"), SEEN_WITHIN)


def test_who_is_asked_to_bind_over_tls_is_the_pinned_one_and_binds_by_what_it_showed(
    gateway: Secured,
) -> None:
    listening, context = listener(CENTRE, gateway.folder)
    with listening:
        path = gateway.account("one", "right", tls_pins=[CENTRE.fingerprint])
        reach(gateway, listening.getsockname()[1], path, "outbind")
        gateway.start()
        raw, _ = listening.accept()
        raw.settimeout(SEEN_WITHIN)
        with context.wrap_socket(raw, server_side=True) as link:
            asked, _ = decode(link.recv(1_000))
            assert asked == Outbind("one", "right")
            link.sendall(encode(BindTransceiver("one", "right"), 1))
            answer, _ = decode(link.recv(1_000))
            assert isinstance(answer, BindTransceiverResp)
            assert answer.system_id
            until("bound", lambda: gateway.sentences("bind_up"), SEEN_WITHIN)
        assert "over TLSv1" in gateway.sentences("bind_up")[0]
        assert bind(gateway, "one", "right") == refused(), "it must be pinned"


def test_an_impostor_gets_nothing_and_is_named_in_the_log(gateway: Secured) -> None:
    listening, context = listener(IMPOSTOR, gateway.folder)
    with listening:
        reach(gateway, listening.getsockname()[1])
        gateway.start()
        raw, _ = listening.accept()
        raw.settimeout(SEEN_WITHIN)
        with pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(raw, server_side=True).recv(1_000)
        raw.close()
        until("said", lambda: gateway.sentences("carrier_unreached"), SEEN_WITHIN)
    assert "certificate verify failed" in gateway.sentences("carrier_unreached")[0]
