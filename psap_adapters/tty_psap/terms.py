"""What a call to a PSAP that has only a TTY goes by: its words and its patience. A value."""

from __future__ import annotations

from dataclasses import dataclass

from ...tty.pace import Pace

PACE = Pace()


@dataclass(frozen=True, slots=True)
class Terms:
    """Times in seconds. `announcement` has the fields {number} and {place}. `by`: who answers, as
    transcripts name it. The rest is said in `settings`, whose fields these are."""

    by: str
    announcement: str = "TEXT TO 911 FROM {number} AT {place} GA"
    no_voice: str = "THIS IS A TTY CALL PLEASE TYPE GA"
    closing: str = "SKSK"
    rings_within: float = 60.0
    tones_within: float = 15.0
    announced_again: float = 5.0
    after_sk: float = 30.0
    after_sksk: float = 10.0
    told_from: float = 30.0
    pace: Pace = PACE
