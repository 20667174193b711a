"""Which address is heard: never a stranger's, and not a neighbour's once the named one speaks."""

from __future__ import annotations

from text911.sip.source import GONE_AFTER, Source, canonical, is_literal

HOST = "192.0.2.7"
NAMED = (HOST, 4000)
TRANSLATED = (HOST, 50_123)
NEIGHBOUR = (HOST, 6000)
STRANGER = ("203.0.113.9", 4000)


def test_strangers_are_never_heard() -> None:
    source = Source(frozenset({HOST}), NAMED)
    for now in (0.0, 1.0, 100.0):
        assert not source.admits(STRANGER, now)
    assert source.address is None


def test_the_first_port_of_the_callers_host_is_heard_and_then_no_other() -> None:
    source = Source(frozenset({HOST}), NAMED)
    assert source.admits(TRANSLATED, 0.0)
    assert not source.admits(NEIGHBOUR, 0.02)
    assert source.admits(TRANSLATED, 0.04)
    assert source.address == TRANSLATED


def test_the_named_address_takes_over_for_good() -> None:
    source = Source(frozenset({HOST}), NAMED)
    assert source.admits(NEIGHBOUR, 0.0)
    assert source.admits(NAMED, 0.02)
    assert not source.admits(NEIGHBOUR, 0.04)
    assert not source.admits(NEIGHBOUR, 1_000.0)


def test_another_port_is_heard_after_a_silence() -> None:
    source = Source(frozenset({HOST}), NAMED)
    assert source.admits(TRANSLATED, 5.0)
    assert not source.possible(NEIGHBOUR, 5.0 + GONE_AFTER - 0.01)
    assert source.possible(NEIGHBOUR, 5.0 + GONE_AFTER)
    assert source.address == TRANSLATED
    assert source.admits(NEIGHBOUR, 5.0 + GONE_AFTER)
    assert not source.admits(TRANSLATED, 5.1 + GONE_AFTER)


def test_a_peer_that_moves_is_heard_from_where_it_was_until_it_speaks_from_there() -> None:
    source = Source(frozenset({HOST}), NAMED)
    source.admits(NAMED, 0.0)
    source.moves(frozenset({HOST}), (HOST, 4100))
    assert source.admits(NAMED, 0.02)
    assert source.admits((HOST, 4100), 0.04)
    assert not source.admits(NAMED, 0.06)


def test_a_host_that_is_no_longer_the_peers_is_a_strangers() -> None:
    source = Source(frozenset({HOST}), NAMED)
    source.admits(NAMED, 0.0)
    source.moves(frozenset({"192.0.2.8"}), ("192.0.2.8", 4000))
    assert source.address is None
    assert not source.admits(NAMED, 0.02)
    assert source.admits(("192.0.2.8", 4000), 0.04)
    assert source.is_of("192.0.2.8")
    assert not source.is_of(HOST)


def test_an_address_may_be_spelled_as_it_likes() -> None:
    source = Source(frozenset({"2001:DB8:0:0::1"}), ("2001:DB8:0:0::1", 4000))
    assert source.admits(("2001:db8::1", 4000), 0.0)
    assert canonical("media.example.net") == "media.example.net"
    assert is_literal("::1")
    assert not is_literal("media.example.net")


def test_a_source_without_a_named_address_hears_its_hosts() -> None:
    source = Source(frozenset({HOST}))
    assert source.admits(TRANSLATED, 0.0)
    source.moves(frozenset({HOST}), None)
    assert source.address == TRANSLATED
