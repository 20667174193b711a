"""The real daemon, a carrier by smpplib, and a PSAP that has only a TTY: SIP, RTP and tones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from load_tests.gateway import Gateway, toml
from load_tests.processes import free_ports, until
from text911.sip.g711 import Law, decode
from text911.tty import wav
from text911.tty.demod.choosing import receiver
from text911.tty.receiving import Code
from text911.tty.shifts import receive, text_of

from .daemon import Telecommunicator
from .kamailio import Exchange
from .phone import QUIET, audio, sdp, status
from .phone import Phone as Telephone
from .sipp import HOST, Pcap, answers, scenario
from .smpp_phone import ONE, Phone
from .test_sip_tty import trunk_file
from .tools import need
from .tty_desk import SEE_WITHIN, Desk, is_ready, make_receivers

PSAP, NEXT = "elm-harbor", "southwest-shore"  # whom it overflows to in configs/demo
SEVERE = 0x00800000  # Wireshark's PI_ERROR


Start = Callable[..., Gateway]


@pytest.fixture(scope="module", autouse=True)
def _machine_code() -> None:
    make_receivers()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A gateway whose PSAP in New Haven has a TTY at `uri`; of the next ones NEXT is a console."""
    made: list[Gateway] = []

    def begin(uri: str, line: str = "", **tty: object) -> Gateway:
        gateway = Gateway(tmp_path / f"gateway-{len(made)}", [ONE])
        made.append(gateway)
        table = {
            "uri": uri, "host": HOST, "port": free_ports(1)[0], "rtp_ports": [25_000, 25_099],
            "tones_within": 5.0, "after_sksk": 2.0, **tty,
        }  # fmt: skip
        words = toml({"display": "Elm Harbor", "kind": "tty", "tty": table})
        (gateway.directory / "psaps" / f"{PSAP}.toml").write_text(words)
        if line:
            (gateway.directory / "lines").mkdir()
            (gateway.directory / "lines" / "trunk.toml").write_text(line)
        gateway.start()
        until("its receivers are fast", lambda: is_ready(gateway, PSAP), SEE_WITHIN * 3)
        return gateway

    yield begin
    for gateway in made:
        gateway.__exit__(None, None, None)


def passed_over(person: Telecommunicator, words: str) -> str:
    """The text has come to the next PSAP; the event there that says why. It was answered."""
    leg = person.see_text(words, 60)
    person.see_mine(leg)
    said = [str(line["text"]) for line in leg.lines if line["kind"] == "event"]
    return next(one for one in said if one.startswith("Elm Harbor") and "cannot take it" in one)


def test_a_text_is_typed_at_the_psap_and_what_it_types_comes_back_as_a_text(
    tmp_path: Path, start: Start
) -> None:
    need("tshark")
    pcap = Pcap(tmp_path / "ours.pcap")
    with Desk(pcap=pcap) as desk:
        gateway = start(desk.uri)
        with Phone(gateway.ports.smpp) as phone:
            phone.text("My house is on fire, 5 Elm St #2")
            desk.reads("GA")
            desk.types("911 GA")
            desk.reads("NUMBER 2 GA")
            desk.types("IS ANYBODY INSIDE QQ GA")
            assert phone.awaits(2) == ["911", "IS ANYBODY INSIDE?"]
            phone.text("my son")
            desk.reads("MY SON GA")
            desk.types("HELP IS COMING BYE SKSK")
            assert phone.awaits(3)[2] == "HELP IS COMING BYE"
            desk.see("hung up", lambda: desk.ended)
        assert desk.lines == [
            "TEXT TO 911 FROM 860-555-0142 AT NEW HAVEN GA",
            "(LOCATION 41.30830 -72.92790 WITHIN 300 METERS, NEW HAVEN)",
            "MY HOUSE IS ON FIRE, 5 ELM ST NUMBER 2 GA",
            "MY SON GA",
            "SKSK",
        ]
        (invite,) = desk.invites
        assert "+18605550142" in invite.value("From")
        assert "+18605550142" in invite.value("P-Asserted-Identity")
    ports = {f"p{desk.port}": "sip"}
    for port in desk.rtp_ports:
        ports |= {f"p{port}": "rtp", f"p{port + 1}": "rtcp"}
    rows = pcap.dissected(
        "_ws.malformed", "_ws.expert.severity", "sip.Method", "rtp.p_type", "_ws.expert.message",
        **ports,
    )  # fmt: skip
    assert [row for row in rows if row[0]] == []
    assert [
        row for row in rows if any(int(one) >= SEVERE for one in row[1].split(",") if one)
    ] == []
    assert {row[2] for row in rows if row[2]} == {"INVITE", "ACK", "BYE", "OPTIONS"}
    assert {row[3] for row in rows if row[3]} == {"0"}


class Paper:
    """What the caller's TTY prints of the sound that has come to a telephone."""

    def __init__(self, caller: Telephone) -> None:
        self._caller, self._ear = caller, receiver()
        self._read = 0  # packets
        self._codes: list[int] = []

    def prints(self) -> str:
        packets = self._caller.audio.rtp[self._read :]
        self._read += len(packets)
        samples = decode(b"".join(one[12:] for one, _ in packets), Law.PCMU)
        events = self._ear.push(samples, np.zeros(len(samples), np.bool_))
        self._codes += [one.code for one in events if isinstance(one, Code)]
        return text_of(receive(self._codes))


def test_a_caller_and_a_psap_who_both_have_only_a_tty_read_each_other(
    tmp_path: Path, start: Start
) -> None:
    (sip,) = free_ports(1)
    with Desk() as desk:
        gateway = start(desk.uri, trunk_file(sip).replace("Hartford", "New Haven"))
        wav_file = tmp_path / "fire.wav"
        said = ("--law", "mulaw", "FIRE AT 12 ELM ST GA")
        gateway.command("tty", "encode", "--out", str(wav_file), *said)
        with Telephone(sip) as caller:
            paper = Paper(caller)
            assert status(caller.rings(sdp(audio(caller.audio.port)))) == 200
            caller.plays(wav.read(wav_file.read_bytes()).octets + QUIET * 30)
            caller.plays_until(lambda: "GA" in desk.paper, SEE_WITHIN)
            desk.types("911 GA")
            caller.plays_until(lambda: "FIRE AT 12 ELM ST GA" in desk.paper, SEE_WITHIN)
            desk.types("ANYBODY INSIDE QQ GA")
            caller.plays_until(lambda: "ANYBODY INSIDE QQ GA" in paper.prints(), SEE_WITHIN)
            assert status(caller.hangs_up()) == 200
        desk.reads("THE CALLER'S LINE IS GONE")


def test_a_voice_without_tones_is_passed_over_and_the_next_psap_has_it(start: Start) -> None:
    with Desk(tty=False) as desk:
        gateway = start(desk.uri)
        with Telecommunicator(gateway, NEXT) as person, Phone(gateway.ports.smpp) as phone:
            phone.text("burglar downstairs")
            said = passed_over(person, "burglar downstairs")
            assert "no TTY within 5 s" in said
            desk.see("hung up", lambda: desk.ended)


def test_a_telephone_that_nobody_picks_up_is_passed_over(start: Start) -> None:
    with Desk(answers=False) as desk:
        gateway = start(desk.uri, rings_within=3.0)
        with Telecommunicator(gateway, NEXT) as person, Phone(gateway.ports.smpp) as phone:
            phone.text("burglar downstairs")
            assert "no answer within 3 s" in passed_over(person, "burglar downstairs")
            desk.see("given up", lambda: desk.ended)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("486 Busy Here", "its line is busy (486 Busy Here)"),
        ("503 Service Unavailable", "its exchange cannot be reached (503 Service Unavailable)"),
    ],
)
def test_a_busy_line_is_passed_over_at_once(
    tmp_path: Path, start: Start, status: str, words: str
) -> None:
    need("sipp")
    port = free_ports(1)[0]
    answering = answers(tmp_path, scenario(tmp_path, "turned_away", STATUS=status), port)
    try:
        gateway = start(f"sip:8605550199@{HOST}:{port}", options_interval=0)
        with Telecommunicator(gateway, NEXT) as person, Phone(gateway.ports.smpp) as phone:
            phone.text("burglar downstairs")
            assert words in passed_over(person, "burglar downstairs")
        assert answering.wait(30) == 0
    finally:
        answering.kill()
        answering.wait()


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_an_exchange_that_asks_who_calls_is_told_once_for_a_call(
    tmp_path: Path, start: Start, algorithm: str
) -> None:
    need("kamailio")
    (port,) = free_ports(1)
    login = {"username": "gateway", "password": "plain:hush hush"}
    with Desk() as desk:
        with Exchange(tmp_path / "exchange", port, desk.port, "hush hush", algorithm) as exchange:
            gateway = start(f"sip:8605550199@{HOST}:{port}", **login)
            with Phone(gateway.ports.smpp) as phone:
                phone.text("fire")
                desk.reads("GA")
                desk.types("911 GA")
                desk.reads("FIRE GA")
                desk.types("BYE SKSK")
                assert phone.awaits(2) == ["911", "BYE"]
                desk.see("hung up", lambda: desk.ended)
            # BYE has answered with the next count of the nonce that INVITE was asked with.
            assert (exchange.asked("INVITE"), exchange.asked("BYE")) == (1, 0)
            assert len(exchange.passed("BYE")) == 1
            assert exchange.asked("OPTIONS") == 1
        assert len(desk.invites) == 1


@pytest.mark.parametrize(
    ("login", "words", "asked"),
    [
        ({}, "it asks for a name and a password; give username and password in ", 1),
        (
            {"username": "gateway", "password": "plain:other"},
            "it does not take the username and password in ",
            2,
        ),
    ],
)
def test_one_that_does_not_believe_it_is_passed_over_with_what_to_put_right(
    tmp_path: Path, start: Start, login: dict[str, str], words: str, asked: int
) -> None:
    need("kamailio")
    (port,) = free_ports(1)
    with Desk() as desk, Exchange(tmp_path / "exchange", port, desk.port, "hush hush") as exchange:
        gateway = start(f"sip:8605550199@{HOST}:{port}", **login)
        with Telecommunicator(gateway, NEXT) as person, Phone(gateway.ports.smpp) as phone:
            phone.text("burglar downstairs")
            said = passed_over(person, "burglar downstairs")
            assert f"{words}[tty] of psaps/{PSAP}.toml" in said
            assert "(407 " in said
        assert exchange.asked("INVITE") == asked
        assert desk.invites == []


def test_after_a_restart_it_is_rung_again_and_typed_what_it_had_not_seen(start: Start) -> None:
    with Desk() as desk:
        gateway = start(desk.uri)
        with Phone(gateway.ports.smpp) as phone:
            phone.text("fire")
            desk.reads("GA")
            desk.types("911 GA")
            desk.reads("FIRE GA")
            assert phone.awaits(1) == ["911"]
            phone.text("third floor")
            desk.reads("THIRD")
        gateway.kill()
        gateway.start()
        desk.see("rung again", lambda: len(desk.invites) == 2)
        before = len(desk.paper)
        desk.see("announced again", lambda: "GA" in desk.paper[before:])
        desk.types("911 GA")
        desk.see("the rest", lambda: "THIRD FLOOR GA" in desk.paper[before:])
        assert "FIRE" not in desk.paper[before:], "what was shown is not typed again"
