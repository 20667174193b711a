"""kill -9 of the real daemon under load, again and again: what was answered ROK is shown once.

The carrier behaves as real ones do: what got no answer before the link broke is sent again after
it. Such a second copy may be shown when the first one was recorded too, but then collapsed, as
suspected.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from load_tests import carrier
from load_tests.console import Console
from load_tests.gateway import PLACES, Carrier, Gateway
from load_tests.rounds import Child
from load_tests.workload import Step, Text, dues, identity, workload

from .daemon import Telecommunicator

ROUND = 1
RATE = 120.0  # texts per second
LIVES = 4  # the last one is not killed
TEXTS_PER_LIFE = 240
KILL_AT = 0.4  # of what the busiest console shall see in a life: in full flow
BINDS = 2
PSAPS = dict(list(PLACES.items())[:2])
ALL_WITHIN = 60.0  # s for everything to be shown after the last start


@dataclass(frozen=True, slots=True)
class Shown:
    """One line at a console."""

    leg: str
    index: int
    suspected: bool


def lines(console: Console) -> list[Shown]:
    """Every text of the load this console was ever shown, in order, over all its links."""
    found = (
        (leg.name, identity(line["text"]), bool(line.get("suspected_repeat")))
        for leg in console.legs.values()
        for line in leg.lines
        if line["kind"] == "caller"
    )
    return [Shown(leg, said[1], suspected) for leg, said, suspected in found if said]


def indices(console: Console) -> set[int]:
    return {one.index for one in lines(console)}


def place(text: Text) -> int:
    """Which of the PSAPs the text belongs to."""
    return carrier.place_of(text, len(PSAPS))


def live(
    gateway: Gateway, texts: Sequence[Text], desks: Sequence[Telecommunicator], kill: bool
) -> set[int]:
    """Send `texts`; with `kill`, kill the daemon in the middle. Returns what was answered ROK."""
    now = [replace(text, due=at) for text, at in zip(texts, dues([Step(RATE, 60)]), strict=False)]
    account = carrier.Account("127.0.0.1", gateway.ports.smpp, "load", "load-911")
    accounts = carrier.spread([account], BINDS)
    job = carrier.Job(accounts, tuple(now), ROUND, tuple(PSAPS.values()))
    with Child(carrier.work, job) as child:
        child.hear()
        child.tell(time.monotonic_ns())
        if kill:
            busiest = max(range(len(desks)), key=[place(text) for text in texts].count)
            ours = {text.index for text in texts if place(text) == busiest}
            enough = len(ours) * KILL_AT
            desks[busiest].see("the load", lambda c: len(indices(c) & ours) >= enough, 60)
            gateway.kill()
        outcome: carrier.Outcome = child.hear()
        child.tell(0)
        child.hear()
    assert outcome.refused == {}
    assert (outcome.lost_links == BINDS) is kill
    return set(outcome.taken)


def check(shown: Sequence[Shown], taken: set[int]) -> None:
    """Everything accepted was shown; on no leg twice, but for what is collapsed as suspected; and
    on every leg in the order of writing. (One leg has one caller: no two dialogues share words.)"""
    assert taken <= {line.index for line in shown}
    counts = Counter((line.leg, line.index) for line in shown if not line.suspected)
    assert [line for line, times in counts.items() if times > 1] == []
    for leg in {line.leg for line in shown}:
        order = [line.index for line in shown if line.leg == leg and not line.suspected]
        assert all(before < after for before, after in pairwise(order)), f"{leg}: {order}"


def test_every_text_answered_rok_is_shown_exactly_once_and_in_order(tmp_path: Path) -> None:
    texts = workload(ROUND, [0] * TEXTS_PER_LIFE * LIVES, BINDS)
    taken: set[int] = set()
    unanswered: list[Text] = []
    with Gateway(tmp_path, [Carrier("load", "load-911")]) as gateway, ExitStack() as stack:
        gateway.start()
        desks = [stack.enter_context(Telecommunicator(gateway, psap)) for psap in PSAPS]
        for life in range(LIVES):
            last = life == LIVES - 1
            fresh = texts[life * TEXTS_PER_LIFE : (life + 1) * TEXTS_PER_LIFE]
            sent = [*unanswered, *fresh]
            answered = live(gateway, sent, desks, kill=not last)
            assert answered, "the daemon was killed before it had answered anything"
            taken |= answered
            unanswered = [text for text in sent if text.index not in answered]
            assert bool(unanswered) is not last, "the daemon was killed when all was done"
            if not last:
                links = [desk.links for desk in desks]
                gateway.start()
                for desk, before in zip(desks, links, strict=True):
                    desk.see_back(before)
        for number, desk in enumerate(desks):
            here = {text.index for text in texts if place(text) == number}
            see_all(desk, here & taken)
            assert desk.now(indices) <= here, "shown to the wrong PSAP"
        check([line for desk in desks for line in desk.now(lines)], taken)
        assert [desk.now(lambda c: c.twice) for desk in desks] == [[], []]
        assert gateway.stop() == 0
        verified = gateway.command("audit", "verify", str(gateway.directory))
        assert verified.returncode == 0, verified.stdout + verified.stderr


def see_all(desk: Telecommunicator, expected: set[int]) -> None:
    desk.see("all that was accepted", lambda c: expected <= indices(c), ALL_WITHIN)
