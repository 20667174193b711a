"""A carrier gets connected: `text911 carrier` at a terminal, beside a running gateway, with smpplib
as the carrier."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from load_tests.gateway import ROOT, Carrier, Gateway
from load_tests.processes import until
from text911.gateway.onboarding.plan import BY_KEY
from text911.smpp import gsm7

# The library carries no types.
smpplib_client: Any = import_module("smpplib.client")
smpplib_gsm: Any = import_module("smpplib.gsm")
smpplib_smpp: Any = import_module("smpplib.smpp")

HARTFORD = {"source": "profile", "default_psap": "hartford-region"}
NUMBER, WORDS, SECRET = "18605550142", "burglar downstairs", "one-pass"
SEEN_WITHIN = 30.0  # s
TESTS = "9110"


class Peer:
    """The carrier's end, by somebody else's code. A context."""

    def __init__(self, port: int) -> None:
        self._client: Any = smpplib_client.Client(
            "127.0.0.1", port, timeout=10, allow_unknown_opt_params=True
        )
        self.received: list[str] = []
        self._client.set_message_sent_handler(self._note)
        self._client.set_message_received_handler(self._note)
        self._client.connect()
        self._client.bind_transceiver(system_id="one", password=SECRET)

    def _note(self, pdu: Any) -> None:
        is_receipt = pdu.command == "deliver_sm" and pdu.esm_class & 4
        self.received.append("receipt" if is_receipt else pdu.command)

    def text(self, words: bytes, to: str = "911", **fields: Any) -> Any:
        pdu: Any = smpplib_smpp.make_pdu(
            "submit_sm",
            client=self._client,
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=NUMBER,
            destination_addr=to,
            short_message=words,
            **fields,
        )
        self._client.send_pdu(pdu)
        return pdu

    def again(self, pdu: Any) -> None:
        self._client.send_pdu(pdu)

    def ask(self, command: str) -> None:
        self._client.send_pdu(smpplib_smpp.make_pdu(command, client=self._client))

    def take(self, count: int) -> None:
        """Read so many PDUs, answering what is to be answered."""
        for _ in range(count):
            self._client.read_once()

    def take_until(self, what: str, count: int) -> None:
        while self.received.count(what) < count:
            self._client.read_once()

    def unbind(self) -> None:
        self._client.unbind()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._client.disconnect()


class Terminal:
    """`text911 carrier ...`, running. A context."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            command = [sys.executable, "-u", "-m", "text911", "carrier", *arguments]
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=err)

    @property
    def said(self) -> str:
        return self._out.read_text()

    @property
    def complained(self) -> str:
        return self._err.read_text()

    def see(self, words: str) -> None:
        until(f"{words!r} at the terminal", lambda: words in self.said, SEEN_WITHIN)

    def end(self) -> int:
        return self._process.wait(SEEN_WITHIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    carriers = (Carrier("one", SECRET, location=HARTFORD), Carrier("two", "two-pass"))
    with Gateway(tmp_path / "gateway", carriers) as gateway:
        file = gateway.directory / "carriers" / "one.toml"
        text = file.read_text().replace("window = 10\n", "window = 10\nenquire_link = 2.0\n")
        file.write_text(f'{text}\n[certification]\nshort_codes = ["{TESTS}"]\n')
        gateway.start()
        yield gateway


def log(gateway: Gateway, event: str) -> list[dict[str, Any]]:
    lines = [json.loads(one) for one in gateway.log.read_text().splitlines() if one[:1] == "{"]
    return [line for line in lines if line["event"] == event]


def test_a_carrier_is_watched_through_a_restart_and_nobody_sees_a_caller_unasked(
    gateway: Gateway, tmp_path: Path
) -> None:
    where = str(gateway.directory)
    with (
        Terminal(tmp_path, "plain", "watch", "one", where) as plain,
        Terminal(tmp_path, "words", "watch", "one", where, "--words") as words,
    ):
        for terminal in (plain, words):
            terminal.see("Binds: none.")
        with Peer(gateway.ports.smpp) as peer:
            peer.text(WORDS.encode())
            peer.take(1)
            for terminal in (plain, words):
                terminal.see("submit_sm_resp 3  ESME_ROK")
        words.see(f'"{WORDS}"')
        gateway.kill()
        gateway.start()
        until("it says so", lambda: "; trying again" in plain.complained, SEEN_WITHIN)
        until("both look again", lambda: plain.said.count("Binds: none.") == 2, SEEN_WITHIN)
        with Peer(gateway.ports.smpp) as peer:
            peer.unbind()
            plain.see("unbind_resp")
    assert NUMBER not in plain.said + plain.complained
    assert WORDS not in plain.said
    assert "*********42 (1/1) > 911 (0/0)  18 characters gsm7" in plain.said
    assert SECRET not in plain.said + words.said
    until("both lines", lambda: len(log(gateway, "carrier_watched")) >= 2, SEEN_WITHIN)
    assert {line["kind"] for line in log(gateway, "carrier_watched")} == {"hidden", "words"}
    assert all(line["user"] for line in log(gateway, "carrier_watched"))


def test_a_carrier_is_tested_in_two_sessions_and_no_psap_is_disturbed(
    gateway: Gateway, tmp_path: Path
) -> None:
    where = str(gateway.directory)
    refused = gateway.command("carrier", "certify", "two", where)
    assert refused.returncode == 2
    assert "[certification]" in refused.stderr
    with Terminal(tmp_path, "first", "certify", "one", where, "--for", "8s") as first:
        until("it looks", lambda: len(log(gateway, "carrier_watched")) == 1, SEEN_WITHIN)
        with Peer(gateway.ports.smpp) as peer:
            peer.text(b"T1 hello", TESTS)
            peer.text(b"T2 me@example.org $5", TESTS)  # Latin-1, where GSM-7 is agreed
            peer.take(4)
            first.see("pass  a text")
            first.see('default_alphabet = "latin1"')
            assert first.end() == 1
    with Terminal(tmp_path, "second", "certify", "one", where, "--for", "60s") as second:
        until("it looks", lambda: len(log(gateway, "carrier_watched")) == 2, SEEN_WITHIN)
        assert "to do a text " not in second.said
        with Peer(gateway.ports.smpp) as peer:
            everything_else(peer)
        with Peer(gateway.ports.smpp) as peer:
            second.see("pass  bind again")
            peer.take(1)  # our enquire_link, after 2 s
            assert second.end() == 0, second.said
    assert "PASSED. 14 of 14 steps passed, 0 failed." in second.said
    report = gateway.command("carrier", "certify", "one", where, "--report", "--json")
    assert report.returncode == 0
    assert json.loads(report.stdout)["passed"] is True
    until("they are closed", lambda: bool(log(gateway, "dialogue_closed")), SEEN_WITHIN)
    states = {line["state"] for line in log(gateway, "dialogue_closed")}
    assert states == {"bounced"}, "a test was shown to somebody"


def everything_else(peer: Peer) -> None:
    peer.text(gsm7.encode(BY_KEY["default"].text), TESTS)
    peer.text(gsm7.encode(BY_KEY["extension"].text), TESTS)
    peer.text(BY_KEY["unicode"].text.encode("utf-16-be"), TESTS, data_coding=8)
    parts, coding, esm_class = smpplib_gsm.make_parts(BY_KEY["udh"].text)
    for part in parts:
        peer.text(part, TESTS, data_coding=coding, esm_class=esm_class)
    peer.again(peer.text(b"T8 again", TESTS))
    peer.text(b"T9 receipt", TESTS, registered_delivery=1)
    for number in range(20):
        peer.text(f"T10 {number}".encode(), TESTS)
    peer.ask("enquire_link")
    peer.take_until("submit_sm_resp", 6 + len(parts) + 20)
    peer.take_until("receipt", 1)
    peer.unbind()


def test_how_a_carrier_writes_becomes_a_proposal(gateway: Gateway) -> None:
    where = str(gateway.directory)
    nothing = gateway.command("carrier", "dialect", "one", where)
    assert nothing.returncode == 0
    assert "0 PDUs" in nothing.stdout
    with Peer(gateway.ports.smpp) as peer:
        for words in (b"me@example.org", b"costs $5", b"see [here]"):
            peer.text(words, TESTS)
            peer.take(1)
        found = gateway.command("carrier", "dialect", "one", where)
    assert found.returncode == 1
    assert 'propose default_alphabet = "latin1"' in found.stdout
    assert NUMBER not in found.stdout
    values = json.loads(gateway.command("carrier", "dialect", "one", where, "--json").stdout)
    assert values["counts"]["coding_0"] == {"ascii": 3}
    gateway.stop()
    gateway.start()
    assert (
        json.loads(gateway.command("carrier", "dialect", "one", where, "--json").stdout) == values
    )


def test_who_may_not_read_the_journal_may_not_watch(gateway: Gateway) -> None:
    (gateway.directory / "journal" / "operators.key").write_text("another\n")
    refused = gateway.command("carrier", "watch", "one", str(gateway.directory))
    assert refused.returncode == 2
    assert "lets nobody in" in refused.stderr
    assert log(gateway, "carrier_watched") == []


def test_without_a_gateway_the_command_says_what_to_do(gateway: Gateway) -> None:
    gateway.stop()
    refused = gateway.command("carrier", "watch", "one", str(gateway.directory))
    assert refused.returncode == 2
    assert f"text911 serve {gateway.directory}" in refused.stderr
