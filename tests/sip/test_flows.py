"""Ways to a peer, chance, and who is heard."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from text911.sip.flows import Flow, flow_to, fraction
from text911.sip.uri import SipUri

from .wire import Dice, settings

HERE = ("192.0.2.1", 5060)


@pytest.mark.parametrize(
    ("uri", "usual", "transport", "remote"),
    [
        (SipUri("sip", "", "h"), "UDP", "UDP", ("h", 5060)),
        (SipUri("sip", "", "h", 5070), "TCP", "TCP", ("h", 5070)),
        (SipUri("sip", "", "h"), "TLS", "TLS", ("h", 5061)),
        (SipUri("sip", "", "h", None, (("transport", "tcp"),)), "UDP", "TCP", ("h", 5060)),
        (SipUri("sip", "", "h", None, (("transport", "udp"),)), "TLS", "UDP", ("h", 5060)),
        (SipUri("sips", "", "[2001:db8::1]"), "UDP", "TLS", ("2001:db8::1", 5061)),
    ],
)
def test_the_way_to_a_uri(uri: SipUri, usual: str, transport: str, remote: tuple[str, int]) -> None:
    found = flow_to(uri, HERE, usual)  # type: ignore[arg-type]
    assert (found.transport, found.remote, found.local) == (transport, remote, HERE)
    assert found.reliable is (transport != "UDP")


def test_a_stream_without_a_number_is_any_to_the_same_place() -> None:
    first, second = (Flow("TCP", HERE, ("h", 5060), at) for at in (1, 2))
    asked = Flow("TCP", HERE, ("h", 5060))
    assert asked.same_way(first)
    assert first.same_way(asked)
    assert first.same_way(first)
    assert not first.same_way(second)
    assert not asked.same_way(Flow("UDP", HERE, ("h", 5060)))
    assert str(asked) == "TCP h:5060"


def test_a_fraction_is_less_than_one() -> None:
    dice = Dice(1)
    assert all(0 <= fraction(dice) < 1 for _ in range(100))


@pytest.mark.parametrize(
    ("host", "heard"),
    [
        ("192.0.2.7", True),
        ("::ffff:192.0.2.7", True),
        ("198.51.100.1", False),
        ("2001:db8::7", True),
        ("fe80::1%eth0", False),
        ("trunk.example.net", False),
    ],
)
def test_only_peers_are_heard(host: str, heard: bool) -> None:
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert settings("192.0.2.1", peers=networks).hears((host, 5060)) is heard


def test_nobody_is_heard_where_nobody_is_named() -> None:
    assert not settings("192.0.2.1", peers=()).hears(("192.0.2.7", 5060))
