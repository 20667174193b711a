"""Which story a seed tells: the faults that exist in it, and what may be left out to shorten it.

A fault is drawn from a stream of its own, so a fault that is added to the table, or left out of a
run, changes nothing of what is drawn for the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from random import Random

# What may go wrong, and what that means. Which of them exist in a run is drawn first ("swarm"):
# a run with all faults at once hardly ever gets far enough to meet a rare one.
FAULTS: dict[str, str] = {
    "split": "the network cuts the byte stream into pieces",
    "delay": "the network takes up to 2 s",
    "reset": "the network resets connections of carriers",
    "half_open": "a connection is gone and one side does not know",
    "stall": "a byte stream stands still for up to 20 s",
    "impatient": "a carrier sends an unanswered text again after 3 s",
    "resends_as_new": "a carrier resends on the same link under a new sequence_number",
    "silent_carrier": "a carrier does not answer some replies",
    "late_carrier": "a carrier answers replies up to 14 s late",
    "refusing_carrier": "a carrier answers some replies with an error, for now or for good",
    "handsets": "handsets acknowledge, sometimes before the carrier has answered",
    "narrow": "a carrier sends more at once than it may: reading is paused, then throttled",
    "slow_disk": "a sync takes up to 2 s",
    "failing_disk": "a commit fails, and part of it landed",
    "full_disk": "the disk takes nothing for a while",
    "crash": "the process dies; what was volatile is lost",
    "full_replay": "it comes back without a snapshot, from the first record on",
    "point_kill": "the process dies exactly at the n-th passing of a named point",
    "point_fail": "the disk fails exactly at the n-th passing of a named point",
    "point_slow": "the process stands still from the n-th passing of a named point on",
    "steps_forward": "UTC steps forwards, up to 60 s",
    "steps_back": "UTC steps backwards, up to 30 s",
    "standstill": "the process stands still for up to 15 s",
    "slow_psap": "browsers acknowledge after up to 5 s",
    "nobody": "everybody at a PSAP logs out for a while",
    "everybody_gone": "everybody at every PSAP logs out for a while",
    "nobody_clicks": "cards are shown and nobody takes them",
    "leaves_ringing": "a browser's link goes while it rings",
    "two_hands": "two people click the same card",
    "ends_early": "a telecommunicator ends while texts are on their way",
    "takeover": "a supervisor takes a dialogue over",
    "dies_talking": "the link of who has the dialogue goes, and comes back",
    "no_location": "a location source is late, fails, or never answers",
    "same_words": "a caller writes the same words twice",
    "long_texts": "texts of several parts, in mixed order, sometimes one missing",
    "after_close": "a caller writes after the end, within and after the grace window",
    "machines": "short codes write, which are no person's telephone",
    "twins": "two carriers have a caller with the same number",
    "flood": "one caller's telephone sends some hundred texts at once",
    "line_callers": "callers ring on a TTY line, type letter by letter, ring off and ring again",
    "voices": "callers in tones who speak or listen, with a PSAP's telephone beside them",
    "crowd": "dozens of new callers write nearly the same within seconds",
    "bind_out": "a carrier to whose message centres we bind, or that is asked to bind by outbind",
    "bind_refused": "a message centre refuses our bind, answers it late, or never",
    "answers_twice": "a carrier answers a reply, or a bind, twice",
    "site_down": "a message centre restarts, goes out of service or vanishes, for up to 40 s",
    "sites_change": "the configuration loses a message centre, and gets it back",
}
SHARES = (0.1, 0.25, 0.5)  # of the faults that exist in a run
# These make a run many times longer than others; they exist less often, for the pace of all.
RARE = {"flood": 0.15, "crowd": 0.15, "voices": 0.15}


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a seed's story. `only`: faults that may exist, if they were drawn. `callers`,
    `texts`: at most so many, and so many of each. `until`: seconds after which the storm ends."""

    only: frozenset[str] | None = None
    callers: int | None = None
    texts: int | None = None
    until: float | None = None

    def without(self, fault: str, drawn: frozenset[str]) -> Cut:
        return replace(self, only=(drawn if self.only is None else self.only) - {fault})

    def options(self) -> str:
        """The same as options of `text911 simulate`; "" when nothing is cut."""
        said = [] if self.only is None else [f"--only {','.join(sorted(self.only)) or 'none'}"]
        for name, most in (("callers", self.callers), ("texts", self.texts)):
            said += [] if most is None else [f"--{name} {most}"]
        said += [] if self.until is None else [f"--until {self.until:g}"]
        return " ".join(said)


WHOLE = Cut()


def drawn(seed: int, cut: Cut = WHOLE) -> frozenset[str]:
    """The faults that exist in this run."""
    share = Random(f"{seed}/share").choice(SHARES)
    exist = frozenset(
        name
        for name in FAULTS
        if Random(f"{seed}/exists/{name}").random() < share * RARE.get(name, 1.0)
    )
    return exist if cut.only is None else exist & cut.only


def named(text: str) -> frozenset[str]:
    """The faults in a list such as "crash,split"; "none" is no fault. Raises ValueError."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip()) - {"none"}
    if unknown := sorted(names - FAULTS.keys()):
        near = get_close_matches(unknown[0], FAULTS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(FAULTS)}"
        raise ValueError(f"there is no fault {unknown[0]!r}; {hint}")
    return names
