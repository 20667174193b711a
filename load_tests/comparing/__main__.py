"""Our daemon beside SMPP servers of others: one connection at window 1, 10 and 100.

    python -m load_tests.comparing               text911, smpp.twisted3 and a bare server of ours
    python -m load_tests.comparing --jasmin      the same and Jasmin with RabbitMQ and Redis

The same octets, the same client, the same run, in turn. Ours is the whole product: the real daemon,
its journal on a real disk, people at the consoles of four PSAPs who answer, acknowledge and reply,
and the mix of texts of the other load tests. Exit 1 when a text that we accepted was never shown,
2 when a server could not be had; a target that is not met is said, and is no failure here.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.peers.installing import CannotInstall

from ..carrier import FIRST_SEQUENCE, Account, submit_pdu
from ..gateway import PLACES
from ..precise import busy_cores
from ..scratch import scratch, undo_on_sigterm
from ..workload import MESSAGES_MAX, Text, prelude, workload
from . import servers
from .figures import WINDOWS, Figure, disturbed, figure, table, targets
from .jasmin import CannotStart, install
from .stream import Silent, Stream

ROUNDS = 3
SECONDS = 2.5  # at most, of one run
ROUND = 7  # of the workload: its number is in every text
LISTENED_FOR = 0.5  # s before each run: what is busy then is none of the server's
OPENING_WINDOW = 100
OPENING_SECONDS = 60.0  # for the first texts of the callers who are there before the rounds


@dataclass(frozen=True, slots=True)
class Plan:
    rounds: int
    seconds: float
    texts: int  # of one run, at most

    @property
    def all_texts(self) -> int:
        return self.rounds * len(WINDOWS) * self.texts


def measure(
    plan: Plan, accounts: Mapping[str, Account], taken: set[int], texts: Sequence[Text]
) -> list[Figure]:
    """`taken` gets the indices of the texts that ours accepted."""
    opening, pdus = octets(prelude(1)), octets(texts)
    figures: list[Figure] = []
    for name, account in accounts.items():
        with Stream(account) as stream:
            run = stream.run(opening, OPENING_WINDOW, OPENING_SECONDS)
        if len(run.taken) < len(opening):
            raise Silent(f"{name} took {len(run.taken)} of the first {len(opening)} texts")
        say(figure(name, OPENING_WINDOW, -1, run))
    for turn in range(plan.rounds):
        for place, window in enumerate(WINDOWS):
            first = (turn * len(WINDOWS) + place) * plan.texts
            part = pdus[first : first + plan.texts]
            for name in servers.order(tuple(accounts), turn):
                with Stream(accounts[name]) as stream:
                    stream.settle()
                    others = busy_cores(LISTENED_FOR)
                    run = stream.run(part, window, plan.seconds)
                if name == servers.OURS:
                    taken.update(first + index for index in run.taken)
                figures.append(figure(name, window, turn, run, others))
                say(figures[-1])
    return figures


def octets(texts: Sequence[Text]) -> list[bytes]:
    places = tuple(PLACES.values())
    return [
        submit_pdu(text, ROUND, place + FIRST_SEQUENCE, places) for place, text in enumerate(texts)
    ]


def say(one: Figure) -> None:
    refused = f", {one.refused} refused" if one.refused else ""
    sys.stdout.write(
        f"round {one.turn + 1}, window {one.window:3}, {one.server:18} {one.rate:9,.0f}/s"
        f"  p50 {one.p50:.3g} ms  p99 {one.p99:.3g} ms  ({one.taken} texts{refused})"
        f"  before it {one.others:.2f} cores busy\n"
    )
    sys.stdout.flush()


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m load_tests.comparing", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--jasmin", action="store_true", help="Jasmin too; installs it")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of one run, at most")
    parser.add_argument("--install", action="store_true", help="only install what is compared")
    parser.add_argument("--disk", type=Path, help="folder on the journal's disk")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    asked = parser.parse_args()
    plan = Plan(asked.rounds, asked.seconds, MESSAGES_MAX // (asked.rounds * len(WINDOWS)))
    try:
        if asked.jasmin:
            install()
        if asked.install:
            return 0
        return compare(plan, asked.disk, asked.json, jasmin=asked.jasmin)
    except (CannotInstall, CannotStart, Silent) as why:
        sys.stderr.write(f"{why}\n")
        return 2


def compare(plan: Plan, disk: Path | None, report: Path | None, *, jasmin: bool) -> int:
    texts = workload(ROUND, [0] * plan.all_texts, 1)
    with ExitStack() as stack:
        folder = stack.enter_context(scratch("compare", disk))
        bare = stack.enter_context(servers.bare())
        peers = {servers.TWISTED3: stack.enter_context(servers.twisted3(folder))}
        if jasmin:
            peers[servers.JASMIN] = stack.enter_context(servers.jasmin(folder, bare))
        with servers.product(folder, ROUND, plan.all_texts, servers.SAID) as ours:
            accounts = {servers.OURS: ours.account, **peers, servers.BARE: bare}
            figures = measure(plan, accounts, ours.taken, texts)
    lines = [
        *table(figures, servers.OURS, servers.DURABLE),
        "",
        *targets(figures, servers.OURS, servers.BARE),
        *disturbed([one for one in figures if one.turn >= 0]),
        f"texts that text911 accepted: {len(ours.taken)}, of these never shown: {ours.lost}",
    ]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    if report is not None:
        whole = [dataclasses.asdict(one) for one in figures]
        report.write_text(json.dumps(whole, indent=2) + "\n")
    return 1 if ours.lost else 0


if __name__ == "__main__":
    sys.exit(main())
