"""What is sent when: a schedule computed up front, from a seed. Pure; opens nothing.

The mix is DESIGN 7's: a pool of callers, 5 % of the texts from a caller who had not written yet,
10 % UCS2, every fourth text answered by a telecommunicator. A caller keeps to one bind, so that the
order of their texts means something. Every text begins with its round and index: whoever sees it
knows which one it is and when it was due.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

NEW_CALLER_SHARE = 0.05
UCS2_SHARE = 0.10
ANSWER_EVERY = 4
CALLERS_MAX = 10_000
# Callers whose dialogue is open when a round begins. People do not write twenty texts in ten
# seconds (that is a flood, and treated as one), so there must be enough of them.
CALLERS_OPEN = 3_000
MESSAGES_MAX = 200_000  # of one round: whatever is asked for, a round stays bounded
SECONDS_MAX = 60.0
# Callers with the same words are shown as one group, and here nobody writes what others write.
VOCABULARY = (  # noqa: SIM905 - as a list it would be a hundred lines
    "help please hurry smoke fire kitchen garage upstairs locked door window glass knife gun car"
    " crash bridge river road corner mill church school barn field bleeding breathing asleep baby"
    " child mother father brother neighbour stranger shouting hiding quiet dark cold water flood"
    " tree wire sparks gas smell dizzy chest pain leg arm broken fell ladder roof stairs dog bite"
    " allergic swollen pills overdose lost woods trail boat sinking ice stuck train bus truck"
    " motorcycle bicycle red white blue green house apartment floor third second behind front near"
    " under across"
).split()
WORDS = 10  # in a text
OTHER = "помогите, двое раненых возле старой мельницы 🚑"


@dataclass(frozen=True, slots=True)
class Step:
    """`rate` texts per second for `seconds`."""

    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Text:
    index: int
    due: int  # ns after the start of the round
    caller: int  # 0 .. CALLERS_MAX - 1, counted within the round
    bind: int
    ucs2: bool
    words: str


def dues(steps: Sequence[Step]) -> list[int]:
    """When each text of the steps is due, in ns: evenly spaced within a step."""
    if sum(step.seconds for step in steps) > SECONDS_MAX:
        raise ValueError(f"a round lasts at most {SECONDS_MAX:g} s")
    if sum(step.rate * step.seconds for step in steps) > MESSAGES_MAX:
        raise ValueError(f"a round has at most {MESSAGES_MAX} texts")
    out: list[int] = []
    began = 0.0
    for step in steps:
        out += [
            round((began + i / step.rate) * 1e9) for i in range(round(step.rate * step.seconds))
        ]
        began += step.seconds
    return out


def workload(round_number: int, due: Sequence[int], binds: int, seed: int = 911) -> list[Text]:
    """One text per due time. The same arguments give the same texts."""
    chance = random.Random(f"{seed} {round_number}")
    known = CALLERS_OPEN
    texts: list[Text] = []
    for index, at in enumerate(due):
        fresh = known < CALLERS_MAX and chance.random() < NEW_CALLER_SHARE
        caller = known if fresh else chance.randrange(known)
        known += fresh
        ucs2 = chance.random() < UCS2_SHARE
        words = f"{round_number} {index} {OTHER if ucs2 else sentence(chance)}"
        texts.append(Text(index, at, caller, caller % binds, ucs2, words))
    return texts


def prelude(binds: int) -> list[Text]:
    """The first text of each caller who is there before the round: said to nobody in particular,
    so whoever counts the texts of the round passes it over."""
    chance = random.Random("prelude")
    return [
        Text(caller, 0, caller, caller % binds, False, sentence(chance))
        for caller in range(CALLERS_OPEN)
    ]


def sentence(chance: random.Random) -> str:
    return " ".join(chance.sample(VOCABULARY, WORDS))


def number(round_number: int, caller: int) -> str:
    """A caller's number; no two rounds share one, so that every round begins with new dialogues.
    Digits only, for an address of type international."""
    return f"1860{round_number % 1000:03d}{caller:04d}"


def identity(words: str) -> tuple[int, int] | None:
    """(round, index) of a text of ours, or None for anything else."""
    head = words.split(" ", 2)
    if len(head) == 3 and head[0].isdigit() and head[1].isdigit():
        return int(head[0]), int(head[1])
    return None


def is_answered(index: int) -> bool:
    return index % ANSWER_EVERY == 0
