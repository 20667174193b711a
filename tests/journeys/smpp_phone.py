"""A carrier with one handset in New Haven, by smpplib: it texts, and keeps what comes back."""

from __future__ import annotations

import socket
from importlib import import_module
from threading import Thread
from types import TracebackType
from typing import Any, Self

from load_tests.gateway import Carrier
from load_tests.processes import until

from .sipp import HOST
from .tty_desk import SEE_WITHIN

# The library carries no types.
smpplib_client: Any = import_module("smpplib.client")
smpplib_smpp: Any = import_module("smpplib.smpp")
smpplib_exceptions: Any = import_module("smpplib.exceptions")

NEW_HAVEN = {
    "source": "profile",
    "default_latitude": 41.3083,
    "default_longitude": -72.9279,
    "default_radius": 300,
}
ONE = Carrier("one", "one-pass", location=NEW_HAVEN)
NUMBER = "18605550142"
READ_WITHIN = 120  # s; longer than any journey


class Phone:
    """A carrier with one handset, by somebody else's code. A context."""

    def __init__(self, port: int) -> None:
        self._client: Any = smpplib_client.Client(
            HOST, port, timeout=READ_WITHIN, allow_unknown_opt_params=True
        )
        self.texts: list[str] = []
        self._client.set_message_sent_handler(self._sent)
        self._client.set_message_received_handler(self._note)
        self._client.connect()
        self._client.bind_transceiver(system_id="one", password="one-pass")
        self._reader = Thread(target=self._read, name="phone")
        self._reader.start()

    def _read(self) -> None:
        """Also keeps the bind alive while the test looks elsewhere. Ends with the connection."""
        try:
            while True:
                self._client.read_once()
        except (smpplib_exceptions.ConnectionError, OSError):
            return

    def _sent(self, pdu: Any) -> None:
        pass  # its answer is read like any PDU

    def _note(self, pdu: Any) -> None:
        if not pdu.esm_class & 4:  # no receipt
            self.texts.append(pdu.short_message.decode("ascii"))

    def text(self, words: str) -> None:
        self._client.send_pdu(
            smpplib_smpp.make_pdu(
                "submit_sm",
                client=self._client,
                source_addr_ton=1,
                source_addr_npi=1,
                source_addr=NUMBER,
                destination_addr="911",
                short_message=words.encode("ascii"),
            )
        )

    def awaits(self, count: int) -> list[str]:
        """Texts to the handset, until there are so many."""
        until(f"{count} texts at the handset", lambda: len(self.texts) >= count, SEE_WITHIN)
        return self.texts

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._client._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._client.disconnect()
