"""What is believed of the places that the framing finds: is there a character, how loud, how clear.

The first character of a carrier must come out of mark, with all its bits alike in strength, and
wait for a second one unless the line is clean. Written in the part of Python that numba compiles.
"""

from __future__ import annotations

import math
from typing import Final

from .framing import LEVEL_MIN
from .hearing import added_up
from .layout import (
    BASE,
    BEHIND,
    BIT_BLOCKS,
    COARSE,
    COMMITTED,
    ENERGY,
    FIRST,
    GOOD,
    HELD,
    HELD_MAX,
    IDLE,
    MARK_IM,
    MARK_RE,
    NOISE,
    NOW,
    ON,
    OPEN,
    POWER,
    PRESENT,
    READING,
    READING_SIZE,
    SAMPLES,
    SOFT,
    SPACE_IM,
    SPACE_RE,
    STRONG,
    TRACK,
    WEAK,
    Floats,
    Ints,
    Short,
)

CONTRAST_FIRST: Final = 0.42
CONTRAST_NEXT: Final = 0.3  # of one that waits behind a first one
CONTRAST_ALONE: Final = 0.75  # so clear a first character waits for nothing
TONE: Final = 4096.0 / (1 << COARSE)  # how much larger sums are than samples
SHARE_FIRST: Final = 0.035  # of all energy, in the tones
FAINT: Final = 10  # so much weaker than those before, noise that looks like a character is none
LEAD_ALONE: Final = 0.05  # over the other bit length; a shift to letters has one edge to tell by
LEAD_NOISY: Final = 0.3  # in noise 50 baud, the rarer one, must be clearly the better, together
# `shorter_by`, which grows with each character in calls of 50 baud, and falls in those of 45.45.
SHORTER_SURE: Final = 450
LONGER_ALONE: Final = 10  # more, and a first character waits for a second one
LONGER_SURE: Final = 150
# On a line that is clear enough to tell, 45.45 must be the better reading as well, and the more so
# the more shorter bits explain; the last one that can wait for it does not.
CONTRAST_CLEAR: Final = 0.6
LEAD_CLEAR: Final = 0.08
SHORTER_LEAD: Final = 1000.0  # soft values that count as much as a lead of 1
ALIKE: Final = 0.08  # contrasts of two bit lengths that differ less say nothing
BEHIND_MAX: Final = 0.25  # so much less clear than in another bit length none waits


def contrast_of(p: Short, column: int, bit: int) -> float:
    """How far apart the tones are over the bits of the character that ends at `column`, -1 to 1:
    start and stop as they must be, the data bits as they are."""
    difference = 0
    total = 1
    for k in range(7):
        one = column - k * bit
        apart = p[STRONG, one] - p[WEAK, one]
        if (k == 0 and p[SOFT, one] < 0) or (k == 6 and p[SOFT, one] > 0):
            apart = -apart
        difference += apart
        total += p[STRONG, one] + p[WEAK, one]
    return difference / total


def clean_contrast(bit: int) -> float:
    """What `contrast_of` gives without noise: one tone is heard a little where the other is."""
    turns = math.pi * 0.4 * bit
    leak = abs(math.sin(turns)) / turns
    return (1.0 - leak) / (1.0 + leak)


def magnitudes(p: Short, column: int, bit: int) -> tuple[int, int, int]:
    """Of the character that ends at `column`: the mean of its bits, the weakest, and the mean
    difference of the tones."""
    total = 0
    apart = 0
    least = p[STRONG, column]
    for k in range(7):
        one = column - k * bit
        total += p[STRONG, one]
        least = min(least, p[STRONG, one])
        apart += p[STRONG, one] - p[WEAK, one]
    return total // 7, least, apart // 7


def is_other(p: Short, column: int, bit: int, track: int) -> bool:
    """Whether a character is half as strong as the one that waits for it, or half as strong
    again: one of the two was sent by nobody, or by somebody else."""
    mean, _, _ = magnitudes(p, column, bit)
    return 2 * mean < track or 2 * mean > 3 * track


def is_whole(p: Short, column: int, bit: int) -> bool:
    """Whether most bits of a character are there: the tail of a tone is no start bit of silence."""
    total = 0
    strongest = 0
    for k in range(7):
        total += p[STRONG, column - k * bit]
        strongest = max(strongest, p[STRONG, column - k * bit])
    return 5 * total > 14 * strongest


def began_in_silence(p: Short, column: int, bit: int) -> bool:
    """Whether there was no tone at all where the start bit should be, and one later."""
    strongest = 0
    for k in range(6):
        strongest = max(strongest, p[STRONG, column - k * bit])
    return bool(8 * p[STRONG, column - 6 * bit] < strongest)


def from_mark(sums: Short, start: int, bit: int, mean: int) -> bool:
    """Whether there was mark, as strong as the character, for a bit before `start`."""
    re = float(sums[MARK_RE, start] - sums[MARK_RE, start - bit])
    im = float(sums[MARK_IM, start] - sums[MARK_IM, start - bit])
    mark = math.sqrt(re * re + im * im)
    re = float(sums[SPACE_RE, start] - sums[SPACE_RE, start - bit])
    im = float(sums[SPACE_IM, start] - sums[SPACE_IM, start - bit])
    space = math.sqrt(re * re + im * im)
    return mark > 0.5 * mean and mark > 1.4 * space


def is_onset(sums: Short, p: Short, whole: Ints, bit: int, end: int, first: bool) -> bool:
    """Whether what looks like a character is a carrier that begins: no tone at all where the start
    bit should be; or, of a `first` one, no mark before it, and a carrier has come since."""
    column = end - whole[BASE]
    if began_in_silence(p, column, bit):
        return True
    mean, _, _ = magnitudes(p, column, bit)
    return first and whole[ON] == 1 and not from_mark(sums, column - 7 * bit, bit, mean)


def arrived(sums: Short, start: int, end: int) -> bool:
    """Whether nothing was lost between two columns."""
    return added_up(sums, PRESENT, start, end) == (end - start) * SAMPLES


def is_steady(sums: Short, start: int, end: int, least: int, mean: int) -> bool:
    """Whether no bit of a character is much weaker than all, as far as they have arrived."""
    return 10 * least >= 3 * mean or not arrived(sums, start, end)


def share_of(sums: Short, p: Short, column: int, bit: int) -> float:
    """The part of all energy in the character that its tones explain; 1/88 for white noise."""
    tones = 0.0
    for k in range(7):
        strong = float(p[STRONG, column - k * bit]) / TONE
        tones += strong * strong
    energy = 8.0 * added_up(sums, ENERGY, column - 7 * bit, column)
    return tones / (4.0 * bit * max(energy, 1.0))


def measure(p: Short, column: int, bit: int, mine: Floats) -> None:
    """Follow how strong the tones are and how strong the noise, from a character's bits."""
    strong = 0.0
    weak = 0.0
    for k in range(7):
        s = float(p[STRONG, column - k * bit])
        w = float(p[WEAK, column - k * bit])
        strong += s * s
        weak += w * w
    strong /= 7 * bit * bit
    noise = weak / (7 * bit)
    power = max(strong - noise / bit, 0.25 * strong) + 1.0
    if 0.5 * power < mine[POWER] < 2.0 * power:
        mine[POWER] += 0.2 * (power - mine[POWER])
        mine[NOISE] += 0.1 * (noise - mine[NOISE])
    else:
        mine[POWER] = power
        mine[NOISE] = noise


def lead_of(paths: Short, whole: Ints, reading: int, start: int, ours: float) -> float:
    """By how much the character from column `start` is clearer than the clearest one near it in
    another reading."""
    lead = 1.0
    for rival in range(whole[FIRST], whole[BEHIND]):
        other = BIT_BLOCKS[rival]
        if rival != reading:
            for slip in range(-6, 7):
                there = start + slip + 7 * other
                if there <= whole[NOW] - whole[BASE]:
                    theirs = contrast_of(paths[rival], there, other) / clean_contrast(other)
                    lead = min(lead, ours - theirs)
    return lead


def shorter_by(paths: Short, whole: Ints) -> int:
    """By how much more the best path of shorter bits explains than that of the longer ones since
    the carrier came, in soft values. 0 where only one of them is tried."""
    if whole[BEHIND] - whole[FIRST] < 2:
        return 0
    at = whole[NOW] - whole[BASE]
    explained = 0
    for reading in range(2):
        bit = BIT_BLOCKS[reading]
        best = int(paths[reading, IDLE, at])
        for one in range(at - 7 * bit + 1, at - bit + 1):
            best = max(best, int(paths[reading, OPEN, one]))
        # A shorter bit has less to gain.
        explained = best * BIT_BLOCKS[0] // bit - explained
    return explained


def believed(
    sums: Short, paths: Short, whole: Ints, reading: int, end: int, leads: float
) -> tuple[int, float]:
    """0: no character. 1: one, if others follow. 2: one. And its lead over the same character in
    another reading. `leads`: of those that wait."""
    bit = BIT_BLOCKS[reading]
    p = paths[reading]
    place = READING + READING_SIZE * reading
    column = end - whole[BASE]
    start = column - 7 * bit
    contrast = contrast_of(p, column, bit)
    mean, least, apart = magnitudes(p, column, bit)
    track = whole[place + TRACK]
    if whole[place + GOOD] >= 2 and (whole[ON] == 1 or end - whole[place + COMMITTED] < 400):
        # Within a carrier: as strong as those before, or as clear.
        good = contrast > 0.2 and 5 * apart > 2 * track
        if not good and contrast > (0.55 if FAINT * apart > track else CONTRAST_ALONE):
            good = is_steady(sums, start, column, least, mean) and (
                from_mark(sums, start, bit, mean) or not arrived(sums, start - bit, start)
            )
        return (2 if good and is_whole(p, column, bit) else 0), 0.0
    clear = CONTRAST_FIRST if whole[place + GOOD] == 0 else CONTRAST_NEXT
    if contrast < clear or mean * 2 < LEVEL_MIN:
        return 0, 0.0
    if not is_steady(sums, start, column, least, mean):
        return 0, 0.0
    lead = lead_of(paths, whole, reading, start, contrast / clean_contrast(bit))
    share = share_of(sums, p, column, bit)
    if share < SHARE_FIRST or lead < -BEHIND_MAX:
        return 0, 0.0
    if whole[place + GOOD] == 1:
        if is_other(p, column, bit, track):
            return 0, 0.0
        # A character that is mostly mark fits both bit lengths: it waits in both, others tell.
        shorter = shorter_by(paths, whole)
        enough = 0.0
        if reading > 0:
            enough = LEAD_ALONE if contrast > CONTRAST_ALONE else LEAD_NOISY
        elif contrast > CONTRAST_CLEAR and whole[place + HELD] < HELD_MAX - 1:
            enough = max(LEAD_CLEAR + shorter / SHORTER_LEAD, 0.0)
        sure = lead > -ALIKE and lead + leads > enough
        sure = shorter > SHORTER_SURE or sure if reading > 0 else shorter < LONGER_SURE and sure
        return (2 if sure and contrast > CONTRAST_FIRST else 1), lead
    if not from_mark(sums, start, bit, mean):
        return 0, 0.0
    alone = contrast > CONTRAST_ALONE and share > 0.3 and lead > LEAD_ALONE
    if alone and reading == 0:
        alone = shorter_by(paths, whole) < LONGER_ALONE
    return (2 if alone else 1), lead
