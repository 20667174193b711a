"""Who looks on is told what concerns them and costs the gateway nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from text911.gateway.onboarding import lookout as module
from text911.gateway.onboarding.dialect import LOOKED_AT_MAX
from text911.gateway.onboarding.lines import (
    Begun,
    Bind,
    Happening,
    Line,
    Lost,
    Seen,
    Still,
    decode,
    encode,
)
from text911.gateway.onboarding.lookout import Lookout
from text911.gateway.onboarding.watched import Scope
from text911.gateway.onboarding.watcher import Watcher
from text911.smpp.codec import encode as pdu_octets
from text911.smpp.pdu import (
    SubmitSm,
)
from text911.smpp.tap import NOBODY, Tap

TEXT = pdu_octets(
    SubmitSm(source_addr="18605550142", destination_addr="911", short_message=b"help"), 7
)
TEST = pdu_octets(
    SubmitSm(source_addr="18605550142", destination_addr="9110", short_message=b"T1"), 8
)
OURS, TESTS = frozenset({b"911", b"9110"}), frozenset({b"9110"})


@dataclass
class Link:
    id: str = "x-1"
    owed: int = 0
    interface_version: int = 0x34
    is_ours: bool = False
    ear: Tap = NOBODY
    taps: int = 0

    def tap(self, tap: Tap) -> None:
        self.ear, self.taps = tap, self.taps + 1


@dataclass
class Stage:
    scope: Scope = Scope.HIDDEN
    woken: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.lookout = Lookout(lambda: 100.0)
        self.link = Link()
        self.lookout.binds([("one", self.link)])
        self.watcher = Watcher("one", self.scope, OURS, TESTS, lambda: self.woken.append(1))
        assert self.lookout.watch(self.watcher)

    def lines(self) -> list[Line]:
        return self.watcher.take(10_000)

    def octets(self) -> list[bytes]:
        return [bytes.fromhex(one.octets) for one in self.lines() if isinstance(one, Seen)]


def test_what_happens_to_binds_is_told_to_those_whom_it_concerns() -> None:
    stage = Stage()
    stage.lookout.tell("one", "bind_up", "One has bound")
    stage.lookout.tell("two", "bind_up", "Two has bound")
    stage.lookout.tell("", "bind_refused", "", "192.0.2.1")
    told = [one.words or one.peer for one in stage.lines() if isinstance(one, Happening)]
    assert told == ["One has bound", "192.0.2.1"]


def test_a_bind_is_tapped_once_and_other_carriers_are_not_shown() -> None:
    stage = Stage()
    other = Link("x-2")
    stage.lookout.binds([("one", stage.link), ("two", other)])
    assert (stage.link.taps, other.taps) == (1, 1)
    other.ear.heard([TEXT])
    assert stage.lines() == []
    stage.lookout.binds([("two", other)])
    stage.lookout.binds([("one", stage.link)])
    assert stage.link.taps == 2


def test_only_so_many_watch_and_who_leaves_makes_room() -> None:
    stage = Stage()
    others = [Watcher("one", Scope.HIDDEN, OURS, TESTS) for _ in range(module.WATCHERS_MAX)]
    assert [stage.lookout.watch(one) for one in others] == [True, True, True, False]
    assert len(stage.lookout) == module.WATCHERS_MAX
    for one in (stage.watcher, *others[:3]):
        stage.lookout.leave(one)
    assert not stage.lookout.is_watched
    stage.link.ear.heard([TEXT])
    stage.link.ear.said([TEXT])
    assert stage.lines() == []


def test_what_nobody_watches_is_counted_all_the_same() -> None:
    stage = Stage()
    stage.lookout.leave(stage.watcher)
    stage.link.ear.heard([TEXT])
    assert stage.lookout.dialect("one").figures().of("data_coding", "00") == 1
    assert stage.lookout.dialect("two").figures().looked_at == 0


def test_in_a_flood_the_clock_is_not_looked_at_for_every_turn() -> None:
    stage = Stage()
    for _ in range(200):
        stage.link.ear.heard([TEXT])
    figures = stage.lookout.dialect("one").figures()
    assert (figures.looked_at, figures.passed_over) == (LOOKED_AT_MAX, 200 - LOOKED_AT_MAX)


@pytest.mark.parametrize(
    "line",
    [
        Begun(1.0, "one", "One", "hidden", "gsm7", ("911",), (), (Bind("x", "receiver", 1.0),)),
        Seen(1.0, "x", True, "00"),
        Happening(1.0, "bind_up", "words"),
        Lost(3),
        Still(1.0),
    ],
)
def test_every_line_survives_its_way(line: Line) -> None:
    assert decode(encode(line)) == line
