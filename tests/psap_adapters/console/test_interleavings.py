"""Whatever happens in whatever order: nothing is lost, nothing doubled, nothing shown that was not
acknowledged, and everybody is told the same winner."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from text911.psap_adapters import port
from text911.psap_adapters.console import frames
from text911.psap_adapters.console.hub import Hub
from text911.psap_adapters.console.legs import leg_id
from text911.psap_adapters.console.outputs import Output, Send, Tell

from .play import PSAP, Browser, Room, card, leg, measure, settings

PEOPLE = ("op1", "op2", "boss")
LEGS = (leg("d1"), leg("d2"))
whose = st.sampled_from(PEOPLE)
which = st.sampled_from(LEGS)


class Wire(Room):
    """A room whose frames wait on the wire until they are delivered; a cut loses them.

    `nobody_since`: when the last one left or the gateway restarted; None while somebody is here."""

    def __init__(self) -> None:
        self.waiting: dict[str, list[frames.ServerFrame]] = {}
        self.nobody_since: float | None = None
        super().__init__(logged_in=PEOPLE)

    def carry(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Send):
                for client in output.clients:
                    self.waiting[client].append(output.frame)
            else:
                super().carry((output,))
                match output:
                    case Tell(port.Shown() as shown):
                        self._check_shown(shown)
                    case Tell(port.Refused(one)):
                        self._check_refused(one)
                    case _:
                        pass

    def _check_shown(self, shown: port.Shown) -> None:
        """Somebody here must hold that line on the screen."""
        assert any(
            shown.up_to in browser.held.get(leg_id(shown.leg), {})
            for browser in self.browsers.values()
        )

    def _check_refused(self, one: port.Leg) -> None:
        """Everybody stays logged in, so each gets the time to come back; an answered one more."""
        assert not self.browsers
        assert self.nobody_since is not None
        held = self.hub._legs.get(leg_id(one))  # pyright: ignore[reportPrivateUsage]
        time = 30.0 if held is not None and held.owner else 8.0
        assert self.now - self.nobody_since >= time

    def restart(self) -> None:
        """All links are cut, what was on the wire is lost, and nothing is in memory any more."""
        self.browsers.clear()
        self.waiting.clear()
        self.nobody_since = self.now
        self.hub = Hub(PSAP, settings().terms(), measure)
        self.carry(self.hub.start(self.now, PEOPLE))

    def deliver(self, name: str, count: int) -> None:
        for frame in self.waiting[name][:count]:
            self.browsers[name].hear(frame)
        del self.waiting[name][:count]


class Night(RuleBasedStateMachine):
    """`said`: what the gateway gave for each leg. `asked`: keys each browser waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Wire()
        self.away: dict[str, Browser] = {}
        self.said: dict[port.Leg, list[port.Item]] = {}
        self.shown: dict[port.Leg, int] = {}
        self.to_take_up: list[port.Leg] = []  # open before the restart, not offered again yet
        self.owner: dict[port.Leg, str] = {}
        self.over: set[port.Leg] = set()
        self.asked: dict[str, list[frames.Write]] = {name: [] for name in PEOPLE}
        self.taken: dict[port.Leg, list[str]] = {one: [] for one in LEGS}
        self.heard = 0
        self.keys = 0

    @initialize()
    def everybody_comes(self) -> None:
        for name in PEOPLE:
            self._connect(Browser(name, name))

    def _connect(self, browser: Browser) -> None:
        self.room.waiting[browser.name] = []
        self.room.nobody_since = None
        browser.closed.clear()
        self.room.enter(browser.user, browser)

    # --- the gateway, one report at a time ------------------------------------------------------

    @rule(one=which)
    def ring(self, one: port.Leg) -> None:
        if one in self.said or one in self.over:
            return
        first = port.Item(0, self.room.now, "caller", "help")
        self.said[one] = [first]
        self.room.offer(port.Offer(one, card(), (first,), ring_until=self.room.now + 20))

    @rule(one=which)
    def caller_writes(self, one: port.Leg) -> None:
        if one in self.said and one not in self.over:
            self._give(one, "caller")

    def _give(self, one: port.Leg, kind: str, key: str = "") -> None:
        item = port.Item(
            len(self.said[one]) * 2,  # gaps are allowed
            self.room.now,
            "psap" if kind == "psap" else "caller",
            "words",
            key=key,
        )
        self.said[one].append(item)
        self.room.give(item, one)

    @rule()
    def gateway_hears_one(self) -> None:
        if self.heard == len(self.room.reports):
            return
        report = self.room.reports[self.heard]
        self.heard += 1
        match report:
            case port.Answered(one, by, takeover) if one not in self.over:
                if takeover or one not in self.owner:
                    self.owner[one] = by
                self.room.update(port.AnsweredBy(self.owner[one], self.room.now), one)
            case port.Wrote(one, key) if one not in self.over:
                if key not in self.taken[one]:
                    self.taken[one].append(key)
                    self._give(one, "psap", key)
            case port.Shown(one, up_to):
                self.shown[one] = up_to
            case port.Refused(one):
                self.over.add(one)
            case _:
                pass

    @rule(one=which)
    def gateway_ends(self, one: port.Leg) -> None:
        if one in self.owner and one not in self.over:
            self.over.add(one)
            self.room.close("ended", one)

    @rule(heard=st.booleans())
    def gateway_restarts(self, heard: bool) -> None:
        """What it has not heard or not recorded is lost."""
        while heard and self.heard < len(self.room.reports):
            self.gateway_hears_one()
        self.away.update(self.room.browsers)
        self.room.restart()
        self.heard = len(self.room.reports)
        self.to_take_up = [one for one in self.said if one not in self.over]

    @rule()
    def gateway_takes_up(self) -> None:
        if not self.to_take_up:
            return
        one = self.to_take_up.pop()
        by = self.owner.get(one, "")
        if one not in self.over:
            items, shown = tuple(self.said[one]), self.shown.get(one, -1)
            until = 0.0 if by else self.room.now + 20
            self.room.offer(port.Offer(one, card(), items, shown, by, until))

    # --- browsers -------------------------------------------------------------------------------

    @rule(name=whose, count=st.integers(1, 9))
    def wire_delivers(self, name: str, count: int) -> None:
        if name in self.room.browsers:
            self.room.deliver(name, count)

    @rule(name=whose, one=which, takeover=st.booleans())
    def clicks(self, name: str, one: port.Leg, takeover: bool) -> None:
        if browser := self.room.browsers.get(name):
            self.room.say(browser, frames.Answer(leg_id(one), takeover))

    @rule(name=whose)
    def sees(self, name: str) -> None:
        if browser := self.room.browsers.get(name):
            self.room.say(browser, frames.Seen(browser.resume()))

    @rule(name=whose, one=which, arrives=st.booleans())
    def writes(self, name: str, one: port.Leg, arrives: bool) -> None:
        browser = self.room.browsers.get(name)
        if browser is None or browser.owner.get(leg_id(one)) != name:
            return
        self.keys += 1
        write = frames.Write(leg_id(one), f"k{self.keys}", "Where?")
        self.asked[name].append(write)
        if arrives:
            self.room.say(browser, write)

    @rule(name=whose, delivered=st.integers(0, 9))
    def is_cut_off(self, name: str, delivered: int) -> None:
        if name in self.room.browsers:
            self.room.deliver(name, delivered)
            browser = self.room.browsers[name]
            if len(self.room.browsers) == 1:
                self.room.nobody_since = self.room.now
            self.room.leave(browser)
            del self.room.waiting[name]
            self.away[name] = browser

    @rule(name=whose)
    def comes_back(self, name: str) -> None:
        if browser := self.away.pop(name, None):
            self._connect(browser)

    @rule(seconds=st.sampled_from([1.0, 7.0, 14.0, 16.0, 31.0]))
    def time_passes(self, seconds: float) -> None:
        self.room.wait(seconds)

    # --- what must hold -------------------------------------------------------------------------

    @invariant()
    def availability_is_true(self) -> None:
        people = len({browser.user for browser in self.room.browsers.values()})
        said = [one for one in self.room.reports if isinstance(one, port.Availability)][-1]
        since = self.room.nobody_since
        awaited = since is not None and self.room.now - since < 8.0
        assert (said.people, said.reachable) == (people, people > 0 or awaited)

    def teardown(self) -> None:
        """Everybody comes back, everything is delivered, what has no answer is sent again."""
        while self.to_take_up:
            self.gateway_takes_up()
        for name in PEOPLE:
            self.comes_back(name)
        for _ in range(3):
            while self.heard < len(self.room.reports):
                self.gateway_hears_one()
            for name, browser in self.room.browsers.items():
                self.room.deliver(name, 10_000)
                for write in self.asked[name]:
                    recorded = {
                        line.key for lines in browser.held.values() for line in lines.values()
                    }
                    if write.key not in recorded:
                        browser.asked_again.add(write.key)
                        self.room.say(browser, write)
        for one, items in self.said.items():
            held = self.room.hub._legs.get(leg_id(one))  # pyright: ignore[reportPrivateUsage]
            if held is None or held.closed:
                continue
            assert held.owner == self.owner.get(one, "")
            for browser in self.room.browsers.values():
                assert browser.owner[leg_id(one)] == held.owner
                if held.owner in ("", browser.user) or browser.user == "boss":
                    have = list(browser.held[leg_id(one)])
                    assert have == [item.sequence for item in items]
        for keys in self.taken.values():
            assert len(keys) == len(set(keys))


assert {user.name for user in settings().users} == set(PEOPLE)

# Without coverage, which takes as long again: every line of it has its own test.
TestNight = pytest.mark.no_cover(Night.TestCase)
TestNight.settings = hypothesis_settings(max_examples=120, stateful_step_count=40, deadline=None)
