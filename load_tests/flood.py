"""Floods against the real daemon: one source at 500 texts/s, then 20,000 sources, and 50 people.

    python -m load_tests.flood [--quick] [--json] [--disk DIR]
    python -m load_tests --only flood [--full]

Phase A: one number sends without end. Phase B: thousands of numbers send one text each. In both,
people write for help, over the same binds, and are answered. What is asked: was a person lost or
kept waiting for more than 2 s, did each get the reply, what came of the flood's own texts (accepted
and shown, or refused before they were accepted), and how much memory it took.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import flood_peers
from .carrier import Account
from .fates import Fate, fates_in
from .flood_peers import Carried, Shown
from .gateway import PASSWORD, PERSON, PLACES, ROOT, Carrier, Gateway
from .rounds import START_IN, Child
from .scratch import scratch, undo_on_sigterm
from .workload import Text

NOISE_RATE = 500.0  # texts per second of the one source
CROWD = 20_000  # sources of phase B
SECONDS = 60.0  # of each phase
QUICK_SECONDS = 10.0
FOLLOWS_AFTER = 5.0  # s from a person's first text to the second
BINDS = 4
NOISY_BIND = 0
ROUND = 7
DRAIN = 60.0  # s for what was refused to come in after all
DRAIN_CONSOLES = 30.0
SHOWN_WITHIN = 2.0  # s from when a person's text was due to the page
RSS_MAX = 1 << 30  # octets

# Nobody says the same as somebody else, and nobody says what the flood says.
SAYS = (
    "smoke fills our stairwell", "grandfather stopped breathing", "stranger at the back door",
    "car went into the river", "she fell off a ladder", "roof collapsed on them",
    "kitchen smells of gas", "cannot speak, husband hears me", "two skaters under ice",
    "man waving a knife", "baby turned blue", "boat capsized near lighthouse",
    "tree crushed my neighbour", "allergic, throat swelling", "chest pain, left arm numb",
    "shots outside school", "elevator cable snapped", "horse kicked farmhand",
    "power line sparking wet street", "diabetic cousin unconscious", "truck spilled acid",
    "bridge railing broken, bus hanging", "burglar downstairs", "dog bite bleeding badly",
    "labour started, hospital far", "drunk driver wrong lane", "toddler swallowed battery",
    "hiker missing since noon", "tent blown over campers", "barn burning, cattle inside",
    "swimmer pulled out lifeless", "ceiling leaking onto wires", "uncle threatens suicide",
    "window cleaner dangling", "pharmacy robbed, clerk tied", "motorcyclist hit guardrail",
    "mushroom poisoning, vomiting", "explosion at workshop", "child locked inside hot van",
    "fisherman hook in eye", "carbon monoxide beeping", "stabbed behind cinema",
    "train struck somebody", "scaffold tipped, masons trapped", "seizure will not end",
    "crane leaning over market", "arm caught in machine", "flood reached second floor",
    "kidnapped, trunk of sedan", "old woman lying in snow",
)  # fmt: skip


PEOPLE = len(SAYS)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who sends what, and when. `people`: indices of the people's texts, the first of each person
    and the later ones; `noise`, `crowd`: those of the flood."""

    texts: tuple[Text, ...]
    first: frozenset[int]
    later: frozenset[int]
    noise: frozenset[int]
    crowd: frozenset[int]


def plan(seconds: float, scale: float = 1.0) -> Plan:
    """Callers: 0 is the noise, 1 to PEOPLE are people, those above are the crowd. `scale`: of the
    flood's rates; the people stay as many."""
    sent: list[tuple[float, int, str]] = []  # s after the start, caller, words
    rate = NOISE_RATE * scale
    sent += [(n / rate, 0, "noise") for n in range(round(rate * seconds))]
    count = round(CROWD * scale * seconds / SECONDS)
    sent += [(seconds + n * seconds / count, PEOPLE + 1 + n, "crowd") for n in range(count)]
    for person in range(1, PEOPLE + 1):
        at = (person - 0.5) * 2 * seconds / PEOPLE
        words = SAYS[person - 1]
        sent += [(at, person, words), (at + FOLLOWS_AFTER, person, f"{words}, please hurry")]
    sent.sort()
    texts = tuple(
        Text(
            index,
            round(at * 1e9),
            caller,
            caller % BINDS if caller else NOISY_BIND,
            ucs2=False,
            words=f"{ROUND} {index} {words}",
        )
        for index, (at, caller, words) in enumerate(sent)
    )
    people = [text for text in texts if 0 < text.caller <= PEOPLE]
    first = {text.caller: text.index for text in reversed(people)}
    return Plan(
        texts,
        frozenset(first.values()),
        frozenset(text.index for text in people) - frozenset(first.values()),
        frozenset(text.index for text in texts if text.caller == 0),
        frozenset(text.index for text in texts if text.caller > PEOPLE),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    plan: Plan
    start: int  # monotonic ns
    carried: Carried
    shown: Shown
    unseen: Counter[Fate]  # of what was accepted and on no page that was opened, by the record
    metrics: dict[str, float]
    rss: int  # octets, the most there ever was
    cpu: float  # s of the gateway
    lasted: float  # s until the carrier had done


def play(flood: Plan, disk: Path) -> Seen:
    psaps = tuple(sorted(path.stem for path in (ROOT / "configs/demo/psaps").glob("*.toml")))
    carrier = Carrier("flood", "flood911", max_binds=BINDS, window=100)
    with (
        scratch("flood", disk) as folder,
        Gateway(folder, [carrier]) as gateway,
    ):
        gateway.start()
        account = Account("127.0.0.1", gateway.ports.smpp, carrier.name, carrier.password)
        job = flood_peers.Job((account,) * BINDS, flood.texts, ROUND, tuple(PLACES.values()), DRAIN)
        watch = flood_peers.Watch(
            f"http://127.0.0.1:{gateway.ports.console}", psaps, PERSON, PASSWORD, ROUND,
            flood.first | flood.later, flood.first | flood.later | flood.noise, DRAIN_CONSOLES,
        )  # fmt: skip
        with (
            Child(flood_peers.consoles, watch) as consoles,
            Child(flood_peers.carrier, job) as binds,
        ):
            consoles.hear()
            binds.hear()
            start = time.monotonic_ns() + int(START_IN * 1e9)
            binds.tell(start)
            carried: Carried = binds.hear(flood.texts[-1].due / 1e9 + DRAIN + 60)
            lasted = (time.monotonic_ns() - start) / 1e9
            consoles.tell(set(carried.taken))
            shown: Shown = consoles.hear(DRAIN_CONSOLES + 60)
            binds.tell("done")
            carried = binds.hear()
            metrics = _metrics(gateway.metrics())
            rss, cpu = _peak(gateway.program.pid), gateway.cpu_ns() / 1e9
        gateway.stop()
        unseen = carried.taken.keys() - shown.at.keys() - shown.opened
        fate = fates_in(gateway.directory / "journal" / "text911.journal", unseen, ROUND)
        return Seen(flood, start, carried, shown, fate, metrics, rss, cpu, lasted)


def _metrics(page: str) -> dict[str, float]:
    """Every sample without a label, by its name."""
    lines = (line.split(" ") for line in page.splitlines() if line and line[0] != "#")
    return {name: float(value) for name, value, *_ in lines if "{" not in name}


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line for line in status if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed; 0.0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def figures(seen: Seen) -> dict[str, float]:
    flood, carried, shown = seen.plan, seen.carried, seen.shown

    def waits(indices: frozenset[int]) -> list[float]:
        texts = flood.texts
        return [(shown.at[i] - seen.start - texts[i].due) / 1e9 for i in indices if i in shown.at]

    first, later, noise = waits(flood.first), waits(flood.later), waits(flood.noise)
    crowd = [carried.taken[i] / 1e9 for i in flood.crowd & carried.taken.keys()]
    people = flood.first | flood.later
    out: dict[str, float] = {
        "people: texts": len(people),
        "people: lost": len(people - shown.at.keys()),
        "people: replies missing": len(people - carried.replies.keys()),
        "people: refused for the moment": sum(carried.refusals.get(i, 0) for i in people),
        "first text to page p50 s": percentile(first, 0.5),
        "first text to page p99 s": percentile(first, 0.99),
        "first text to page max s": max(first, default=0.0),
        "later text to page max s": max(later, default=0.0),
        "noise to page p50 s": percentile(noise, 0.5),
        "noise to page max s": max(noise, default=0.0),
        "crowd to ESME_ROK p50 s": percentile(crowd, 0.5),
        "crowd to ESME_ROK p99 s": percentile(crowd, 0.99),
    }
    for name, indices in (("noise", flood.noise), ("crowd", flood.crowd)):
        out |= {
            f"{name}: texts": len(indices),
            f"{name}: accepted": len(indices & carried.taken.keys()),
            f"{name}: refused at the end": len(indices - carried.taken.keys()),
            f"{name}: refusals on the way": sum(carried.refusals.get(i, 0) for i in indices),
        }
    order = shown.order.values()
    accepted = {index: place for place, index in enumerate(carried.taken)}
    orders = [[accepted[index] for index in one if index in accepted] for one in order]
    return out | {
        "accepted, vanished": seen.unseen["vanished"] + seen.unseen["not recorded"],
        "accepted, still ringing at the end": seen.unseen["open"],
        "accepted, shown and not opened": seen.unseen["shown"],
        "accepted, sender told instead": seen.unseen["told"],
        "opened out of folds and groups": len(shown.opened - shown.at.keys()),
        "callers in the largest group": shown.grouped,
        "shown twice": shown.twice + sum(len(one) - len(set(one)) for one in order),
        "shown out of order": sum(b < a for one in orders for a, b in itertools.pairwise(one)),
        "refused for good": sum(carried.other.values()),
        "offers that rang": shown.legs,
        "binds lost": carried.lost_links,
        "console links lost": len(shown.ends),
        "automatic messages": carried.automatic,
        "bounces": seen.metrics.get("text911_bounces_total", -1.0),
        "throttled, as counted": seen.metrics.get("text911_throttled_total", -1.0),
        "RSS MiB": seen.rss / 2**20,
        "CPU s": seen.cpu,
        "CPU us per text": seen.cpu * 1e6 / max(1, len(carried.taken)),
        "lasted s": seen.lasted,
    }


NONE = (
    "people: lost", "people: replies missing", "accepted, vanished", "shown twice", "bounces",
    "binds lost", "refused for good",
)  # fmt: skip


def faults(found: dict[str, float]) -> list[str]:
    """Which of the promises was not kept, in words."""
    out = [f"{name}: {found[name]:g}, must be 0" for name in NONE if found[name]]
    late = found["first text to page max s"]
    if late > SHOWN_WITHIN:
        out.append(f"a person waited {late:.2f} s for the page, at most {SHOWN_WITHIN:g} s")
    if found["RSS MiB"] * 2**20 > RSS_MAX:
        out.append(f"{found['RSS MiB']:.0f} MiB of memory, at most {RSS_MAX >> 20}")
    return out


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m load_tests.flood", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS:g} s a phase")
    parser.add_argument("--scale", type=float, default=1.0, help="of the flood's rates")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--disk", type=Path, default=Path(), help="folder on the journal's disk")
    given = parser.parse_args()
    seen = play(plan(QUICK_SECONDS if given.quick else SECONDS, given.scale), given.disk)
    found = figures(seen)
    wrong = faults(found)
    if given.json:
        sys.stdout.write(json.dumps({**found, "wrong": "; ".join(wrong) or "nothing"}) + "\n")
    else:
        wrong += [f"a page's link ended: {one}" for one in seen.shown.ends[:5]]
        lines = [f"{name:34} {value:10.4g}" for name, value in found.items()]
        sys.stdout.write("\n".join([*lines, *(f"WRONG: {one}" for one in wrong)]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
