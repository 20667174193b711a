"""The shell around the hub: order is kept, a wrong frame costs its own link, one timer is armed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.desk import Desk
from text911.psap_adapters.console.frames import BAD_FRAME, GOING_AWAY
from text911.psap_adapters.console.link import Link
from text911.psap_adapters.console.sessions import Account, Session, Sessions

from .play import PSAP, item, leg, measure, offer, reply, settings


class Nowhere:
    """Below a link whose frames are heard before they reach a socket."""

    async def send_str(self, data: str) -> None:
        raise AssertionError(data)

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        raise AssertionError((code, message))

    def abort(self) -> None:
        raise AssertionError


class Browser(Link):
    """Keeps what it is sent, and the first reason for its end."""

    def __init__(self, name: str) -> None:
        super().__init__(name, Nowhere(), Nowhere(), queue_max=1_000_000, slow_after=10.0)
        self.heard: list[dict[str, Any]] = []
        self.ended: list[tuple[int, str]] = []

    def push(self, frame: bytes) -> None:
        self.heard.append(json.loads(frame))

    def close(self, code: int, reason: str) -> None:
        self.ended.append((code, reason))

    def types(self) -> list[str]:
        return [frame["type"] for frame in self.heard]


def discard(_sessions: tuple[Session, ...]) -> None:
    """Nothing outlives these tests."""


class Room:
    def __init__(
        self, *logged_in: str, started: bool = True, back_within: float | None = None
    ) -> None:
        self.now = 1000.0
        terms = settings()
        if back_within is not None:
            terms = terms.model_copy(update={"back_within": back_within})
        self.sessions = Sessions(3600.0, discard)
        for user in logged_in:
            self.sessions.begin(Account(PSAP, user), "proof", self.now)
        self.desk = Desk(PSAP, terms, measure, lambda: self.now, self.sessions)
        self.reports: list[port.Report] = []
        self.causes: list[bytes] = []
        self.then: Callable[[port.Report], None] = lambda _report: None
        if started:
            self.desk.start(self.report)

    def report(self, report: port.Report, cause: bytes) -> None:
        self.reports.append(report)
        self.causes.append(cause)
        self.then(report)

    def enter(self, user: str) -> Browser:
        browser = Browser(f"{user}-1")
        self.desk.attach(browser)
        self.say(browser, user, {"type": "hello", "version": frames.VERSION})
        return browser

    def say(self, browser: Browser, user: str, frame: dict[str, Any]) -> None:
        self.desk.hear(browser, user, json.dumps(frame).encode())

    def last(self) -> port.Availability:
        return [one for one in self.reports if isinstance(one, port.Availability)][-1]


def test_before_the_gateway_is_ready_a_browser_is_told_to_come_again() -> None:
    room = Room(started=False)
    browser = room.enter("op1")
    assert browser.ended == [(GOING_AWAY, "The gateway is not ready. Come again.")]
    assert browser.heard == []


def test_who_comes_is_welcomed_and_the_gateway_is_told() -> None:
    room = Room()
    assert not room.last().reachable
    browser = room.enter("op1")
    assert browser.types()[0] == "welcome"
    assert (room.last().reachable, room.last().people) == (True, 1)


@pytest.mark.parametrize(
    "raw",
    [b"", b"no json", b'{"type":"dance"}', b'{"type":"ping"}', b"\xff", b'{"type":"hello"}'],
)
def test_a_wrong_frame_ends_its_own_link_and_no_other(raw: bytes) -> None:
    room = Room()
    wrong, other = room.enter("op1"), room.enter("op2")
    room.desk.hear(wrong, "op1", raw)
    ((code, reason),) = wrong.ended
    assert code == BAD_FRAME
    assert reason
    assert other.ended == []


def test_a_frame_goes_with_the_report_that_it_caused() -> None:
    room = Room()
    browser = room.enter("op1")
    room.desk.offer(offer(item(0)))
    frame = {"type": "answer", "leg": "d1/0"}
    room.say(browser, "op1", frame)
    assert room.reports[-1] == port.Answered(leg(), "op1")
    assert json.loads(room.causes[-1]) == frame


def test_what_a_report_makes_the_gateway_say_comes_after_what_was_said_before() -> None:
    """The gateway may answer a report before `report` returns."""
    room = Room()
    browser = room.enter("op1")

    def answer(report: port.Report) -> None:
        match report:
            case port.Answered():
                room.desk.update(leg(), port.AnsweredBy("op1", room.now))
                room.desk.give(leg(), item(8, "second floor"))
            case port.Wrote(key=key):
                room.desk.give(leg(), reply(16, key))
            case _:
                pass

    room.then = answer
    room.desk.offer(offer(item(0)))
    browser.heard.clear()
    room.say(browser, "op1", {"type": "answer", "leg": "d1/0"})
    room.say(browser, "op1", {"type": "write", "leg": "d1/0", "key": "k1", "text": "where?"})
    assert browser.types() == ["owner", "line", "line"]
    assert [frame["line"]["sequence"] for frame in browser.heard[1:]] == [8, 16]


def test_a_fault_of_the_gateway_s_reaches_the_top_and_the_next_turn_goes_on() -> None:
    room = Room()
    browser = room.enter("op1")

    def fail(_report: port.Report) -> None:
        raise RuntimeError("a fault of ours")

    room.desk.offer(offer(item(0)))
    room.then = fail
    with pytest.raises(RuntimeError, match="a fault of ours"):
        room.say(browser, "op1", {"type": "answer", "leg": "d1/0"})
    room.then = lambda _report: None
    browser.heard.clear()
    room.desk.update(leg(), port.AnsweredBy("op1", room.now))
    assert "owner" in browser.types()


def test_both_ways_to_close_a_leg_say_why() -> None:
    room = Room()
    browser = room.enter("op1")
    for close, reason in ((room.desk.withdraw, "too late"), (room.desk.end, "over")):
        room.desk.offer(offer(item(0)))
        close(leg(), reason)
        assert browser.heard[-1] == {"type": "closed", "leg": "d1/0", "reason": reason}


def test_after_a_stop_every_browser_is_sent_away_and_nothing_is_reported() -> None:
    room = Room()
    browser, other = room.enter("op1"), room.enter("op2")
    room.desk.stop()
    assert [one.ended for one in (browser, other)] == [
        [(GOING_AWAY, "The gateway stops. Come again.")]
    ] * 2
    before = list(room.reports)
    room.desk.detach(browser, "op1")
    room.desk.detach(other, "op2")
    room.desk.offer(offer(item(0)))
    assert room.reports == before
    room.desk.stop()


def test_new_settings_end_the_sessions_of_who_is_gone_from_them_and_no_others() -> None:
    room = Room()
    for user in ("op1", "op2"):
        room.sessions.begin(Account(PSAP, user), "proof", room.now)
    first, second = room.enter("op1"), room.enter("op2")
    old = settings()
    left = tuple(user for user in old.users if user.name != "op1")
    room.desk.replace(old.model_copy(update={"users": left}))
    assert room.sessions.users(PSAP) == {"op2"}
    assert len(first.ended) == 1
    assert second.ended == []
    assert room.desk.settings.users == left


def test_who_holds_an_open_dialogue_is_known_while_it_is_open() -> None:
    room = Room()
    room.enter("op1")
    room.desk.offer(offer(item(0), answered_by="op1"))
    assert room.desk.holds("op1")
    assert not room.desk.holds("op2")
    room.desk.end(leg(), "over")
    assert not room.desk.holds("op1")


def test_who_logged_out_is_gone_at_once() -> None:
    room = Room()
    room.desk.detach(room.enter("op1"), "op1")
    assert not room.last().reachable


def test_who_is_logged_in_is_awaited_and_then_given_up_by_the_timer_alone() -> None:
    async def play() -> None:
        room = Room("op1", back_within=0.05)
        assert room.last().reachable, "on the way back since the start"
        room.desk.detach(room.enter("op1"), "op1")
        assert (room.last().reachable, room.last().people) == (True, 0)
        given_up = asyncio.Event()

        def notice(report: port.Report) -> None:
            if isinstance(report, port.Availability) and not report.reachable:
                given_up.set()

        room.then = notice
        room.now += 0.05
        await given_up.wait()
        assert not room.last().reachable
        room.desk.stop()

    asyncio.run(play())
