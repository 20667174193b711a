"""`text911 smpp conform` against the gateway as it runs, and against servers that do it wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from load_tests.gateway import ROOT, Carrier, Gateway
from tests.certificates import paper

from .secured import Secured

CARRIER = Carrier(
    "conform", "secret1", location={"source": "profile", "default_psap": "hartford-region"}
)
RUN_WITHIN = 120.0  # s


def command(port: int, *arguments: str) -> list[str]:
    account = ["--system-id", CARRIER.name, "--password-env", "CONFORM_PASSWORD"]
    where = ["smpp", "conform", "127.0.0.1", str(port), *account]
    return [sys.executable, "-m", "text911", *where, *arguments]


ENVIRONMENT = {**os.environ, "CONFORM_PASSWORD": CARRIER.password}


def conform(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(port, *arguments),
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=RUN_WITHIN,
        check=False,
    )


def told(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cases by id, and the sum."""
    objects = [json.loads(line) for line in text.splitlines()]
    return {one["id"]: one for one in objects[:-1]}, objects[-1]["score"]


def test_the_gateway_passes_every_case(tmp_path: Path) -> None:
    with Gateway(tmp_path / "gateway", [CARRIER]) as gateway:
        gateway.start()
        port = gateway.ports.smpp
        # What waits for time-outs waits beside the rest.
        waiting = [
            subprocess.Popen(
                command(port, "--only", name, "--json", "--bind", "trx"),
                cwd=ROOT,
                env=ENVIRONMENT,
                stdout=subprocess.PIPE,
                text=True,
            )
            for name in ("slow.silent", "slow.dripper", "slow.enquirer", "slow.after-a-pause")
        ]
        quick = conform(port, "--to", "911", "--json")
        slow = [process.communicate(timeout=RUN_WITHIN)[0] for process in waiting]
        noise = [one for one in gateway.log.read_text().splitlines() if not one.startswith("{")]
        assert gateway.ready
    assert noise == []
    cases, score = told(quick.stdout)
    for text in slow:
        cases |= told(text)[0]
    assert {name: one["findings"] for name, one in cases.items() if not one["passed"]} == {}
    assert score["passed"] == score["cases"] >= 400
    assert len(cases) == score["cases"] + 4
    assert quick.returncode == 0
    assert CARRIER.password not in quick.stdout + quick.stderr


def test_over_tls_with_certificates_of_both_sides_it_is_the_same(tmp_path: Path) -> None:
    ours = paper("tester")
    with Secured(tmp_path / "gateway") as gateway:
        gateway.account(CARRIER.name, CARRIER.password, tls_pins=[ours.key_fingerprint])
        gateway.start()
        chain, key = ours.write(tmp_path, "tester")
        shown = ["--tls-certificate", str(chain), "--tls-key", str(key)]
        pinned = ["--tls", "--tls-pin", gateway.paper.fingerprint]
        groups = ["bind", "cut.submit_sm", "glue", "length", "unknown", "password"]
        only = [word for name in groups for word in ("--only", name)]
        tried = conform(gateway.tls_port, *pinned, *shown, *only, "--json")
        impostor = ["--tls", "--tls-pin", paper("other").fingerprint]
        elsewhere = conform(gateway.tls_port, *impostor, *shown, *only)
        unproven = conform(gateway.tls_port, *pinned, *only)
    cases, score = told(tried.stdout)
    assert {name: one["findings"] for name, one in cases.items() if not one["passed"]} == {}
    assert score["passed"] == score["cases"] >= 60
    assert elsewhere.returncode == 2
    assert "its certificate is none of --tls-pin: nothing was sent" in elsewhere.stderr
    assert unproven.returncode == 2
    assert "the bind before the case is refused with 0xd" in unproven.stderr


# --- servers that do it wrong --------------------------------------------------------------------

Answer = Callable[[bytes], bytes]


@contextmanager
def server(answer: Answer) -> Generator[int]:
    """A server that cuts what comes into PDUs as command_length says, and answers each by
    `answer`."""
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listening, answer))
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()


def serve(listening: socket.socket, answer: Answer) -> None:
    with suppress(OSError):
        while True:
            link, _ = listening.accept()
            with closing(link), suppress(OSError):
                converse(link, answer)


def converse(link: socket.socket, answer: Answer) -> None:
    held = b""
    while octets := link.recv(65_536):
        held += octets
        while len(held) >= 16 and 16 <= int.from_bytes(held[:4]) <= len(held):
            length = int.from_bytes(held[:4])
            if (back := answer(held[:length])) == b"close":
                return
            link.sendall(back)
            held = held[length:]


def yes(octets: bytes) -> bytes:
    """ESME_ROK to whatever it is, with a body that fits."""
    if octets[4] & 0x80:
        return b""
    body = b"1\0" if octets[7] in (1, 2, 4, 9) or octets[6:8] == b"\1\3" else b""
    length = (16 + len(body)).to_bytes(4)
    return length + b"\x80" + octets[5:8] + bytes(4) + octets[12:16] + body


def silent(octets: bytes) -> bytes:
    return yes(octets) if octets[4:8] == b"\0\0\0\x09" else b""


def hasty(octets: bytes) -> bytes:
    """Binds, and hangs up at anything else."""
    return yes(octets) if octets[7] in (1, 2, 9) else b"close"


def test_a_server_that_says_yes_to_everything_is_told_so_case_by_case() -> None:
    with server(yes) as port:
        result = conform(port, "--only", "cut.submit_sm", "--only", "glue", "--only", "password")
    assert result.returncode == 1
    text = result.stdout
    assert "glue        4 of   4  all passed" in text
    assert "FAILED cut.submit_sm.esm_class (critical): submit_sm that ends before esm_class" in text
    assert "  got       submit_sm_resp ESME_ROK, sequence_number 0x21" in text
    assert "  rule      SMPP v3.4, 3.2 and 4: a PDU without all its mandatory parameters" in text
    assert "FAILED password.wrong (critical)" in text
    assert CARRIER.password not in text


def test_a_server_that_is_silent_costs_its_time_out_and_fails() -> None:
    with server(silent) as port:
        result = conform(
            port, "--bind", "trx", "--only", "transceiver.enquire_link", "--patience", "0.3"
        )
    assert result.returncode == 1
    assert "no answer, the connection stays open, and nothing is answered on it" in result.stdout


def test_a_server_that_hangs_up_fails_where_the_session_is_to_be_kept() -> None:
    with server(hasty) as port:
        result = conform(port, "--only", "unknown.0x0", "--only", "receiver.submit_sm", "--json")
    cases, score = told(result.stdout)
    assert result.returncode == 1
    assert score["passed"] == 0
    assert score["broke"] == {"specification": 2, "manners": 0, "house": 0}
    ends = [one["findings"][-1] for one in cases.values()]
    assert {(end["got"], end["origin"]) for end in ends} == {
        ("the connection is closed", "manners")
    }


def test_a_port_where_something_else_answers_is_one_sentence_and_no_failure() -> None:
    with server(lambda _: b"HTTP/1.0 400 Bad Request\r\n\r\n") as port:
        result = conform(port)
    assert (result.returncode, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert "it speaks HTTP, not SMPP; check that 127.0.0.1:" in line
    assert "say --tls if it is one for TLS" in line


def test_an_account_that_is_refused_cannot_be_tried() -> None:
    binds: list[bytes] = []

    def refuse(octets: bytes) -> bytes:
        binds.append(octets)
        return yes(octets)[:8] + (0x0D).to_bytes(4) + yes(octets)[12:]

    with server(refuse) as port:
        result = conform(port)
    assert result.returncode == 2
    assert "nothing can be tried: the bind before the case is refused with 0xd" in result.stderr
    assert "check --system-id, the password" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert len(binds) == 3, "a wrong password is said once for each kind of bind"


def test_a_bind_that_the_account_does_not_allow_is_left_out() -> None:
    def no_receiver(octets: bytes) -> bytes:
        answer = yes(octets)
        return answer if octets[7] != 1 else answer[:8] + (0x0D).to_bytes(4) + answer[12:]

    with server(no_receiver) as port:
        result = conform(port, "--only", "bind")
        asked = conform(port, "--only", "bind", "--bind", "rx")
    assert "rx is left out" in result.stderr
    assert "bind.receiver" not in result.stdout
    assert asked.returncode == 2
