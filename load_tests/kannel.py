"""Kannel as the carrier: what its bearerbox reaches against our daemon, of what it reaches at all.

    python -m load_tests.kannel [--rounds 3] [--texts 8000] [--senders 2000] [--json FILE]

fakesmsc invents texts of many senders, bearerbox sends them on over one SMPP bind (window 100): in
turn to our daemon, as the whole product, and to a bare server that only answers. A first run to
ours, not timed, opens the dialogue of each sender. The rate is that of the texts that bearerbox
itself counts as sent, which it does when the response has come. The share is taken within a round
and the median of the rounds is what counts.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .comparing import servers
from .processes import POLL_EVERY, Program, free_ports
from .scratch import scratch, undo_on_sigterm
from .workload import sentence

SENDERS, SENDERS_MIN = 2_000, 500  # fewer senders are noisy ones, and held back as such
TEXTS, TEXTS_MAX = 8_000, 100_000
ROUNDS = 3
WINDOW = 100  # max-pending-submits
STARTS_WITHIN = 30.0  # s
SENDS_WITHIN = 60.0  # s for all texts of a run
HTTP_TIMEOUT = 5.0  # s
SHARE_WANTED, RATE_WANTED = 0.70, 10_000.0
# Of a run, what is timed: the first texts wait for fakesmsc, and the last for nobody.
TIMED = (0.1, 0.9)
PASSWORD = "status"
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
BEARERBOX = ("bearerbox", "/usr/sbin/bearerbox")
RANDOM_ENDING = "4"  # -z: the last word of each text gets a number behind it, so none comes twice

CONFIGURATION = """\
group = core
admin-port = {admin}
admin-password = {password}
status-password = {password}
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
log-level = 4
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {smpp}
transceiver-mode = true
smsc-username = {user}
smsc-password = {secret}
system-type = ""
interface-version = 34
enquire-link-interval = 10
reconnect-delay = 1
throughput = 0
max-pending-submits = {window}

group = smsc
smsc = fake
smsc-id = handsets
port = {fake}
connect-allow-ip = 127.0.0.1
reroute = true
denied-prefix = "9"

group = smsbox
bearerbox-host = 127.0.0.1

group = sms-service
keyword = default
text = "no"
"""
# As bearerbox writes it: "carrier[carrier]   SMPP:... (online 3s, rcvd: sms 0 (...) / dlr 0 (...),
# sent: sms 120 (...) / dlr 0 (...), failed 0, queued 0 msgs)".
SENT = re.compile(r"SMPP:.*?\(online.*?sent:? (?:sms )?(\d+).*?failed (\d+)", re.DOTALL)


class NoKannel(Exception):
    """What is missing, in words."""


@dataclass(frozen=True, slots=True)
class Count:
    """What bearerbox says of its link: texts answered with ESME_ROK, texts refused."""

    at: float  # s
    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One round: texts per second."""

    ours: float
    bare: float

    @property
    def share(self) -> float:
        return self.ours / self.bare


def counted(status: str) -> tuple[int, int] | None:
    """(sent, failed) of bearerbox's status page; None while it is not bound."""
    found = SENT.search(status)
    return (int(found[1]), int(found[2])) if found else None


def rate(counts: Sequence[Count], texts: int) -> float:
    """Texts per second between a tenth and nine tenths of them. Raises ValueError when the counts
    do not reach so far."""
    low, high = (texts * share for share in TIMED)
    begun = next((one for one in counts if one.sent >= low), None)
    ended = next((one for one in counts if one.sent >= high), None)
    if begun is None or ended is None:
        raise ValueError(f"of {texts} texts only {counts[-1].sent if counts else 0} were sent")
    if begun.sent == ended.sent:
        raise ValueError(f"{texts} texts went between two looks: too few for a rate")
    return (ended.sent - begun.sent) / (ended.at - begun.at)


def templates(senders: int) -> list[str]:
    """What fakesmsc chooses from: one text of each sender."""
    chance = random.Random("kannel")
    return [f"1860{place:07d} {servers.TO} text {sentence(chance)} " for place in range(senders)]


def bearerbox() -> str:
    found = next((path for name in BEARERBOX if (path := shutil.which(name))), None)
    if found is None or not FAKESMSC.exists():
        raise NoKannel("Kannel is not installed; run: apt-get install kannel kannel-extras")
    return found


def run(folder: Path, port: int, texts: int, senders: Sequence[str]) -> list[Count]:
    """One run against the server at `port`: what bearerbox counted, until all were answered."""
    folder.mkdir(parents=True)
    admin, box, fake = free_ports(3)
    written = folder / "kannel.conf"
    written.write_text(
        CONFIGURATION.format(
            admin=admin,
            box=box,
            fake=fake,
            smpp=port,
            window=WINDOW,
            password=PASSWORD,
            user=servers.USER.system_id,
            secret=servers.USER.password,
        )
    )
    url = f"http://127.0.0.1:{admin}/status.txt?password={PASSWORD}"
    with Program([bearerbox(), "-v", "4", str(written)], folder / "bearerbox.out") as boxes:
        boxes.until("bearerbox is bound", lambda: counted(_page(url)), STARTS_WITHIN)
        feed = [str(FAKESMSC), "-v", "4", "-H", "127.0.0.1", "-r", str(fake), "-i", "0"]
        feed += ["-m", str(texts), "-z", RANDOM_ENDING, *senders]
        with Program(feed, folder / "fakesmsc.out"):
            return _watch(url, texts)


def _watch(url: str, texts: int) -> list[Count]:
    counts: list[Count] = []
    until = time.monotonic() + SENDS_WITHIN
    while time.monotonic() < until:
        found, now = counted(_page(url)), time.perf_counter()
        if found is not None:
            counts.append(Count(now, *found))
            if sum(found) >= texts:
                break
        time.sleep(POLL_EVERY)
    return counts


def _page(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=HTTP_TIMEOUT) as answer:
            return bytes(answer.read()).decode()
    except OSError:
        return ""


def measure(rounds: int, texts: int, senders: int, disk: Path | None) -> list[Pair]:
    pairs: list[Pair] = []
    with (
        scratch("kannel", disk) as folder,
        servers.bare() as bare,
        servers.product(folder, 0, 0, servers.UNSAID) as ours,
    ):
        fed = templates(senders)
        run(folder / "opening", ours.account.port, texts, fed)
        for turn in range(rounds):
            rates: dict[str, float] = {}
            ports = {servers.OURS: ours.account.port, servers.BARE: bare.port}
            for name in servers.order(tuple(ports), turn):
                counts = run(folder / f"{turn}-{name}", ports[name], texts, fed)
                rates[name] = rate(counts, texts)
                last = counts[-1]
                sys.stdout.write(
                    f"round {turn + 1}, {name:8} {rates[name]:9,.0f}/s"
                    f"  ({last.sent} sent, {last.failed} refused)\n"
                )
                sys.stdout.flush()
            pairs.append(Pair(rates[servers.OURS], rates[servers.BARE]))
    return pairs


def in_words(pairs: Sequence[Pair], senders: int) -> list[str]:
    share = statistics.median(pair.share for pair in pairs)
    ours = statistics.median(pair.ours for pair in pairs)
    bare = statistics.median(pair.bare for pair in pairs)
    return [
        f"Kannel, {senders} senders, window {WINDOW}: {ours:,.0f}/s to text911,"
        f" {bare:,.0f}/s to a bare server",
        f"share: {share:.0%}, at least {SHARE_WANTED:.0%} wanted:"
        f" {'met' if share >= SHARE_WANTED else 'not met'}",
        f"rate: at least {RATE_WANTED:,.0f}/s wanted: {'met' if ours >= RATE_WANTED else 'not met'}"
        + ("" if bare >= RATE_WANTED else ", nor does Kannel reach it here at all"),
    ]


def main() -> int:
    undo_on_sigterm()
    parser = argparse.ArgumentParser(prog="python -m load_tests.kannel", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--texts", type=int, default=TEXTS, help="of one run")
    parser.add_argument("--senders", type=int, default=SENDERS, help=f"at least {SENDERS_MIN}")
    parser.add_argument("--disk", type=Path, help="folder on the journal's disk")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    asked = parser.parse_args()
    if asked.senders < SENDERS_MIN or asked.texts > TEXTS_MAX:
        parser.error(f"at least {SENDERS_MIN} senders and at most {TEXTS_MAX} texts")
    try:
        pairs = measure(asked.rounds, asked.texts, asked.senders, asked.disk)
    except NoKannel as why:
        sys.stderr.write(f"{why}\n")
        return 2
    sys.stdout.write("\n".join(in_words(pairs, asked.senders)) + "\n")
    if asked.json is not None:
        asked.json.write_text(json.dumps([asdict(pair) for pair in pairs], indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
