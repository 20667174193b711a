"""What decisions take from configuration: time limits and automatic messages.

A policy is a value. The one in force is itself a fact, and every dialogue names the policy it lives
under by hash, so that replay decides as the past did (DESIGN 9.8).
"""

from __future__ import annotations

from msgspec import Struct

from .values import PsapName, Segment


class Limits(Struct, frozen=True, gc=False):
    """Seconds. Defaults: facts/text-to-911 2.1 as made precise by DESIGN 9.5 and 9.6."""

    location: float = 3.0  # for the first, coarse location; then route by default
    shown: float = 6.0  # from an offer to its first `Shown`; then the PSAP counts as unreachable
    reach: float = 10.0  # for "can any PSAP be reached?"; then bounce
    ring: float = 20.0  # one PSAP's time to answer while others remain
    abandon: float = 120.0  # unanswered over all; then M1 and abandoned
    quiet_warning: float = 900.0  # nobody wrote: warn the PSAP
    quiet_close: float = 1800.0  # nobody wrote: close
    grace: float = 60.0  # after close: the same PSAP again
    forget: float = 600.0  # a closed dialogue stays in memory for receipts and repeats
    parts: float = 8.0  # for the missing part of a concatenated text
    retry: float = 5.0  # after a temporary refusal by the carrier
    retries: int = 24  # temporary refusals of one part before the reply counts as failed
    automatic_spacing: float = 10.0  # between automatic messages of the same kind to one caller


class Automatic(Struct, frozen=True, gc=False):
    """One automatic message, cut for the wire when the configuration was read."""

    text: str
    segments: tuple[Segment, ...]
    spelled: str = ""  # for a TTY
    seconds: float = 0.0  # that takes on its wire


class Policy(Struct, frozen=True, gc=False):
    """`None` switches a message off; M1, M2 and M7 cannot be switched off."""

    limits: Limits
    bounce: Automatic  # M1: text-to-911 is not available here
    lost: Automatic  # M2: the session was lost after a PSAP had it
    undelivered: Automatic  # M7: the last text reached nobody
    quiet: Automatic | None = None  # M4: closed because nobody wrote
    media: Automatic | None = None  # M5: a picture or group was removed
    ended: tuple[tuple[PsapName, Automatic], ...] = ()  # M3, per PSAP
    titles: tuple[tuple[PsapName, str], ...] = ()  # what people call a PSAP, for the transcript
    voices: tuple[PsapName, ...] = ()  # those with a telephone for the voices of callers on lines
