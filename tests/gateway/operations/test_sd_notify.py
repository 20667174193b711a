"""What systemd hears, on a socket of our own standing in for its."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from text911.gateway.operations.sd_notify import Notifier, watchdog_interval


@pytest.fixture
def ears(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(30)
        yield listening


def test_every_message_is_one_datagram(ears: socket.socket) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": ears.getsockname()})
    assert notifier.ready()
    assert notifier.watchdog()
    assert notifier.status("2 of 2 carriers\nREADY=0")
    assert notifier.reloading(123)
    assert notifier.stopping()
    assert [ears.recv(4096).decode() for _ in range(5)] == [
        "READY=1",
        "WATCHDOG=1",
        "STATUS=2 of 2 carriers READY=0",
        "RELOADING=1\nMONOTONIC_USEC=123",
        "STOPPING=1",
    ]


def test_an_abstract_name_begins_with_an_at_sign(tmp_path: Path) -> None:
    name = f"text911-test-{tmp_path.name}-{id(tmp_path)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(30)
        assert Notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert listening.recv(100) == b"READY=1"


def test_without_a_socket_nothing_is_sent() -> None:
    assert not Notifier({}).ready()


def test_a_socket_that_is_gone_does_no_harm(tmp_path: Path) -> None:
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).watchdog()


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "10000000"}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "42"}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "43"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_twice_per_interval_and_only_by_who_is_watched(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert watchdog_interval(environ, 42) == seconds
