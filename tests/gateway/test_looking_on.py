"""What happens to binds reaches the health log and who watches; a watcher is told what there is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tests.gateway.edges.world import CARRIER, World
from text911.gateway.looking_on import LookingOn
from text911.gateway.onboarding.lines import Happening
from text911.gateway.onboarding.settings import CertificationSettings
from text911.gateway.onboarding.watched import Scope
from text911.gateway.onboarding.watcher import Watcher
from text911.gateway.operations.health_log import Happened


@dataclass
class Log:
    lines: list[tuple[Happened, str]] = field(default_factory=list[tuple[Happened, str]])

    def changed(self, what: Happened, words: str = "", **_fields: Any) -> None:
        self.lines.append((what, words))


@dataclass
class Configured:
    carriers: tuple[Any, ...]


class Gateway:
    """As much of it as is looked at."""

    def __init__(self) -> None:
        self.world = World()
        tests = CertificationSettings(short_codes=["9110"])
        self.configuration = Configured((replace(CARRIER, certification=tests),))
        self.log = Log()
        self.carriers = self.world.carriers
        self.utc = self.world.utc


def stage() -> tuple[Gateway, LookingOn, Watcher]:
    gateway = Gateway()
    looking_on = LookingOn(gateway)  # type: ignore[arg-type]
    watcher = Watcher("one", Scope.HIDDEN, frozenset(), frozenset())
    assert looking_on.lookout.watch(watcher)
    return gateway, looking_on, watcher


def test_what_happens_is_logged_and_told_and_the_bind_is_listened_to() -> None:
    gateway, looking_on, watcher = stage()
    peer = gateway.world.bind()
    looking_on.happened(Happened.BIND_UP, "One has bound", carrier="one", peer="127.0.0.1")
    assert gateway.log.lines == [(Happened.BIND_UP, "One has bound")]
    peer.text()
    first, second, *_ = watcher.take(10)
    assert isinstance(first, Happening)
    assert (first.words, first.peer) == ("One has bound", "127.0.0.1")
    assert b"help" not in bytes.fromhex(getattr(second, "octets", ""))


def test_a_bind_that_is_refused_is_told_also_when_nobody_knows_the_peer() -> None:
    _, looking_on, watcher = stage()
    looking_on.happened(Happened.BIND_REFUSED, "nobody has it", carrier="", peer="192.0.2.1")
    looking_on.happened(Happened.BIND_REFUSED, "two", carrier="two", peer="192.0.2.2")
    (one,) = watcher.take(10)
    assert isinstance(one, Happening)
    assert one.what == "bind_refused"


def test_who_begins_to_watch_is_told_the_addresses_and_the_binds() -> None:
    gateway, looking_on, _ = stage()
    gateway.world.bind()
    begun = looking_on.begun("one", "hidden")
    assert begun is not None
    assert (begun.display, begun.short_codes, begun.tests) == ("Carrier One", ("911",), ("9110",))
    assert [bind.mode for bind in begun.binds] == ["transceiver"]
    assert begun.binds[0].version == 0x34
    assert looking_on.begun("nobody", "hidden") is None
    assert looking_on.binds("nobody") == ()
