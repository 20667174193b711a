"""The doors of the real process: plain and TLS, pins, what a connection may cost, who is let in."""

from __future__ import annotations

import socket
import sqlite3
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from load_tests.processes import free_ports, until
from tests.certificates import in_days, paper
from text911.smpp.codec import encode
from text911.smpp.pdu import BindTransceiver, BindTransceiverResp, Outbind
from text911.smpp.status import Status

from .secured import SEEN_WITHIN, Client, Secured, bind, refused

HOST = "127.0.0.1"
SENTINEL = "s3nt1nel"
CARRIER, OTHER = paper("carrier"), paper("other")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Secured]:
    with Secured(tmp_path / "gateway", failures_in_a_row=4, failure_forgiven_after=60.0) as one:
        yield one


def noise(gateway: Secured) -> list[str]:
    return [line for line in gateway.log.read_text().splitlines() if not line.startswith("{")]


def over_tls(gateway: Secured) -> list[str]:
    return [words for words in gateway.sentences("bind_up") if "over TLSv1.3" in words]


def test_plain_and_tls_side_by_side_and_each_account_as_it_is_configured(
    gateway: Secured,
) -> None:
    gateway.account("plain", "right")
    gateway.account("secure", "right", tls_required=True)
    gateway.account("pinned", "right", tls_pins=[OTHER.fingerprint, CARRIER.key_fingerprint])
    gateway.start()
    with (
        Client(gateway, "plain", "right") as plain,
        Client(gateway, "plain", "right", tls=True) as either,
        Client(gateway, "secure", "right", tls=True) as secure,
        Client(gateway, "pinned", "right", tls=True, shows=CARRIER) as pinned,
    ):
        every = (plain, either, secure, pinned)
        assert [one.status for one in every] == [0] * 4
        assert [one.text(caller=f"1860555{n:04}") for n, one in enumerate(every)] == [0] * 4
        until("three lines", lambda: len(over_tls(gateway)) >= 3, SEEN_WITHIN)
        assert len(over_tls(gateway)) == 3
        for wrong in (
            Client(gateway, "pinned", "right", tls=True),
            Client(gateway, "pinned", "right", tls=True, shows=paper("stolen")),
        ):
            with wrong:
                assert wrong.status == Status.RBINDFAIL
        answers = {
            bind(gateway, name, password)
            for name, password in (("secure", "right"), ("secure", "wrong"), ("nobody", "wrong"))
        }
        assert answers == {refused()}, "octet for octet the same"
    assert noise(gateway) == []


def client_hello() -> bytes:
    """How a TLS handshake begins."""
    out = ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname="a.example")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return out.read()


def test_a_connection_has_so_long_for_its_bind_however_it_drips(gateway: Secured) -> None:
    gateway.account("plain", "right", session_init=1.0)
    gateway.start()
    plain = encode(BindTransceiver("plain", "right"), 1)
    for port, octets in ((gateway.ports.smpp, plain), (gateway.tls_port, client_hello())):
        began, dripped = time.monotonic(), 0
        with socket.create_connection(("127.0.0.1", port), SEEN_WITHIN) as link:
            link.settimeout(0.1)
            while True:
                try:
                    link.sendall(octets[dripped : dripped + 1])
                    dripped += 1
                    if not link.recv(100):
                        break
                except TimeoutError:
                    continue
                except ConnectionError:
                    break
            took = time.monotonic() - began
        assert took > 0.9, "no sooner"
        assert dripped < len(octets), "from the connection on, not from the last octet"
    assert noise(gateway) == []


def test_who_has_not_bound_gets_little_room(gateway: Secured) -> None:
    gateway.account("plain", "right")
    gateway.start()
    with socket.create_connection(("127.0.0.1", gateway.ports.smpp), SEEN_WITHIN) as link:
        link.sendall((1025).to_bytes(4) + encode(BindTransceiver("plain", "right"), 7)[4:])
        octets = b""
        while more := link.recv(100):
            octets += more
    assert octets == bytes.fromhex("00000010 80000000 00000002 00000007")
    places = [
        socket.create_connection(("127.0.0.1", gateway.ports.smpp), SEEN_WITHIN) for _ in range(20)
    ]
    try:
        with socket.create_connection(("127.0.0.1", gateway.ports.smpp), SEEN_WITHIN) as one_more:
            assert one_more.recv(1) == b"", "an address has twenty places without a bind"
    finally:
        for place in places:
            place.close()


def test_an_address_is_locked_out_and_never_a_carrier(gateway: Secured) -> None:
    gateway.account("plain", "right", allowed_networks=["127.0.0.1/32"], max_binds=1)
    gateway.start()
    stranger = "127.0.0.9"
    for _ in range(4):
        assert bind(gateway, "plain", "right", stranger) == refused()
    assert bind(gateway, "plain", "right", stranger) == b"", "not even a word"
    took: list[float] = []
    for _ in range(5):
        began = time.monotonic()
        assert bind(gateway, "plain", "wrong") == refused()
        took.append(time.monotonic() - began)
    assert sum(took) > 1.0, "the last two were answered late"
    began = time.monotonic()
    with Client(gateway, "plain", "right") as good:
        assert good.status == 0
        assert time.monotonic() - began < took[-1], "a good bind waits for nothing"
        assert bind(gateway, "plain", "right") == refused(Status.RALYBND)
    alarms = gateway.status()["alarms"]
    (locked,) = [one for one in alarms if one["key"] == "lockout"]
    assert "127.0.0.1" in locked["sentence"]
    assert "Plain" in locked["sentence"]


def test_a_password_is_written_nowhere(gateway: Secured) -> None:
    file = gateway.account("plain", SENTINEL)
    gateway.start()
    with Client(gateway, "plain", SENTINEL, tls=True) as one:
        assert one.text() == 0
        for name, password in (
            ("plain", SENTINEL[:-1] + "x"),
            ("nobody", SENTINEL),
            (SENTINEL, SENTINEL),
        ):
            assert bind(gateway, name, password) == refused()
        octets = encode(BindTransceiver("plain", SENTINEL), 2)
        with socket.create_connection(("127.0.0.1", gateway.ports.smpp), SEEN_WITHIN) as link:
            link.sendall(octets[:20] + octets[20:].replace(b"\0", b"\xff"))  # a body that is none
            link.recv(100)
        file.write_text(file.read_text().replace('"file:', '"fil:'))
        gateway.reloads("configuration_refused")
        file.write_text(file.read_text().replace('"fil:', '"file:') + "\n[acount]\n")
        gateway.reloads("configuration_refused")
        gateway.account("plain", "another", SENTINEL)
        gateway.reloads()
        gateway.account("plain", "another")
        gateway.reloads()
        assert one.is_dismissed()
    said = [
        gateway.metrics(),
        str(gateway.status()),
        gateway.command("smpp", "decode", octets.hex()).stdout,
        gateway.command("check", str(gateway.directory)).stdout,
        gateway.command("status", str(gateway.directory)).stdout,
    ]
    assert "system_id" in said[2]
    assert gateway.stop() == 0
    nowhere(gateway, said)


def test_nor_is_one_that_we_give_or_ask_for(gateway: Secured) -> None:
    """To a message centre that refuses it at first, to who is to bind, from who asks us to."""
    (asked,) = free_ports(1)
    listening = [socket.create_server((HOST, 0)) for _ in range(2)]
    with listening[0] as centre, listening[1] as esme:
        file = gateway.account("plain", "right")
        secret = gateway.directory / "secrets" / "sites"
        secret.touch(mode=0o600)
        secret.write_text(SENTINEL)
        file.write_text(
            file.read_text()
            + site("connect", centre)
            + site("outbind", esme)
            + '\n[[await_outbind]]\nasks_as = "smsc"\nbind_as = "receiver"\n'
            + 'asks_with = "file:secrets/sites"\n'
        )
        main = gateway.directory / "gateway.toml"
        main.write_text(main.read_text() + f'\n[outbind]\nhost = "{HOST}"\nport = {asked}\n')
        gateway.start()
        with heard(esme) as link:
            assert SENTINEL.encode() in link.recv(1_000)
        for status, event in ((Status.RINVPASWD, "carrier_unreached"), (Status.ROK, "bind_up")):
            with heard(centre) as link:
                octets = link.recv(1_000)
                assert SENTINEL.encode() in octets
                number = int.from_bytes(octets[12:16])
                link.sendall(encode(BindTransceiverResp("smsc"), number, status))
                until(event, partial(gateway.sentences, event), SEEN_WITHIN)
        for password in (SENTINEL[:-1] + "x", SENTINEL):
            with socket.create_connection((HOST, asked), SEEN_WITHIN) as link:
                link.sendall(encode(Outbind("smsc", password), 1))
                assert b"right" in link.recv(100) or password != SENTINEL
        said = [gateway.metrics(), str(gateway.status())]
        for command in ("check", "status"):
            said.append(gateway.command(command, str(gateway.directory)).stdout)
    assert gateway.stop() == 0
    nowhere(gateway, said)


def site(table: str, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    return (
        f'\n[[{table}]]\nhost = "{HOST}"\nport = {port}\nretry_first = 0.1\n'
        'system_id = "us"\npassword = "file:secrets/sites"\n'
    )


def heard(listening: socket.socket) -> socket.socket:
    listening.settimeout(SEEN_WITHIN)
    link, _ = listening.accept()
    link.settimeout(SEEN_WITHIN)
    return link


def nowhere(gateway: Secured, said: list[str]) -> None:
    """Neither in what it said, nor in any file of it, nor in what its journal holds."""
    for text in said:
        assert_nothing_of_it(text.encode())
    written = [path for path in gateway.folder.rglob("*") if path.is_file()]
    written = [path for path in written if path.parent.name != "secrets"]
    assert any(path.suffix == ".journal" for path in written)
    for path in written:
        assert_nothing_of_it(path.read_bytes())
    with closing(sqlite3.connect(next(gateway.directory.glob("journal/*.journal")))) as journal:
        for line in journal.iterdump():
            assert_nothing_of_it(line.encode())


def assert_nothing_of_it(octets: bytes) -> None:
    """A system_id that is the password is one that nobody has: it is not written either."""
    for form in (SENTINEL.encode(), SENTINEL.encode().hex().encode(), SENTINEL[:-1].encode()):
        at = octets.lower().find(form)
        assert at < 0, octets[max(0, at - 100) : at + 20]


def test_the_end_of_our_certificate_is_an_alarm_in_words(gateway: Secured) -> None:
    gateway.shows(paper("gateway", end=in_days(6.5)))
    gateway.account("plain", "right")
    gateway.start()
    (alarm,) = [one for one in gateway.status()["alarms"] if one["key"].startswith("certificate")]
    assert alarm["severity"] == "critical"
    assert "6 days" in alarm["sentence"]
    gateway.shows(paper("gateway"))
    gateway.reloads()

    def over() -> bool:
        return not any(a["key"].startswith("certificate") for a in gateway.status()["alarms"])

    until("the alarm is over", over, SEEN_WITHIN)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("gone", "tls/ours.key cannot be read"),
        ("mode", "chmod 600"),
        ("expired", "has run out on 2021-01-01"),
        ("swapped", "do not belong together"),
        ("pin", "64 hexadecimal digits"),
    ],
)
def test_check_names_what_is_wrong(gateway: Secured, what: str, words: str) -> None:
    key = gateway.directory / "tls" / "ours.key"
    gateway.account("plain", "right")
    match what:
        case "gone":
            key.unlink()
        case "mode":
            key.chmod(0o640)
        case "expired":
            gateway.shows(paper(end=paper().certificate.not_valid_before_utc.replace(year=2021)))
        case "swapped":
            key.write_bytes(OTHER.secret)
        case _:
            gateway.account("plain", "right", tls_pins=["ab:cd"])
    done = gateway.command("check", str(gateway.directory))
    assert done.returncode == 1
    assert words in done.stdout
    assert "1 fault;" in done.stdout
