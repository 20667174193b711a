"""A gateway with a plain and a TLS door, and smpplib as its carriers, with certificates."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import json
import socket
import ssl
from pathlib import Path
from typing import Any, Self

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.smpp

from load_tests.gateway import Gateway, toml
from load_tests.processes import free_ports, until
from tests.certificates import Paper, paper
from text911.smpp.codec import encode
from text911.smpp.pdu import BindTransceiver

SEEN_WITHIN = 15.0  # s
RBINDFAIL = 0x0D
HARTFORD = {"source": "profile", "default_psap": "hartford-region"}


class Secured(Gateway):
    """`text911 serve` with [[smpp.tls]]; `account` writes a carrier's file anew."""

    def __init__(self, folder: Path, **smpp: Any) -> None:
        super().__init__(folder, (), {"smpp": smpp} if smpp else None)
        (self.tls_port,) = free_ports(1)
        (self.directory / "tls").mkdir()
        self.shows(paper("gateway"))
        main = self.directory / "gateway.toml"
        main.write_text(
            main.read_text()
            + f'\n[[smpp.tls]]\nhost = "127.0.0.1"\nport = {self.tls_port}\n'
            + 'certificate = "tls/ours.pem"\nkey = "file:tls/ours.key"\n'
        )

    def shows(self, ours: Paper) -> None:
        """Its certificate, on the disk."""
        self.paper = ours
        ours.write(self.directory / "tls", "ours")

    def account(self, name: str, *passwords: str, **keys: Any) -> Path:
        """carriers/NAME.toml; passwords are written to files."""
        (self.directory / "secrets").mkdir(exist_ok=True)
        references: list[str] = []
        for place, password in enumerate(passwords):
            file = self.directory / "secrets" / f"{name}-{place}"
            file.touch(mode=0o600)
            file.write_text(f"{password}\n")
            references.append(f"file:secrets/{name}-{place}")
        account = {"system_id": name, "passwords": references}
        tables: dict[str, object] = {
            "display": name.title(),
            "account": {**account, "allowed_networks": ["127.0.0.0/8"], **keys},
            "location": HARTFORD,
        }
        path = self.directory / "carriers" / f"{name}.toml"
        path.write_text(toml(tables))
        return path

    def reloads(self, event: str = "configuration_loaded") -> list[str]:
        """SIGHUP; the sentences that came of it."""
        before = len(self.sentences(event))
        self.reload()
        until(event, lambda: len(self.sentences(event)) > before, SEEN_WITHIN)
        return self.sentences(event)[before:]

    def sentences(self, event: str) -> list[str]:
        """What the health log says of this event, oldest first."""
        return [str(line.get("sentence", "")) for line in self.lines() if line["event"] == event]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(one) for one in self.log.read_text().splitlines() if one[:1] == "{"]


class Client:
    """smpplib, bound as a transceiver. A context. `shows`: its certificate. `status`: what the bind
    was answered with."""

    def __init__(
        self,
        gateway: Secured,
        name: str,
        password: str,
        *,
        tls: bool = False,
        shows: Paper | None = None,
        trusts: Paper | None = None,
    ) -> None:
        context = None
        if tls:
            context = ssl.create_default_context(cadata=(trusts or gateway.paper).chain.decode())
            context.check_hostname = False  # smpplib names no server
            if shows is not None:
                context.load_cert_chain(*shows.write(gateway.folder, f"client-{name}"))
        port = gateway.tls_port if tls else gateway.ports.smpp
        self._answers: list[int] = []
        untyped: Any = smpplib.client
        self._client: Any = untyped.Client(
            "127.0.0.1",
            port,
            timeout=SEEN_WITHIN,
            ssl_context=context,
            allow_unknown_opt_params=True,
        )
        self._client.set_message_sent_handler(self._was_answered)
        self._client.set_error_pdu_handler(self._was_refused)
        try:
            self._client.connect()
        except smpplib.exceptions.ConnectionError:
            self.__exit__()
            raise
        try:
            self._client.bind_transceiver(system_id=name, password=password)
            self.status = 0
        except smpplib.exceptions.PDUError as refused:
            self.status = int(refused.args[1])

    def _was_answered(self, pdu: Any) -> None:
        self._answers.append(int(pdu.status))

    def _was_refused(self, pdu: Any) -> None:
        """The other is called as well."""

    def asks(self, words: bytes = b"help", caller: str = "18605550142") -> None:
        """A text, whose answer is not waited for."""
        self._client.send_message(
            source_addr_ton=1, source_addr=caller, destination_addr="911", short_message=words
        )

    def answered(self) -> int:
        """The command_status of the next answer to a text."""
        while not self._answers:
            self._client.read_once(auto_send_enquire_link=False)
        return self._answers.pop(0)

    def text(self, words: bytes = b"help", caller: str = "18605550142") -> int:
        self.asks(words, caller)
        return self.answered()

    def is_dismissed(self) -> bool:
        """We are told unbind, answer it, and the gateway closes."""
        while (pdu := self._client.read_pdu()).command != "unbind":
            pass
        untyped: Any = smpplib.smpp
        answer = untyped.make_pdu("unbind_resp", client=self._client, sequence=pdu.sequence)
        self._client._socket.sendall(answer.generate())
        try:
            self._client.read_pdu()
        except (smpplib.exceptions.ConnectionError, OSError):
            return True
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.state = smpplib.consts.SMPP_CLIENT_STATE_OPEN  # no warning about a bind
        self._client.disconnect()


def bind(gateway: Secured, name: str, password: str, source: str = "127.0.0.1") -> bytes:
    """What a plain bind from `source` is answered with, to the end when it is refused; b"" when the
    connection is closed without a word."""
    address = ("127.0.0.1", gateway.ports.smpp)
    with socket.create_connection(address, SEEN_WITHIN, (source, 0)) as link:
        octets = b""
        try:
            link.sendall(encode(BindTransceiver(name, password), 1))
            while more := link.recv(4096):
                octets += more
                if octets[8:12] == bytes(4):
                    return octets
        except ConnectionError:
            pass  # it was closed before it was asked
        return octets


def refused(status: int = RBINDFAIL) -> bytes:
    """A whole bind_transceiver_resp that says no."""
    return b"".join(number.to_bytes(4) for number in (16, 0x80000009, status, 1))
