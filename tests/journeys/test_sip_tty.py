"""Callers ring the real daemon over SIP: tones and real-time text, live at the console and back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from load_tests.console import Console, Leg
from load_tests.gateway import Gateway
from load_tests.processes import free_ports
from text911.gateway.edges.lines.laws import audio_of, samples_of
from text911.tty import wav

from .daemon import Telecommunicator, said
from .linphone import Linphone
from .phone import (
    QUIET,
    Ears,
    Phone,
    audio,
    contact,
    sdp,
    status,
    t140,
    text,
    typed,
    until,
)  # fmt: skip
from .sipp import HOST, Pcap, rings, scenario
from .tools import need

PSAP = "hartford-region"
CALLED = "FIRE AT 12 ELM ST HARTFORD GA"
ANSWER = "TRUCKS ARE COMING GA"
RTP = 21_000


@pytest.fixture(autouse=True)
def _the_programs() -> None:
    need("sipp", "tshark")


def trunk_file(port: int, *, allowed: str = "127.0.0.0/8", more: str = "") -> str:
    return f"""
display = "Test trunk"
kind = "sip"
[sip]
allowed_networks = ["{allowed}"]
rtp_ports = [{RTP}, {RTP + 399}]
calls_max = 100
{more}
[[sip.listen]]
transport = "udp"
host = "127.0.0.1"
port = {port}
[location]
town = "Hartford"
"""


class Exchange:
    """The gateway with one trunk, and a person at its PSAP."""

    def __init__(self, folder: Path, **trunk: str) -> None:
        self.folder = folder
        self.gateway = Gateway(folder / "gateway", [])
        (self.sip,) = free_ports(1)
        lines = self.gateway.directory / "lines"
        lines.mkdir()
        (lines / "trunk.toml").write_text(trunk_file(self.sip, **trunk))
        self.gateway.start()
        self.desk = Telecommunicator(self.gateway, PSAP)

    def tones(self, words: str) -> bytes:
        """What a TTY makes of them, as mu-law, by our own command."""
        path = self.folder / "tones.wav"
        done = self.gateway.command("tty", "encode", "--out", str(path), "--law", "mulaw", words)
        assert done.returncode == 0, done.stderr
        return wav.read(path.read_bytes()).octets

    def read(self, octets: bytes) -> str:
        """What a TTY prints of what we sent, by our own command."""
        path = self.folder / "answer.wav"
        path.write_bytes(wav.write(wav.Audio(wav.Law.MU_LAW, octets)))
        done = self.gateway.command("tty", "decode", str(path))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self, event: str) -> list[dict[str, Any]]:
        """Lines of the health log."""
        lines = self.gateway.log.read_text().splitlines()
        found: list[dict[str, Any]] = [json.loads(one) for one in lines if one.startswith("{")]
        return [one for one in found if one["event"] == event]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Exchange]]:
    made: list[Exchange] = []

    def begin(**trunk: str) -> Exchange:
        made.append(Exchange(tmp_path, **trunk))
        made[-1].desk.__enter__()
        return made[-1]

    yield begin
    for one in made:
        one.desk.__exit__(None, None, None)
        one.gateway.stop()


Begin = Callable[..., Exchange]


def starts(console: Console, words: str) -> Leg | None:
    return next(
        (leg for leg in console.legs.values() if "".join(said(leg)).startswith(words)), None
    )


def test_a_tty_call_is_read_live_and_answered_in_tones(begin: Begin, tmp_path: Path) -> None:
    house, ears = begin(), Ears()
    recording = tmp_path / "fire.ulaw"
    recording.write_bytes(house.tones(CALLED))
    plan = scenario(
        tmp_path, "hung_up", RTP_PORT=ears.port, FORMATS="0 101", RECORDING=recording
    )  # fmt: skip
    process = rings(tmp_path, plan, house.sip)
    leg = house.desk.see("the first letters", lambda c: starts(c, "FIRE"))
    assert said(leg)[0] != CALLED  # while it is being typed
    house.desk.see_mine(leg)
    house.desk.see_text(CALLED)
    assert house.desk.now(lambda c: c.legs[leg.name].grew) > 5
    assert leg.card["caller"] == "(860) 555-0142"
    assert leg.card["town"] == "Hartford"
    house.desk.write(leg, "one", "Trucks are coming ga")
    house.desk.see_delivery(leg, "one", "typed")
    house.desk.end(leg, "end")
    assert process.wait(90) == 0, (tmp_path / "sipp.out").read_text()
    ears.close()
    assert house.read(ears.payloads()).splitlines()[-1].startswith(ANSWER)
    assert ears.rtcp
    pcap = Pcap(tmp_path / "ours.pcap")
    for which, kept in enumerate((ears.rtp, ears.rtcp)):
        for octets, source in kept:
            pcap.add(octets, source, (HOST, ears.port + which))
    found(pcap, {ears.port: "rtp", ears.port + 1: "rtcp"})


def test_real_time_text_goes_both_ways(begin: Begin) -> None:
    house = begin()
    with Phone(house.sip) as phone:
        answer = phone.rings(sdp(audio(phone.audio.port), text(phone.text.port)))
        assert status(answer) == 200
        assert set(phone.remote) == {"audio", "text"}
        phone.types([t140(7, 0, [], b"Hel"), t140(8, 300, [(300, b"Hel")], b"l\bp, fier")])
        # A packet that never comes, told by the next; one that nothing brings back; an erasure.
        phone.types([t140(10, 900, [(600, b"l\bp, fier"), (300, b"\b\bre")], b" at 12 Elm")])
        leg = house.desk.see_text("Help, fire at 12 Elm")
        house.desk.see_mine(leg)
        assert leg.card["channel"] == "rtt"
        phone.types([t140(15, 2400, [(300, b"")], b"!")])
        house.desk.see_text("Help, fire at 12 Elm\ufffd!")
        house.desk.write(leg, "one", "Der Löschzug kommt 🚒")
        house.desk.see_delivery(leg, "one", "typed")
        until(lambda: "kommt" in typed(one for one, _ in phone.text.rtp))
        said = typed(one for one, _ in phone.text.rtp)
        assert said == "\ufeffDer Löschzug kommt 🚒\u2028"
        assert status(phone.hangs_up()) == 200
        house.desk.see("the line is gone", lambda c: "hung up" in c.legs[leg.name].turn["gone"])
        pcap = Pcap(house.folder / "rtt.pcap")
        for message in phone.messages:
            pcap.add(message.encode(), (HOST, house.sip), (HOST, phone.here))
        for which, kept in enumerate((phone.text.rtp, phone.text.rtcp)):
            for octets, source in kept:
                pcap.add(octets, source, (HOST, phone.text.port + which))
        found(pcap, {house.sip: "sip", phone.text.port: "rtp", phone.text.port + 1: "rtcp"})


def test_the_real_time_text_of_others_goes_both_ways_as_it_is_typed(
    begin: Begin, tmp_path: Path
) -> None:
    need("linphone")
    house = begin()
    with Linphone(tmp_path / "caller", house.sip) as caller:
        caller.sees("the call stands", lambda: caller.state == "running")
        caller.types("Help, ")
        leg = house.desk.see_text("Help, ")
        house.desk.see_mine(leg)
        assert (leg.card["caller"], leg.card["channel"]) == ("(860) 555-0142", "rtt")

        def reads(words: str) -> None:
            """However many lines the console makes of it."""
            house.desk.see(words, lambda c: "".join(said(c.legs[leg.name])) == words)

        caller.types("fie\b\bire at 12 Elm 🔥")
        reads("Help, fire at 12 Elm 🔥")
        house.desk.write(leg, "one", "Der Löschzug kommt 🚒")
        house.desk.see_delivery(leg, "one", "typed")
        caller.sees("our line", lambda: caller.lines == ["Der Löschzug kommt 🚒"])
        caller.sees("its letters", lambda: caller.read.startswith("Der Löschzug kommt 🚒"))
        caller.types(" danke")
        reads("Help, fire at 12 Elm 🔥 danke")
        caller.hangs_up()
        house.desk.see("the line is gone", lambda c: "hung up" in c.legs[leg.name].turn["gone"])
        caller.sees("it is over", lambda: caller.state == "ended")


def found(pcap: Pcap, kinds: dict[int, str]) -> None:
    """Wireshark finds nothing malformed."""
    ports = {f"p{port}": kind for port, kind in kinds.items()}
    rows = pcap.dissected("_ws.malformed", "_ws.expert.severity", "_ws.expert.message", **ports)
    assert rows
    assert [row for row in rows if row[0]] == []
    severe = 0x00800000  # Wireshark's PI_ERROR
    assert [
        row for row in rows if any(int(one) >= severe for one in row[1].split(",") if one)
    ] == []


def test_a_silent_call_is_a_dialogue_and_is_probed_in_tones(begin: Begin) -> None:
    house = begin()
    with Phone(house.sip) as phone:
        assert status(phone.rings(sdp(audio(phone.audio.port)))) == 200
        leg = house.desk.see("a call", lambda c: next(iter(c.legs.values()), None))
        house.desk.see_mine(leg)

        def probed(console: Console) -> bool:
            return any("QQ" in one["text"] for one in console.legs[leg.name].lines)

        phone.plays_until(lambda: house.desk.now(probed))
        assert status(phone.hangs_up()) == 200
        phone.audio.close()
        assert house.read(phone.audio.payloads()) == "911 WHAT IS YOUR EMERGENCY QQ GA"


def test_what_cannot_be_a_call_is_refused_with_the_reason(begin: Begin) -> None:
    house = begin(more="srtp_required = true")
    with Phone(house.sip) as phone:
        answer = phone.rings(sdp(audio(phone.audio.port)))
        assert status(answer) == 488
        assert "RTP/AVP" in answer.splitlines()[0]
    with Phone(house.sip) as phone:
        assert status(phone.rings(sdp("m=audio 4000 RTP/AVP 18"))) == 488
    with Phone(house.sip) as phone:
        assert status(phone.rings("this is no description")) == 488
    assert house.desk.now(lambda c: c.legs) == {}
    # One that the screening refused, and one that the line did; of a flood the rest is counted.
    until(lambda: len(house.log("call_rejected")) >= 2)  # the log has a thread of its own
    assert len(house.log("call_rejected")) == 2


def test_a_stranger_hears_403_and_the_log_has_one_line(begin: Begin) -> None:
    house = begin(allowed="192.0.2.0/24")
    for _ in range(20):
        with Phone(house.sip) as phone:
            assert status(phone.rings(sdp(audio(phone.audio.port)))) == 403
    until(lambda: house.log("call_rejected"))
    (line,) = house.log("call_rejected")
    assert line["peer"] == HOST
    assert line["line"] == "trunk"


def test_after_kill_9_what_had_not_left_is_marked_and_the_next_call_shows_the_earlier_one(
    begin: Begin,
) -> None:
    house = begin()
    words = house.tones("MY HOUSE IS ON FIRE GA") + QUIET * 30
    with Phone(house.sip) as phone:
        phone.rings(sdp(audio(phone.audio.port)))
        phone.plays(words)
        leg = house.desk.see_text("MY HOUSE IS ON FIRE GA")
        house.desk.see_mine(leg)
        house.desk.write(leg, "one", f"TRUCKS {'AND MORE TRUCKS ' * 8}ARE COMING GA")

        def leaving(console: Console) -> bool:
            return any(
                one["left"] >= len("TRUCKS") for one in console.legs[leg.name].sending.values()
            )

        phone.plays_until(lambda: house.desk.now(leaving))
        house.gateway.kill()
    links = house.desk.links
    house.gateway.start()
    house.desk.see_back(links)
    gone = house.desk.see("the line is gone", lambda c: c.legs[leg.name].turn.get("gone"))
    assert "restart" in gone
    house.desk.see_delivery(leg, "one", "lost")
    record = house.gateway.command("audit", "show", leg.dialogue, str(house.gateway.directory))
    assert 'the line was lost (line lost after "' in record.stdout, record.stdout + record.stderr
    words = house.tones("HELLO GA") + QUIET * 30
    with Phone(house.sip) as phone:
        phone.rings(sdp(audio(phone.audio.port)))
        phone.plays(words)
        again = house.desk.see_text("HELLO GA")
        earlier = [line["text"] for line in again.earlier]
        assert again.name != leg.name
        assert "MY HOUSE IS ON FIRE GA" in earlier
        assert "TRUCKS" in "".join(earlier)
        assert said(leg) == ["MY HOUSE IS ON FIRE GA"]  # once
        phone.hangs_up()


def test_a_stop_of_the_gateway_says_bye(begin: Begin) -> None:
    house = begin()
    with Phone(house.sip) as phone:
        phone.rings(sdp(audio(phone.audio.port)))
        house.desk.see("a call", lambda c: next(iter(c.legs.values()), None))
        stopping = threading.Thread(target=house.gateway.stop)
        stopping.start()
        assert phone.is_hung_up()
        stopping.join()


def test_hold_and_another_codec_and_port_leave_the_conversation_standing(begin: Begin) -> None:
    house = begin()
    one = house.tones("ONE ") + QUIET * 30
    two = samples_of(wav.Audio(wav.Law.MU_LAW, house.tones("TWO GA") + QUIET * 30))
    with Phone(house.sip) as phone:
        first = phone.rings(sdp(audio(phone.audio.port)))
        leg = house.desk.see("a call", lambda c: next(iter(c.legs.values()), None))
        target = contact(first)
        phone.plays(one)
        held = sdp(audio(phone.audio.port) + "\r\na=sendonly")
        phone.request("INVITE", held, target)
        answer = phone.final("INVITE")
        assert "a=recvonly" in answer
        phone.request("ACK", uri=target)
        count = len(phone.audio.rtp)
        phone.plays(QUIET * 10)
        assert len(phone.audio.rtp) <= count + 2
        law = "m=audio {} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000"
        phone.request("INVITE", sdp(law.format(phone.text.port)), target)
        answer = phone.final("INVITE")
        assert "PCMA" in answer
        phone.request("ACK", uri=target)
        phone.plays(audio_of(two, wav.Law.A_LAW).octets, payload_type=8)
        house.desk.see("all of it", lambda c: "".join(said(c.legs[leg.name])) == "ONE TWO GA")
        assert {one[1] & 0x7F for one, _ in phone.text.rtp} == {8}
        phone.request("INVITE", sdp("m=image 4000 udptl t38"), target)
        assert status(phone.final("INVITE")) == 488
        phone.request("ACK", uri=target)
        assert house.desk.now(lambda c: c.legs[leg.name].turn["gone"]) == ""
        phone.hangs_up()
