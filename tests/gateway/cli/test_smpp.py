from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.smpp.explaining.wires import frame, ipv4, pcap, pcapng, tcp
from text911.gateway.cli.smpp import add_to
from text911.smpp.codec import encode, response
from text911.smpp.pdu import BindTransceiver, EnquireLink, SubmitSm

from .test_app import probe

app = typer.Typer()
add_to(app)

ENQUIRY = encode(EnquireLink(), 1)
TEXT = encode(SubmitSm(source_addr="18605551234", short_message=b"help"), 2)


def run(*arguments: object, piped: bytes = b"") -> Result:
    words = ["smpp", "decode", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(app, words, input=piped)


def test_hexadecimal_is_read_from_the_command_line() -> None:
    result = run("00000010 00000015", "0x00000000", "00:00:00:01")
    assert result.exit_code == 0
    assert "enquire_link, 16 octets at 0x0000, sequence_number 1" in result.stdout
    assert "our server answers: enquire_link_resp ESME_ROK" in result.stdout


@pytest.mark.parametrize(
    "octets",
    [
        TEXT,
        TEXT.hex(" ").encode(),
        pcap([frame(TEXT, 1)]),
        pcapng([frame(TEXT, 1)]),
        # the dump of a whole frame
        "\n".join(
            f"{at:04x}  {frame(TEXT, 1)[at : at + 16].hex(' ')}"
            for at in range(0, len(frame(TEXT, 1)), 16)
        ).encode(),
    ],
    ids=["raw", "hexadecimal", "pcap", "pcapng", "dump"],
)
def test_every_kind_of_file_is_known_by_what_is_in_it(octets: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sent"
    path.write_bytes(octets)
    for result in (run(path), run("-", piped=octets), run(piped=octets)):
        assert result.exit_code == 0
        assert f"submit_sm, {len(TEXT)} octets at 0x0000, sequence_number 2" in result.stdout
        assert '"help"' in result.stdout


def test_a_capture_says_who_said_it_to_whom_and_when(tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    path.write_bytes(pcap([frame(TEXT, 1), frame(response(4, 2, 0, "ab"), 1, up=False)]))
    told = run(path).stdout
    head = "#1  192.0.2.2:40000 -> 192.0.2.1:2775, packet 1, 2023-11-14T22:13:20.000005Z"
    assert told.startswith(f"{head}\n")
    assert "\n\n#2  192.0.2.1:2775 -> 192.0.2.2:40000, packet 2, " in told


def test_a_time_that_no_calendar_has_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "sent.pcapng"
    octets = bytearray(pcapng([frame(ENQUIRY, 1)]))
    octets[60:64] = b"\xff\xff\xff\xff"  # high half of the time
    path.write_bytes(octets)
    result = run(path)
    assert result.exit_code == 0
    assert result.stdout.startswith("#1  192.0.2.2:40000 -> 192.0.2.1:2775, packet 1\n")


def test_what_is_wrong_ends_with_one_and_what_follows_is_read() -> None:
    result = run("-", piped=TEXT[:-5] + b"\xf0" + TEXT[-4:] + ENQUIRY)
    assert result.exit_code == 1
    assert f"WRONG at {len(TEXT) - 5:#06x}: sm_length says 240 octets, 4 are there" in result.stdout
    assert "our server answers: submit_sm_resp ESME_RINVCMDLEN" in result.stdout
    assert "\n\nenquire_link, 16 octets" in result.stdout


def test_every_pdu_is_one_object_for_a_program(tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    path.write_bytes(pcap([frame(TEXT + ENQUIRY, 1)]))
    result = run(path, "--json")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["number"], first["name"], first["good"]) == (1, "submit_sm", True)
    assert first["at"] == "2023-11-14T22:13:20.000005Z"
    assert first["from"] == second["from"] == "192.0.2.2:40000"
    assert second["offset"] == len(TEXT)
    (plain,) = map(json.loads, run("-", "--json", piped=ENQUIRY).stdout.splitlines())
    assert "from" not in plain


def test_data_coding_0_means_what_the_account_says() -> None:
    octets = encode(SubmitSm(short_message=b"\x40"), 1)
    assert 'text (gsm7): "¡"' in run("-", piped=octets).stdout
    assert 'text (latin1): "@"' in run("-", "--alphabet", "latin1", piped=octets).stdout


def test_no_control_of_a_terminal_leaves() -> None:
    evil = "\x1b[2J\u202e\x07\x85"
    octets = encode(
        SubmitSm(source_addr="\x1b]0;x\x07", data_coding=8, short_message=evil.encode("utf-16-be")),
        1,
    )
    told = run("-", piped=octets).stdout
    assert {unicodedata.category(c) for c in told if c != "\n"}.isdisjoint({"Cc", "Cf"})
    assert run("-", "--json", piped=octets).stdout.isascii()


def test_a_password_is_never_shown() -> None:
    octets = encode(BindTransceiver("carrier", "S3cr3t!"), 1)
    for shape in ((), ("--json",)):
        for sent in (octets, octets[:-9], octets[:30], b"\0\0\0\0" + octets[4:]):
            told = run("-", *shape, piped=sent).stdout
            assert "S3cr3" not in told
            assert b"S3cr3".hex() not in told
            assert b"S3cr3".hex(" ") not in told


@pytest.mark.parametrize(
    ("arguments", "piped", "said"),
    [
        ((), b"", "there are no octets"),
        (("-",), b" \n", "there are no octets in that"),
        (("no-such-file",), b"", "there is no such file, and as hexadecimal line 1, column 1"),
        (("-",), b"hello", "line 1, column 1 is no hexadecimal digit"),
        (("-",), pcap([frame(TEXT, 1)])[:-1], "the capture ends within packet 1"),
        (("-", "--port", "9"), pcap([frame(TEXT, 1)]), "--port names one of: 2775, 40000"),
        (("-",), pcap([]), "--port names one of: none"),
        (("-", "--alphabet", "klingon"), ENQUIRY, "no alphabet is called klingon; there are gsm7"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_ends_with_two(
    arguments: tuple[str, ...], piped: bytes, said: str
) -> None:
    result = run(*arguments, piped=piped)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_file_that_may_not_be_read_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sent"
    path.write_bytes(ENQUIRY)

    def refuse(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    result = run(path)
    assert result.exit_code == 2
    assert "cannot be read: Permission denied" in result.stderr


def test_a_file_beyond_all_measure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sent"
    path.write_bytes(ENQUIRY)
    monkeypatch.setattr("text911.gateway.cli.smpp.SIZE_MAX", 10)
    assert run(path).exit_code == 2


def test_what_was_left_out_of_a_capture_is_said_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "sent.pcap"
    fragment = ipv4(tcp(b"x", 1), fragment=0x2000)
    path.write_bytes(pcap([ipv4(tcp(ENQUIRY, 1)), fragment], link=101))
    result = run(path)
    assert result.exit_code == 0
    assert "1 time a packet is a fragment of IP" in result.stderr


def test_reading_brings_no_loop_and_nothing_that_computes() -> None:
    code, out, modules = probe("smpp", "decode", ENQUIRY.hex())
    assert code == 0
    assert "enquire_link" in out
    assert modules.isdisjoint(("twisted", "shapely", "numpy", "aiohttp", "sqlite3"))
