"""A caller on a TTY who speaks, or hears: the telephone of the PSAP is joined to the call, through
the real daemon, between two telephones that know nothing of our SIP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from load_tests.console import Console, Leg
from load_tests.gateway import Gateway
from load_tests.processes import free_ports

from .daemon import Telecommunicator, said
from .desk_telephone import PITCH, DeskTelephone, hum, linear, share, ulaw
from .phone import QUIET, Phone, audio, sdp, status, t140, text, typed, until
from .sipp import HOST, Pcap
from .test_sip_tty import PSAP, Exchange, found, trunk_file
from .tools import need

CALLER = 310.0  # Hz, of the caller's voice
# Who types nothing for a minute is asked what the matter is: never here, where voices are measured.
BRIDGE = '[turns]\nvoice = "bridge"\nprobe_after = 60\n'


@pytest.fixture(autouse=True)
def _the_programs() -> None:
    need("tshark")


class House(Exchange):
    """The gateway with a trunk that has voices, and a person at its PSAP with a telephone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gateway = Gateway(folder / "gateway", [])
        self.sip, self.desk_port = free_ports(2)
        lines = self.gateway.directory / "lines"
        lines.mkdir()
        (lines / "trunk.toml").write_text(trunk_file(self.sip) + BRIDGE)
        psap = self.gateway.directory / "psaps" / f"{PSAP}.toml"
        psap.write_text(f'voice_uri = "sip:911@{HOST}:{self.desk_port}"\n{psap.read_text()}')
        self.gateway.start()
        self.desk = Telecommunicator(self.gateway, PSAP)

    def sees(self, leg: Leg, voice: str) -> str:
        """Wait until the console says so of the telephone; gives its note."""

        def look(console: Console) -> tuple[str] | None:
            turn = console.legs[leg.name].turn
            return (turn["note"],) if turn.get("voice") == voice else None

        return self.desk.see(f"voice {voice}", look)[0]

    def events(self, leg: Leg) -> list[str]:
        def look(console: Console) -> list[str]:
            lines = console.legs[leg.name].lines
            return [one["text"] for one in lines if one["kind"] == "event"]

        return self.desk.now(look)

    def is_typed(self, leg: Leg, key: str) -> bool:
        def look(console: Console) -> bool:
            here = console.legs[leg.name]
            (line,) = [one for one in here.lines if one.get("key") == key] or [{"sequence": -1}]
            return here.deliveries.get(line["sequence"]) == "typed"

        return self.desk.now(look)

    def call(self, phone: Phone) -> Leg:
        """It rings, and a person has it."""
        assert status(phone.rings(sdp(audio(phone.audio.port)))) == 200
        leg = self.desk.see("a call", lambda c: next(iter(c.legs.values()), None))
        self.desk.see_mine(leg)
        return leg


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    with one.desk:
        yield one
    one.gateway.stop()


def test_voices_pass_both_ways_and_letters_and_tones_keep_to_themselves(house: House) -> None:
    with DeskTelephone(house.desk_port) as desk, Phone(house.sip) as phone:
        leg = house.call(phone)
        assert house.desk.now(lambda c: c.legs[leg.name].turn["voice"]) == "off"
        house.desk.voice(leg, "vco")
        phone.plays_until(lambda: desk.is_up)
        house.sees(leg, "open")
        assert "P-Asserted-Identity: <sip:+18605550142@" in desk.invite
        phone.plays_until(lambda: len(desk.audio.rtp) > 10 and len(phone.audio.rtp) > 30)

        # The caller speaks and the desk speaks: each hears the other.
        heard, said_before = len(desk.audio.rtp), len(phone.audio.rtp)
        phone.plays(ulaw(hum(CALLER, 2.0)))
        theirs = linear(desk.audio.payloads()[heard * 160 :])
        ours = linear(phone.audio.payloads()[said_before * 160 :])
        assert len(theirs) > 14_000
        assert share(theirs[1_600:14_400], CALLER) > 0.9
        assert share(ours[1_600:14_400], PITCH) > 0.9

        # The caller types: the desk hears silence, and goes on speaking to the caller meanwhile.
        phone.plays(QUIET * 30)
        tones = house.tones("MY HUSBAND FELL 12 ELM ST GA")
        heard, said_before = len(desk.audio.rtp), len(phone.audio.rtp)
        phone.plays(tones + QUIET * 30)
        house.desk.see_text("MY HUSBAND FELL 12 ELM ST GA")
        theirs = linear(desk.audio.payloads()[heard * 160 :])
        ours = linear(phone.audio.payloads()[said_before * 160 :])
        assert len(theirs) > len(tones) - 1_600
        assert abs(theirs).max() <= 8  # all that G.711 has for silence
        assert share(ours[: len(tones)], PITCH) > 0.9

        # We type: the caller's TTY reads it although the desk speaks.
        said_before = len(phone.audio.rtp)
        house.desk.write(leg, "one", "Is he awake ga")
        phone.plays_until(lambda: house.is_typed(leg, "one"))
        phone.plays(QUIET * 50)
        assert "IS HE AWAKE GA" in house.read(phone.audio.payloads()[said_before * 160 :])

        # The telephone is hung up: the text goes on.
        desk.hangs_up()
        assert house.sees(leg, "off") == "the telephone was hung up"
        phone.plays(house.tones("YES GA") + QUIET * 30)
        house.desk.see("the rest", lambda c: "YES GA" in "".join(said(c.legs[leg.name])))
        assert status(phone.hangs_up()) == 200

        pcap = Pcap(house.folder / "voice.pcap")
        for message in desk.messages:
            pcap.add(message.encode(), (HOST, house.sip), (HOST, house.desk_port))
        for which, kept in enumerate((desk.audio.rtp, desk.audio.rtcp)):
            for octets, source in kept:
                pcap.add(octets, source, (HOST, desk.audio.port + which))
        port = desk.audio.port
        found(pcap, {house.desk_port: "sip", port: "rtp", port + 1: "rtcp"})


def test_who_types_text_speaks_and_hears_beside_it(house: House) -> None:
    with DeskTelephone(house.desk_port) as desk, Phone(house.sip) as phone:
        offer = sdp(audio(phone.audio.port), text(phone.text.port))
        assert status(phone.rings(offer)) == 200
        leg = house.desk.see("a call", lambda c: next(iter(c.legs.values()), None))
        house.desk.see_mine(leg)
        assert leg.card["channel"] == "rtt"
        house.desk.voice(leg, "vco")
        phone.plays_until(lambda: desk.is_up)
        house.sees(leg, "open")
        phone.plays_until(lambda: len(desk.audio.rtp) > 10 and len(phone.audio.rtp) > 10)
        heard, said_before = len(desk.audio.rtp), len(phone.audio.rtp)
        house.desk.write(leg, "one", "Is he awake?")
        phone.types(
            [t140(7, 0, [], b"My husband "), t140(8, 300, [(300, b"My husband ")], b"fell")]
        )
        phone.plays(ulaw(hum(CALLER, 2.0)))
        theirs = linear(desk.audio.payloads()[heard * 160 :])
        ours = linear(phone.audio.payloads()[said_before * 160 :])
        assert share(theirs[1_600:14_400], CALLER) > 0.9
        assert share(ours[1_600:14_400], PITCH) > 0.9
        house.desk.see_text("My husband fell")
        assert "Is he awake?" in typed(one for one, _ in phone.text.rtp)
        connected = "Voices are connected: the caller speaks and hears"
        until(lambda: connected in house.events(leg))
        assert status(phone.hangs_up()) == 200
        until(lambda: desk.got("BYE"))


def test_a_telephone_that_is_busy_is_told_of_and_the_caller_who_asks_is_read(
    house: House,
) -> None:
    with DeskTelephone(house.desk_port, answers=486) as desk, Phone(house.sip) as phone:
        leg = house.call(phone)
        phone.plays(house.tones("VCO PLEASE GA") + QUIET * 30)
        phone.plays_until(lambda: desk.got("INVITE"))
        house.desk.see("why", lambda c: c.legs[leg.name].turn.get("note") == "it is busy (486)")
        wanted = "Voices could not be connected: it is busy (486). The text goes on"
        until(lambda: wanted in house.events(leg))
        house.desk.write(leg, "one", "Type ga")
        phone.plays_until(lambda: house.is_typed(leg, "one"))
        desk.answers = 200
        house.desk.voice(leg, "hco")
        phone.plays_until(lambda: desk.is_up)
        house.sees(leg, "open")
        assert status(phone.hangs_up()) == 200
        until(lambda: desk.got("BYE"))


def test_after_kill_9_the_voices_are_said_to_be_lost(house: House) -> None:
    with DeskTelephone(house.desk_port) as desk, Phone(house.sip) as phone:
        leg = house.call(phone)
        house.desk.voice(leg, "vco")
        phone.plays_until(lambda: desk.is_up)
        house.sees(leg, "open")
        house.gateway.kill()
    links = house.desk.links
    house.gateway.start()
    house.desk.see_back(links)
    house.desk.see("the line is gone", lambda c: c.legs[leg.name].turn.get("gone"))
    lost = "Voices are lost with the line: the gateway was restarted"
    until(lambda: lost in house.events(leg))
    assert house.desk.now(lambda c: c.legs[leg.name].turn["voice"]) == ""
