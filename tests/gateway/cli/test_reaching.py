"""To a server over TLS: to the one that is meant, or to nobody."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
import typer

from tests.certificates import Paper, paper
from text911.gateway.cli.reaching import Way, way

WITHIN = 10.0  # s
SERVER, OTHER, OURS = paper("smsc"), paper("smsc"), paper("esme")


class Server:
    """Takes one connection, echoes what comes. `heard`: all of it. `shown`: the fingerprint of the
    peer's certificate."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.heard = b""
        self.shown = ""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        try:
            link, _ = self._listening.accept()
            with link:
                if self._context is None:
                    self._echo(link)
                    return
                with self._context.wrap_socket(link, server_side=True) as tls:
                    shown = tls.getpeercert(binary_form=True)
                    self.shown = "" if shown is None else sha256(shown).hexdigest()
                    self._echo(tls)
        except OSError:
            return  # the peer does not like us

    def _echo(self, link: socket.socket) -> None:
        while octets := link.recv(1_000):
            self.heard += octets
            link.sendall(octets)

    def close(self) -> None:
        self._thread.join(WITHIN)
        self._listening.close()


@contextmanager
def server(folder: Path, shows: Paper | None) -> Generator[Server]:
    context = None
    if shows is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*shows.write(folder, "server"))
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=OURS.chain.decode())
    with closing(Server(context)) as one:
        yield one


def secured(
    port: int,
    *pins: str,
    host: str = "127.0.0.1",
    shows: tuple[Path | None, Path | None] = (None, None),
) -> Way:
    return way(host, port, tls=True, pins=pins, certificate=shows[0], key=shows[1])


def answered(to_server: Way) -> bytes:
    with closing(to_server.open(WITHIN)) as link:
        link.sendall(b"hello")
        return link.recv(100)


@pytest.mark.parametrize("of", ["certificate", "key"])
def test_the_pinned_server_is_spoken_to_whoever_signed_it(tmp_path: Path, of: str) -> None:
    pin = SERVER.fingerprint if of == "certificate" else SERVER.key_fingerprint.upper()
    with server(tmp_path, SERVER) as one:
        assert answered(secured(one.port, OTHER.fingerprint, pin)) == b"hello"
    assert (one.heard, one.shown) == (b"hello", "")


def test_another_server_hears_nothing(tmp_path: Path) -> None:
    with (
        server(tmp_path, OTHER) as one,
        pytest.raises(OSError, match="none of --tls-pin: nothing was sent"),
    ):
        secured(one.port, SERVER.fingerprint).open(WITHIN)
    assert one.heard == b""


def test_without_a_pin_this_machine_must_trust_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        server(tmp_path, SERVER) as one,
        pytest.raises(OSError, match=r"its certificate is not good: self-signed.*--tls-pin"),
    ):
        secured(one.port).open(WITHIN)
    assert one.heard == b""
    trusted = tmp_path / "trusted.pem"
    trusted.write_bytes(SERVER.chain)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with server(tmp_path, SERVER) as one:
        assert answered(secured(one.port)) == b"hello"
    with server(tmp_path, SERVER) as one, pytest.raises(OSError, match=r"is not good: .*localhost"):
        secured(one.port, host="localhost").open(WITHIN)


def test_our_certificate_is_shown_to_who_asks(tmp_path: Path) -> None:
    ours = OURS.write(tmp_path, "ours")
    with server(tmp_path, SERVER) as one:
        assert answered(secured(one.port, SERVER.fingerprint, shows=ours)) == b"hello"
    assert one.shown == OURS.fingerprint


def test_a_server_without_tls_is_told_of_and_gets_no_password(tmp_path: Path) -> None:
    with server(tmp_path, None) as one, pytest.raises(OSError, match="TLS does not come about"):
        secured(one.port, SERVER.fingerprint).open(WITHIN)
    with server(tmp_path, None) as one:
        plain = way("127.0.0.1", one.port, tls=False, pins=(), certificate=None, key=None)
        assert answered(plain) == b"hello"


def test_what_does_not_fit_ends_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain, key = OURS.write(tmp_path, "ours")
    locked = tmp_path / "locked.key"
    locked.write_bytes(OURS.locked)
    none = tmp_path / "none"
    for tls, pins, shows, words in (
        (False, (SERVER.fingerprint,), (None, None), "are for --tls"),
        (False, (), (chain, key), "are for --tls"),
        (True, (), (chain, None), "belong together"),
        (True, ("12:34",), (None, None), "--tls-pin: a fingerprint is the SHA-256"),
        (True, (), (chain, locked), "without a pass phrase"),
        (True, (), (key, chain), "are no certificate in PEM"),
        (True, (), (none, key), f"{none} or {key} cannot be read: No such file"),
    ):
        with pytest.raises(typer.Exit) as ended:
            way("host", 1, tls=tls, pins=pins, certificate=shows[0], key=shows[1])
        assert ended.value.exit_code == 2
        assert words in capsys.readouterr().err
