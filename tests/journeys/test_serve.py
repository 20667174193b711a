"""`text911 serve DIR` as a process: starts whole or not at all, reloads, drains, comes back."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Self

import pytest

from load_tests.console import Leg
from load_tests.gateway import ROOT, Carrier, Gateway
from load_tests.processes import until
from tests.journeys.daemon import Telecommunicator
from text911.smpp.codec import decode, encode
from text911.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResp,
    DeliverSm,
    DeliverSmResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)

ONE, TWO = Carrier("one", "one-pass"), Carrier("two", "two-pass")
HARTFORD = {"source": "profile", "default_psap": "hartford-region"}
SEEN_WITHIN = 15.0  # s
CALLER = "18605550142"
WORDS = b"burglar downstairs"


class Handset:
    """A carrier with one bind, spoken octet by octet over a blocking socket."""

    def __init__(self, gateway: Gateway, carrier: Carrier = ONE) -> None:
        address = ("127.0.0.1", gateway.ports.smpp)
        self._socket = socket.create_connection(address, timeout=SEEN_WITHIN)
        self._sequence = 0
        self._left = b""
        self.ask(BindTransceiver(system_id=carrier.name, password=carrier.password))
        pdu, status, _ = self.next()
        assert isinstance(pdu, BindTransceiverResp)
        assert status == 0

    def ask(self, pdu: Any) -> int:
        self._sequence += 1
        self._socket.sendall(encode(pdu, self._sequence))
        return self._sequence

    def say(self, pdu: Any, sequence_number: int) -> None:
        self._socket.sendall(encode(pdu, sequence_number))

    def text(self, words: bytes, caller: str = CALLER) -> None:
        self.ask(
            SubmitSm(
                source_addr_ton=1,
                source_addr=caller,
                destination_addr="911",
                short_message=words,
            )
        )

    def next(self) -> tuple[Any, int, int]:
        """The next PDU: itself, its status, its sequence_number."""
        while len(self._left) < 4 or len(self._left) < int.from_bytes(self._left[:4]):
            octets = self._socket.recv(65_536)
            assert octets, "the gateway closed the connection"
            self._left += octets
        size = int.from_bytes(self._left[:4])
        pdu, self._left = self._left[:size], self._left[size:]
        return decode(pdu)[0], int.from_bytes(pdu[8:12]), int.from_bytes(pdu[12:16])

    def next_of(self, kind: type) -> tuple[Any, int, int]:
        while not isinstance((found := self.next())[0], kind):
            pass
        return found

    def is_closed(self) -> bool:
        return self._socket.recv(1) == b""

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Person(Telecommunicator):
    """Answers when told to."""

    def answer(self, leg: Leg) -> None:
        self._call(self._act(lambda console: console.answer(leg.name)), SEEN_WITHIN)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    carriers = (
        Carrier("one", "one-pass", location=HARTFORD),
        Carrier("two", "two-pass", location=HARTFORD),
    )
    with Gateway(tmp_path / "gateway", carriers) as gateway:
        yield gateway


def lines(gateway: Gateway) -> list[dict[str, Any]]:
    """The health log; it goes to standard error, among what a fault would print."""
    found: list[dict[str, Any]] = []
    for path in {gateway.log, *gateway.directory.glob("*.log"), *gateway.directory.glob("*.jsonl")}:
        for line in path.read_text().splitlines():
            if line.startswith("{"):
                found.append(json.loads(line))
    return found


def events(gateway: Gateway, event: str) -> list[dict[str, Any]]:
    return [line for line in lines(gateway) if line["event"] == event]


def noise(gateway: Gateway) -> list[str]:
    return [one for one in gateway.log.read_text().splitlines() if not one.startswith("{")]


def serve(gateway: Gateway) -> tuple[int, list[str]]:
    """A start that is expected to end by itself: its code, and what it said but the log."""
    done = subprocess.run(
        [sys.executable, "-m", "text911", "serve", str(gateway.directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = (done.stdout + done.stderr).splitlines()
    assert "Traceback" not in done.stderr
    return done.returncode, [line for line in said if not line.startswith("{")]


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- to the end ----------------------------------------------------------------------------------


def test_sigterm_drains_in_good_order_and_makes_no_noise(gateway: Gateway) -> None:
    gateway.start({"PYTHONWARNINGS": "default"})
    with Handset(gateway) as carrier:
        carrier.text(WORDS)
        gateway.program.signal(signal.SIGTERM)
        gateway.program.signal(signal.SIGTERM)  # impatience changes nothing
        said = [carrier.next(), carrier.next()]  # in the one order or the other
        while not any(isinstance(pdu, Unbind) for pdu, _, _ in said):
            said.append(carrier.next())  # the bounce-back may come before it
        (status,) = [status for pdu, status, _ in said if isinstance(pdu, SubmitSmResp)]
        assert status == 0, "what had come is answered before the connection ends"
        (number,) = [number for pdu, _, number in said if isinstance(pdu, Unbind)]
        carrier.say(UnbindResp(), number)
        assert gateway.program.stop() == 0
    assert [line["event"] for line in lines(gateway)][-1] == "stopped"
    assert noise(gateway) == []
    with closing(sqlite3.connect(next(gateway.directory.glob("journal/*.journal")))) as journal:
        (count,) = journal.execute("SELECT count(*) FROM records").fetchone()
    assert count > 3, "the text is in the journal, which was closed in good order"
    assert not list(gateway.directory.glob("journal/*-wal"))


def test_a_carrier_that_does_not_answer_unbind_holds_nobody_up_for_long(gateway: Gateway) -> None:
    gateway.start()
    with Handset(gateway) as carrier:
        gateway.program.signal(signal.SIGTERM)
        carrier.next_of(Unbind)
        assert gateway.program.stop() == 0


def test_sigterm_while_it_starts_ends_it_in_good_order(gateway: Gateway) -> None:
    gateway.launch()
    until("the first line", lambda: bool(events(gateway, "started")), SEEN_WITHIN)
    gateway.reload()  # a SIGHUP now must not be its end either
    assert gateway.program.stop() == 0
    assert noise(gateway) == []
    assert events(gateway, "stopped")


# --- no start ------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["smpp", "console", "operations"])
def test_a_port_that_is_taken_is_one_sentence(gateway: Gateway, which: str) -> None:
    with socket.create_server(("127.0.0.1", getattr(gateway.ports, which))):
        code, said = serve(gateway)
    assert code == 2
    (sentence,) = said
    assert f"[{which}] cannot listen on 127.0.0.1:" in sentence
    assert "address already in use" in sentence


def test_a_journal_of_another_process_is_left_alone(gateway: Gateway, tmp_path: Path) -> None:
    gateway.start()
    code, said = serve(gateway)
    assert code == 2
    (sentence,) = said
    assert "is being written by another process" in sentence
    assert gateway.ready, "and the first one does not mind"


def spoiled(gateway: Gateway, spoil: Callable[[Path], None]) -> tuple[int, list[str]]:
    gateway.start()
    assert gateway.stop() == 0
    spoil(next(gateway.directory.glob("journal/*.journal")))
    return serve(gateway)


def test_a_damaged_journal_is_named_and_nothing_listens(gateway: Gateway) -> None:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as journal, journal:
            journal.execute("UPDATE records SET payload = x'00' WHERE sequence = 1")

    code, said = spoiled(gateway, spoil)
    assert code == 2
    (sentence,) = said
    assert "record 1" in sentence


def test_a_file_that_is_no_journal_is_named(gateway: Gateway) -> None:
    def spoil(path: Path) -> None:
        path.write_bytes(os.urandom(8192))

    code, said = spoiled(gateway, spoil)
    assert code == 2
    assert len(said) == 1


def test_a_journal_of_a_newer_version_is_not_touched(gateway: Gateway) -> None:
    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as journal, journal:
            journal.execute("UPDATE schema_version SET version = 99")

    code, said = spoiled(gateway, spoil)
    assert code == 2
    (sentence,) = said
    assert "99" in sentence


def test_all_faults_of_a_configuration_are_told_at_once(gateway: Gateway) -> None:
    file = gateway.directory / "gateway.toml"
    file.write_text(file.read_text() + "\n[limits]\nrign = 30\n")
    carrier = gateway.directory / "carriers" / "one.toml"
    carrier.write_text(carrier.read_text().replace("window", "windwo"))
    code, said = serve(gateway)
    assert code == 1
    assert all(line.startswith("text911: ") for line in said)
    told = "\n".join(said)
    assert "rign" in told
    assert '"ring"' in told
    assert "windwo" in told
    assert not any(map(listens, vars_of(gateway)))


def vars_of(gateway: Gateway) -> tuple[int, int, int]:
    return gateway.ports.smpp, gateway.ports.console, gateway.ports.operations


# --- reload --------------------------------------------------------------------------------------


def test_a_reload_is_all_or_nothing_and_binds_not_concerned_stay(gateway: Gateway) -> None:
    gateway.start()
    with Handset(gateway, ONE) as one, Handset(gateway, TWO) as two:
        reloaded(gateway, one, two)
    assert noise(gateway) == []


def loaded(gateway: Gateway) -> list[str]:
    return [line["sentence"] for line in events(gateway, "configuration_loaded")]


def reloaded(gateway: Gateway, one: Handset, two: Handset) -> None:
    file = gateway.directory / "gateway.toml"
    good = file.read_text()
    file.write_text(good + "\n[limits]\nrign = 30\nring = -5\n")
    gateway.reload()
    until("refused", lambda: len(events(gateway, "configuration_refused")) >= 2, SEEN_WITHIN)
    refusals = [line["sentence"] for line in events(gateway, "configuration_refused")]
    assert any("rign" in words for words in refusals)
    assert not events(gateway, "configuration_loaded")
    file.write_text(good + "\n[limits]\nring = 30\n")
    (gateway.directory / "carriers" / "two.toml").unlink()
    gateway.reload()
    gateway.reload()  # while the first is loading
    _, _, number = two.next_of(Unbind)
    two.say(UnbindResp(), number)
    assert two.is_closed()
    # The log has a thread of its own, and nobody waits for it.
    until("said", lambda: any("two" in said for said in loaded(gateway)), SEEN_WITHIN)
    one.text(WORDS)
    _, status, _ = one.next_of(SubmitSmResp)
    assert status == 0, "the other bind is as it was"
    assert gateway.program.exit_code() is None


# --- the service manager -------------------------------------------------------------------------


def test_the_service_manager_is_told(gateway: Gateway, tmp_path: Path) -> None:
    door = tmp_path / "notify"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(door))
        manager.settimeout(SEEN_WITHIN)
        gateway.launch({"NOTIFY_SOCKET": str(door)})
        heard = [manager.recv(1024)]
        while b"READY=1" not in heard or b"WATCHDOG=1" not in heard:
            heard.append(manager.recv(1024))
        assert gateway.ready
        gateway.program.signal(signal.SIGTERM)
        while heard[-1] != b"STOPPING=1":
            heard.append(manager.recv(1024))
        assert gateway.stop() == 0


# --- a restart -----------------------------------------------------------------------------------


def test_after_a_restart_every_item_is_there_once_and_timers_go_on(gateway: Gateway) -> None:
    file = gateway.directory / "gateway.toml"
    file.write_text(file.read_text() + "\n[limits]\nring = 12\n")
    gateway.start()
    carrier = Handset(gateway)
    with Person(gateway, "hartford-region", answers=False) as person:
        carrier.text(b"first of the answered")
        answered = person.see_text("first of the answered")
        person.answer(answered)
        person.see_mine(answered)
        carrier.text(b"rings on", caller="18605550143")
        ringing = person.see_text("rings on")
        links = person.links
        gateway.kill()
        carrier.close()
        gateway.start()
        person.see_back(links)
        carrier = Handset(gateway)
        carrier.text(b"second of the answered")
        person.see_text("second of the answered")
        person.write(answered, "k1", "we are coming")
        said = b""
        while said != b"we are coming":  # the other caller may be told something in between
            pdu, _, number = carrier.next_of(DeliverSm)
            carrier.say(DeliverSmResp(f"m{number}"), number)
            said = pdu.short_message
        # It rang for a while before the restart; what remained of its time runs out now.
        person.see("it rings no more", lambda c: c.legs[ringing.name].closed_because, within=20.0)
        assert person.now(lambda c: list(c.twice)) == []
        shown = person.now(lambda c: texts(c.legs[answered.name]))
        assert shown == ["first of the answered", "second of the answered"]
    carrier.close()
    assert noise(gateway) == []


def texts(leg: Any) -> list[str]:
    return [line["text"] for line in leg.lines if line["kind"] == "caller"]
