"""What the ledger and the journal prove: which promises were kept. Strict: each count is a defect.

judge(ledger, directory).good
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from text911.gateway.core.commands import Show, ShowDelivery
from text911.gateway.core.facts import GATEWAY
from text911.gateway.core.replaying import policies_in, replay
from text911.gateway.core.state import Over
from text911.gateway.journal import reading

from .bench import command, journal_path
from .ledger import ROK, Ledger, Line, Reply, Text
from .load import LAST, PSAPS, receipts_missing
from .words import reply_identity

NAMED_MAX = 5  # examples of each kind of defect
KNOWN_FOR = 55.0  # s; DESIGN 9.1 (d) knows a repeat for 60 s: afterwards it may be a second text
REFERENCE_FOR = 295.0  # s; by (b) it is known for 300 s, afterwards suspected, and collapsed
SPACING = 10.0  # s in which a caller is not told the same thing twice


@dataclass(slots=True)
class Verdict:
    """Counts of defects by name, and sentences with examples."""

    counts: Counter[str] = field(default_factory=Counter[str])
    sentences: list[str] = field(default_factory=list[str])
    texts: int = 0
    accepted: int = 0
    lines: int = 0
    suspected: int = 0
    replies: int = 0
    sent_again: int = 0
    unknown: int = 0  # never left, and the page says that nobody knows, or that it failed
    bounced: int = 0
    elsewhere: int = 0  # shown first at a PSAP further down the chain
    again_later: int = 0  # shown in a later dialogue of the same caller too

    @property
    def good(self) -> bool:
        return not self.counts

    def found(self, name: str, sentence: str) -> None:
        self.counts[name] += 1
        if self.counts[name] <= NAMED_MAX:
            self.sentences.append(f"{name}: {sentence}")


def judge(ledger: Ledger, directory: Path) -> Verdict:
    """`directory`: the configuration directory of a gateway that has ended, or its journal."""
    journal = journal_path(directory)
    verdict = judge_ledger(ledger, marks(journal, ledger), given_up(journal, ledger))
    for name, arguments in (
        ("journal", ("audit", "verify", str(directory))),
        ("replay", ("replay", "--all", str(directory))),
    ):
        done = command(*arguments)
        if done.returncode:
            verdict.found(name, f"text911 {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return verdict


def marks(journal: Path, ledger: Ledger) -> frozenset[str]:
    """The keys of those replies that came twice, or late, and are recorded as "may appear twice".
    The page shows the mark too, but not of a dialogue that was over before it came."""
    twice = {x.leg.rpartition("/")[0] for x in ledger.replies.values() if len(x.arrivals) > 1}
    twice |= {before.leg.rpartition("/")[0] for before, _ in _out_of_order(ledger)}
    return frozenset(key for key, said, _ in _deliveries(journal, twice) if said == "sent_again")


def given_up(journal: Path, ledger: Ledger) -> frozenset[str]:
    """The keys of those replies that never left and are recorded as failed, or as sent twice into a
    lost link, after their dialogue was over. While it is open the page must say so (`is_told`);
    a page that comes back after a restart has let go of what was over."""
    unsent = {x.leg.rpartition("/")[0] for x in ledger.replies.values() if x.has_not_left}
    said = {key: (state, over) for key, state, over in _deliveries(journal, unsent)}
    return frozenset(
        key for key, (state, over) in said.items() if over and state in {"failed", "unknown"}
    )


def _deliveries(journal: Path, dialogues: set[str]) -> Iterator[tuple[str, str, bool]]:
    """(the reply's key, its delivery state, whether its dialogue was over), in recorded order."""
    with reading.reader(journal) as connection:
        own = reading.dialogue_records(connection, journal, GATEWAY) if dialogues else ()
        policies = policies_in(stored.record for stored in own)
        for dialogue in dialogues:
            stored = reading.dialogue_records(connection, journal, dialogue)
            keys: dict[int, str] = {}
            for step in replay([one.record for one in stored], policies):
                for command in step.commands:
                    if isinstance(command, Show):
                        keys[command.sequence] = command.key
                    elif isinstance(command, ShowDelivery):
                        over = isinstance(step.state.phase, Over)
                        yield keys[command.sequence], command.delivery, over


def judge_ledger(
    ledger: Ledger,
    marked: frozenset[str] = frozenset(),
    given_up: frozenset[str] = frozenset(),
) -> Verdict:
    """What was seen from outside; `marked`: keys of replies recorded as "may appear twice";
    `given_up`: of those recorded as not delivered when no page held their dialogue any more."""
    verdict = Verdict(
        texts=len(ledger.texts),
        accepted=len(ledger.accepted()),
        lines=len(ledger.lines),
        suspected=sum(line.suspected for line in ledger.lines),
        replies=sum(reply.sequence >= 0 for reply in ledger.replies.values()),
    )
    _answered(ledger, verdict)
    _reached(ledger, verdict)
    _shown_once(ledger, verdict)
    _order_of_texts(ledger, verdict)
    _whose(ledger, verdict)
    _replies(ledger, verdict, marked, given_up)
    _receipts(ledger, verdict)
    for oddity in ledger.oddities:
        verdict.found("oddities", oddity)
    return verdict


def _answered(ledger: Ledger, verdict: Verdict) -> None:
    for text in ledger.texts.values():
        if text.refused:
            status = text.attempts[-1].status
            verdict.found("refused", f"text {text.index} was refused for good with {status:#x}")
        elif not text.accepted:
            verdict.found("unanswered", f"text {text.index}, {len(text.attempts)} attempts")


def _reached(ledger: Ledger, verdict: Verdict) -> None:
    """P2: on a page, or the caller was told."""
    for text in ledger.accepted():
        if ledger.shown.get(text.index):
            continue
        told = ledger.automatic.get(text.number, [])
        if any(one.at >= text.first_sent_at - SPACING for one in told):
            verdict.bounced += 1
        else:
            words = f"text {text.index} ({text.message}) of {text.number}"
            verdict.found("lost", f"{words} was accepted and neither shown nor bounced")


def _shown_once(ledger: Ledger, verdict: Verdict) -> None:
    """P3. A line that says "perhaps sent twice" is no second line, unless the text bore a reference
    by which a repeat is known at once, or was sent only once."""
    for index, lines in ledger.shown.items():
        text = ledger.texts.get(index)
        if text is None:
            continue  # `_whose` says so
        for leg, here in _by_leg(lines).items():
            plain = sum(not line.suspected for line in here)
            collapsed = len(here) - plain
            resends = len(text.attempts) - 1
            lasted = text.attempts[-1].sent_at - text.first_sent_at
            plain_max = 1 if text.umr >= 0 or lasted < KNOWN_FOR else 1 + resends
            collapsed_max = 0 if text.umr >= 0 and lasted < REFERENCE_FOR else resends
            if plain > plain_max or collapsed > collapsed_max:
                words = f"text {index} stands {plain} times on {leg}, collapsed {collapsed} times"
                verdict.found("twice", f"{words}; it was sent {len(text.attempts)} times")
    for leg, sequence in ledger.twice:
        verdict.found("twice", f"line {sequence} of {leg} was given to a page that held it")
    for lines in ledger.shown.values():
        dialogues = {line.dialogue for line in lines if not line.suspected}
        verdict.again_later += len(dialogues) > 1


def _by_leg(lines: Sequence[Line]) -> dict[str, list[Line]]:
    legs: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        legs[f"{line.leg} at {line.psap}"].append(line)
    return legs


def _order_of_texts(ledger: Ledger, verdict: Verdict) -> None:
    """P4: a text that was accepted before the next one was sent, or sent before it over the same
    link with one attempt each, stands before it on every leg that shows both."""
    for leg, lines in _by_leg(ledger.lines).items():
        own = sorted(lines, key=lambda line: line.sequence)
        texts = [ledger.texts[x.index] for x in own if x.index in ledger.texts and not x.suspected]
        for place, second in enumerate(texts):
            for first in texts[place + 1 :]:
                if first.index < second.index and _precedes(first, second):
                    verdict.found("order", f"{leg}: text {second.index} before text {first.index}")


def _precedes(first: Text, second: Text) -> bool:
    if first.accepted and first.accepted_at < second.first_sent_at:
        return True
    one, other = first.attempts, second.attempts
    return (
        len(one) == len(other) == 1
        and one[0].link == other[0].link
        and one[0].sent_at <= other[0].sent_at
        and one[0].status == other[0].status == ROK
    )


def _whose(ledger: Ledger, verdict: Verdict) -> None:
    """P4: one leg, one caller; and only at a PSAP of the caller's chain."""
    for leg, lines in _by_leg(ledger.lines).items():
        callers = {line.caller for line in lines if line.index >= 0}
        if len(callers) > 1:
            verdict.found("cross-talk", f"{leg} shows callers {sorted(callers)}")
    for line in ledger.lines:
        if line.index < 0:
            continue
        text = ledger.texts.get(line.index)
        if text is None or text.words != line.text:
            verdict.found("cross-talk", f"{line.leg} shows what nobody wrote: {line.text!r}")
            continue
        home = PSAPS[text.caller // 2 % len(PSAPS)]
        verdict.elsewhere += line.psap == LAST
        if line.psap not in (home, LAST):
            verdict.found("wrong PSAP", f"text {text.index} of {home} is shown at {line.psap}")


def _replies(
    ledger: Ledger, verdict: Verdict, marked: frozenset[str], given_up: frozenset[str]
) -> None:
    """P4 and DESIGN 9.2: to its own caller, in order, and a second time only when it is marked."""
    for reply in ledger.replies.values():
        verdict.sent_again += len(reply.arrivals) > 1
        if len(reply.arrivals) > 1 and reply.key not in marked:
            times = ", ".join(f"{one.at:.3f} {one.link}" for one in reply.arrivals)
            words = f"reply {reply.key} left {len(reply.arrivals)} times ({times})"
            verdict.found("reply twice", f"{words} and is not marked")
        if reply.has_not_left and (reply.is_told or reply.key in given_up):
            verdict.unknown += 1
        elif reply.has_not_left:
            verdict.found("reply lost", f"reply {reply.key} is recorded and never left")
        for number in _wrong_numbers(reply):
            verdict.found("cross-talk", f"reply {reply.key} was sent to {number}")
    for before, after in _out_of_order(ledger):
        if after.key not in marked:
            verdict.found("reply order", f"{before.key} before {after.key}")


def _out_of_order(ledger: Ledger) -> Iterator[tuple[Reply, Reply]]:
    """Replies of a leg that first came in this order and were recorded in the other. The later one
    may have been lost with a link the first time; then that it was sent again is recorded."""
    for replies in _replies_by_leg(ledger).values():
        arrived = sorted(replies, key=lambda reply: reply.arrivals[0].at)
        for before, after in combinations(arrived, 2):
            if before.sequence > after.sequence >= 0:
                yield before, after


def _wrong_numbers(reply: Reply) -> Iterator[str]:
    for one in reply.arrivals:
        said = reply_identity(one.words)
        own = said is not None and one.number.endswith(f"{said[0]:06d}")
        if one.words != reply.words or not own:
            yield one.number


def _replies_by_leg(ledger: Ledger) -> dict[str, list[Reply]]:
    legs: defaultdict[str, list[Reply]] = defaultdict(list)
    for reply in ledger.replies.values():
        if reply.arrivals:
            legs[reply.leg].append(reply)
    return legs


def _receipts(ledger: Ledger, verdict: Verdict) -> None:
    said: dict[str, bool] = {}
    for receipt in ledger.receipts:
        if said.setdefault(receipt.message, receipt.delivered) is not receipt.delivered:
            verdict.found("receipts", f"{receipt.message}: both delivered and undelivered")
    for text in receipts_missing(ledger):
        verdict.found("receipts", f"text {text.index} ({text.message}) has none")
