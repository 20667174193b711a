"""Lines beside each other: no port twice, no device twice, and no recording that rings people."""

from __future__ import annotations

from typing import Any

from text911.gateway.configuration.faults import Fault
from text911.gateway.configuration.files import GatewayFile
from text911.gateway.configuration.line_checks import line_faults, voice_advice
from text911.gateway.configuration.line_files import LineFile

BRIDGE = {"voice": "bridge"}


def trunk(**keys: Any) -> LineFile:
    sip: dict[str, Any] = {"listen": [{}], "allowed_networks": ["10.0.0.0/8"], **keys}
    return LineFile.model_validate({"display": "Trunk", "kind": "sip", "sip": sip})


def serial(device: str = "/dev/ttyS0") -> LineFile:
    table = {"device": device}
    return LineFile.model_validate({"display": "Serial", "kind": "serial", "serial": table})


def wav(file: str = "a.wav") -> LineFile:
    return LineFile.model_validate({"display": "Wav", "kind": "wav", "wav": {"file": file}})


def gateway(demonstration: bool = True, **tables: Any) -> GatewayFile:
    return GatewayFile.model_validate({"gateway": {"demonstration": demonstration}, **tables})


def faults(
    *lines: LineFile,
    of: GatewayFile | None = None,
    groups: tuple[str, ...] = (),
    driver: bool = True,
    have_voice: tuple[str, ...] = (),
) -> list[Fault]:
    named = {f"line-{number}": line for number, line in enumerate(lines, start=1)}
    exists = {"a.wav"}.__contains__
    return list(
        line_faults(named, of, groups, ["csecc"], exists, lambda: driver, have_voice=have_voice)
    )


def places(found: list[Fault]) -> list[tuple[str, str]]:
    return [(fault.file, fault.key) for fault in found]


def test_lines_that_do_not_touch_each_other_are_good() -> None:
    other = trunk(listen=[{"port": 5080}, {"port": 5080, "transport": "tcp"}, {"port": 0}],
                  rtp_ports=[18_000, 18_999], media_host="10.0.0.1")  # fmt: skip
    assert faults(trunk(), other, serial(), serial("/dev/ttyS1"), wav(), of=gateway()) == []


def test_a_port_belongs_to_one_line() -> None:
    found = faults(trunk(), trunk(rtp_ports=[18_000, 18_999]))
    assert places(found) == [("lines/line-2.toml", "sip.listen[1].port")]
    assert "lines/line-1.toml, sip.listen[1]" in found[0].what


def test_the_same_port_on_another_address_is_another_port() -> None:
    elsewhere = {"rtp_ports": [18_000, 18_999], "contact_host": "x", "media_host": "10.0.0.1"}
    assert faults(trunk(), trunk(listen=[{"host": "127.0.0.2"}], **elsewhere)) == []
    everywhere = trunk(listen=[{"host": "0.0.0.0"}], **elsewhere)
    assert places(faults(trunk(), everywhere)) == [("lines/line-2.toml", "sip.listen[1].port")]


def test_a_port_of_the_gateway_is_taken() -> None:
    tcp = trunk(listen=[{"transport": "tcp", "port": 8911}])
    found = faults(tcp, of=gateway(console={"port": 8911}))
    assert "[console] of gateway.toml" in found[0].what
    assert faults(trunk(listen=[{"port": 8911}]), of=gateway(console={"port": 8911})) == []


def test_sound_has_ports_of_its_own() -> None:
    found = faults(trunk(), trunk(listen=[{"port": 16_400}]))
    assert places(found) == [
        ("lines/line-2.toml", "sip.listen[1].port"),
        ("lines/line-2.toml", "sip.rtp_ports"),
    ]


def test_a_line_may_not_be_called_as_a_group_of_carriers() -> None:
    assert places(faults(wav(), groups=("line-1",))) == [("lines/line-1.toml", "")]


def test_a_psap_that_is_not_there_is_named() -> None:
    raw = {"display": "W", "kind": "wav", "wav": {"file": "a.wav"}, "location": {"psap": "x"}}
    line = LineFile.model_validate(raw)
    assert places(faults(line)) == [("lines/line-1.toml", "location.psap")]


def test_a_serial_port_carries_one_line_and_needs_its_driver() -> None:
    found = faults(serial(), serial())
    assert places(found) == [("lines/line-2.toml", "serial.device")]
    (fault,) = faults(serial(), driver=False)
    assert "install text911[serial]" in fault.what


def test_a_recording_is_there_and_never_rings_real_people() -> None:
    assert places(faults(wav("b.wav"), of=gateway())) == [("lines/line-1.toml", "wav.file")]
    (fault,) = faults(wav(), of=gateway(demonstration=False))
    assert "would ring real people" in fault.what


def test_a_gateway_without_plain_smpp_takes_no_port_for_it() -> None:
    tls = {"plain": False, "port": 5060,
           "tls": [{"port": 3550, "certificate": "a", "key": "env:A"}]}  # fmt: skip
    tcp = trunk(listen=[{"transport": "tcp"}, {"transport": "tcp", "port": 3550}])
    found = faults(tcp, of=gateway(smpp=tls))
    assert places(found) == [("lines/line-1.toml", "sip.listen[2].port")]


def bridged(line: LineFile) -> LineFile:
    return LineFile.model_validate({**line.model_dump(exclude_unset=True), "turns": BRIDGE})


def test_voices_need_a_psap_with_a_telephone() -> None:
    (fault,) = faults(bridged(trunk()))
    assert (fault.file, fault.key) == ("lines/line-1.toml", "turns.voice")
    assert "no PSAP has a telephone" in fault.what
    assert "voice_uri" in fault.what
    assert faults(bridged(trunk()), have_voice=("csecc",)) == []


def test_no_voice_comes_on_a_serial_port_or_from_a_recording() -> None:
    found = faults(bridged(serial()), bridged(wav()), have_voice=("csecc",))
    assert places(found) == [(f"lines/line-{n}.toml", "turns.voice") for n in (1, 2)]
    assert 'kind is "wav"' in found[1].what


def test_the_psaps_that_cannot_hear_anybody_are_named() -> None:
    def said(*lines: LineFile) -> list[Fault]:
        named = {f"line-{number}": line for number, line in enumerate(lines, start=1)}
        return list(voice_advice(named, ["ansonia", "bethel"], lambda name: f"psaps/{name}.toml"))

    found = said(trunk(), bridged(trunk()))
    assert places(found) == [
        ("psaps/ansonia.toml", "voice_uri"),
        ("psaps/bethel.toml", "voice_uri"),
    ]
    assert "lines/line-2.toml" in found[0].what
    assert said(trunk()) == []
