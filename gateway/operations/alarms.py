"""Alarms: what is wrong, since when, and what to do, each in one sentence. Pure.

A shell observes (`Observed`), `findings` judges, `Alarms` remembers since when. Nothing here knows
a caller, so no sentence can hold a caller's words.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from msgspec import Struct

from ...smpp.counting import counted
from .status import AlarmStatus


class Severity(IntEnum):
    NOTICE = 1  # look at it today
    WARNING = 2  # a safety margin is gone
    CRITICAL = 3  # callers are being turned away, or soon will be

    @property
    def word(self) -> str:
        return self.name.lower()


class Finding(Struct, frozen=True):
    """One thing that is wrong now. `key` names it for as long as it lasts: "bind:carrier-a"."""

    key: str
    severity: Severity
    sentence: str


class Alarm(Struct, frozen=True):
    key: str
    severity: Severity
    sentence: str
    since: float  # UTC seconds

    def status(self) -> AlarmStatus:
        return AlarmStatus(self.key, self.severity.word, self.sentence, self.since)


class Raised(Struct, frozen=True):
    alarm: Alarm


class Cleared(Struct, frozen=True):
    alarm: Alarm


Change = Raised | Cleared


# --- what the shell observes -------------------------------------------------------------------


class Disk(Struct, frozen=True):
    """`problem`: why the disk could not be asked, or ""; then nobody knows what is free."""

    path: str
    free_mb: int
    free_min_mb: int
    problem: str = ""


class CarrierSeen(Struct, frozen=True):
    """`receivers`: bound connections over which a text can come in and a reply go out."""

    name: str
    display: str
    receivers: int


class PsapSeen(Struct, frozen=True):
    """`stalled`: open dialogues whose owner's browser has been gone for 15 s (DESIGN 9.12).
    `last`: the statewide default, which ends every chain."""

    name: str
    display: str
    people: int
    stalled: int = 0
    last: bool = False


class NoisySeen(Struct, frozen=True):
    """A caller who sends more than people type. `source` is masked; `rate` in texts per second;
    `throttled`: some of them are refused for the moment."""

    source: str
    rate: float
    throttled: bool


class LockedSeen(Struct, frozen=True):
    """An address that brought too many wrong binds, `failures` of them. `carriers`: who may come
    from there; empty for one that nobody may come from."""

    address: str
    failures: int
    carriers: tuple[str, ...]


class CertificateSeen(Struct, frozen=True):
    """Our own, at one door for carriers. `left`: seconds until it runs out."""

    port: int
    left: float


class LineSeen(Struct, frozen=True):
    """A line on which callers type. `down`: why no call comes on it now, in words; "": it does."""

    name: str
    display: str
    down: str


class Observed(Struct, frozen=True):
    """`journal`: why it cannot write, or "". `clock_step`: seconds the clock jumped, or 0.0.
    `noisy`: the loudest first. `locked`: who failed most first."""

    disks: tuple[Disk, ...] = ()
    carriers: tuple[CarrierSeen, ...] = ()
    psaps: tuple[PsapSeen, ...] = ()
    journal: str = ""
    clock_step: float = 0.0
    noisy: tuple[NoisySeen, ...] = ()
    locked: tuple[LockedSeen, ...] = ()
    certificates: tuple[CertificateSeen, ...] = ()
    lines: tuple[LineSeen, ...] = ()


DAY = 86_400.0  # seconds
# Days before the end of our certificate: time to order one, and time to do nothing else.
EXPIRES_SOON, EXPIRES_NOW = 30.0, 7.0


def findings(seen: Observed) -> tuple[Finding, ...]:
    """Everything wrong in what was observed, in no particular order."""
    found: list[Finding] = []
    if seen.journal:
        found.append(_journal(seen.journal))
    if seen.clock_step:
        found.append(_clock(seen.clock_step))
    found += (_disk(disk) for disk in seen.disks if disk.free_mb < disk.free_min_mb)
    found += (_bind(carrier) for carrier in seen.carriers if not carrier.receivers)
    if seen.psaps and not any(psap.people for psap in seen.psaps):
        found.append(NOBODY_ANYWHERE)
    else:
        found += (_nobody(psap) for psap in seen.psaps if not psap.people)
    found += (_stalled(psap) for psap in seen.psaps if psap.stalled)
    if seen.noisy:
        found.append(_flood(seen.noisy))
    found += _lockouts(seen.locked)
    found += (_certificate(one) for one in seen.certificates if one.left < EXPIRES_SOON * DAY)
    found += (_line(one) for one in seen.lines if one.down)
    return tuple(found)


def _line(seen: LineSeen) -> Finding:
    words = f"No call can come on {seen.display}: {seen.down.rstrip('.')}; look at the line."
    return Finding(f"line:{seen.name}", Severity.CRITICAL, words)


def _lockouts(locked: tuple[LockedSeen, ...]) -> list[Finding]:
    """One for carriers' addresses, which somebody must look at, and one for all the others."""
    found: list[Finding] = []
    if ours := [one for one in locked if one.carriers]:
        first, more = ours[0], len(ours) - 1
        others = f" (and {counted(more, 'more address', 'more addresses')})" if more else ""
        found.append(
            Finding(
                "lockout",
                Severity.WARNING,
                f"{first.address}{others}, from where {' and '.join(first.carriers)} may come, has "
                f"sent {first.failures} wrong binds; they are answered late, right ones are not, "
                "ask the carrier which of its systems has another password or certificate.",
            )
        )
    if strangers := [one for one in locked if not one.carriers]:
        first, more = strangers[0], len(strangers) - 1
        others = f" and {counted(more, 'more address', 'more addresses')}" if more else ""
        found.append(
            Finding(
                "lockout-strangers",
                Severity.NOTICE,
                f"{first.address}{others}, from where no carrier may come, asked for binds again "
                "and again and is turned away; if it is a carrier's, put its network into "
                "allowed_networks.",
            )
        )
    return found


def _certificate(seen: CertificateSeen) -> Finding:
    days = int(seen.left / DAY)
    when = f"runs out in {counted(days, 'day')}"
    if seen.left < 0:
        when = "has run out"
    elif not days:
        when = "runs out within a day"
    return Finding(
        f"certificate:{seen.port}",
        Severity.CRITICAL if seen.left < EXPIRES_NOW * DAY else Severity.WARNING,
        f"The certificate that carriers see on port {seen.port} {when}, and then they cannot "
        "connect; put a new one in its place and reload.",
    )


def _flood(noisy: tuple[NoisySeen, ...]) -> Finding:
    loudest, others = noisy[0], len(noisy) - 1
    more = f", and {counted(others, 'more sends', 'more send')} too many" if others else ""
    throttled = any(one.throttled for one in noisy)
    what = "some of it is refused for the moment and " if throttled else ""
    return Finding(
        "flood",
        Severity.WARNING if throttled else Severity.NOTICE,
        f"{loudest.source} sends {loudest.rate:.0f} texts/s{more}; {what}everybody else goes first,"
        " ask the carrier to look at it if it goes on.",
    )


def _journal(reason: str) -> Finding:
    return Finding(
        "journal",
        Severity.CRITICAL,
        f"The journal cannot write ({reason.rstrip('.')}), so carriers are told to keep their "
        "texts; make room or repair the disk, the gateway goes on by itself.",
    )


def _clock(step: float) -> Finding:
    way = "forwards" if step > 0 else "backwards"
    return Finding(
        "clock",
        Severity.WARNING,
        f"The clock jumped {way} by {abs(step):.1f} s; check the time synchronisation of this "
        "machine, times shown around the jump are wrong by that much.",
    )


def _disk(disk: Disk) -> Finding:
    if disk.problem:
        return Finding(
            f"disk:{disk.path}",
            Severity.CRITICAL,
            f"The disk of {disk.path} cannot be asked how much room it has ({disk.problem}); check "
            "that it is mounted and readable for the gateway.",
        )
    full = disk.free_mb * 10 < disk.free_min_mb
    return Finding(
        f"disk:{disk.path}",
        Severity.CRITICAL if full else Severity.WARNING,
        f"Only {disk.free_mb} MB are free on the disk of {disk.path} (limit {disk.free_min_mb} MB);"
        " make room before the journal has to stop.",
    )


def _bind(carrier: CarrierSeen) -> Finding:
    return Finding(
        f"bind:{carrier.name}",
        Severity.CRITICAL,
        f"{carrier.display} has no bind that can carry texts both ways, so its callers cannot be "
        "answered; call the carrier's network desk and check the link.",
    )


# Instead of one alarm per PSAP: this is another, and far worse, thing.
NOBODY_ANYWHERE = Finding(
    "nobody",
    Severity.CRITICAL,
    "Nobody is logged in at any PSAP, so every caller is told that text-to-911 is not available; "
    "have somebody log in now.",
)


def _nobody(psap: PsapSeen) -> Finding:
    if psap.last:
        return Finding(
            f"nobody:{psap.name}",
            Severity.CRITICAL,
            f"Nobody is logged in at {psap.display}, which ends every chain; callers whom no other "
            "PSAP takes are turned away, have somebody log in there now.",
        )
    return Finding(
        f"nobody:{psap.name}",
        Severity.WARNING,
        f"Nobody is logged in at {psap.display}; its callers are offered to the next PSAP of the "
        "chain until somebody logs in there.",
    )


def _stalled(psap: PsapSeen) -> Finding:
    many = (
        f"{psap.stalled} open dialogues have lost their telecommunicators' links"
        if psap.stalled > 1
        else "An open dialogue has lost its telecommunicator's link"
    )
    return Finding(
        f"stalled:{psap.name}",
        Severity.CRITICAL,
        f"{many} at {psap.display}; a colleague there should take over now, or call them.",
    )


class ClockWatch:
    """Compares the wall clock with the monotonic one, tick by tick.

    A step is reported for `HOLD` seconds after it happened: it is an event, but a person has to see
    it. Slow drift is none of its business; only the jump between two ticks counts.
    """

    HOLD = 600.0  # seconds

    def __init__(self, step_max: float = 1.0) -> None:
        self._step_max = step_max
        self._last: tuple[float, float] | None = None
        self._step = 0.0
        self._until = 0.0  # monotonic

    def tick(self, utc: float, monotonic: float) -> float:
        """The last step in seconds while it is worth an alarm, else 0.0."""
        if self._last is not None:
            step = (utc - self._last[0]) - (monotonic - self._last[1])
            if abs(step) > self._step_max:
                self._step = step
                self._until = monotonic + self.HOLD
        self._last = (utc, monotonic)
        if monotonic >= self._until:
            self._step = 0.0
        return self._step


class Alarms:
    """The alarms that stand. Raised and cleared by key, or all at once from what was found."""

    def __init__(self) -> None:
        self._standing: dict[str, Alarm] = {}

    def raise_alarm(self, finding: Finding, now: float) -> Raised | None:
        """`Raised` when it is new or has become worse; a changed sentence alone is no news."""
        old = self._standing.get(finding.key)
        since = now if old is None else old.since
        alarm = Alarm(finding.key, finding.severity, finding.sentence, since)
        self._standing[finding.key] = alarm
        worse = old is None or finding.severity > old.severity
        return Raised(alarm) if worse else None

    def clear(self, key: str) -> Cleared | None:
        old = self._standing.pop(key, None)
        return None if old is None else Cleared(old)

    def settle(self, found: Iterable[Finding], now: float) -> tuple[Change, ...]:
        """Make `found` all that stands, and say what changed by it."""
        changes: list[Change] = []
        keys: set[str] = set()
        for finding in found:
            keys.add(finding.key)
            if raised := self.raise_alarm(finding, now):
                changes.append(raised)
        for key in [key for key in self._standing if key not in keys]:
            changes.append(Cleared(self._standing.pop(key)))
        return tuple(changes)

    def standing(self) -> tuple[Alarm, ...]:
        """Most urgent first, then the oldest."""
        return tuple(
            sorted(self._standing.values(), key=lambda one: (-one.severity, one.since, one.key))
        )


_COUNT_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def one_sentence(alarms: tuple[Alarm, ...], reasons: tuple[str, ...], all_well: str) -> str:
    """The sentence on top of the page: the most urgent thing, and how many more there are.

    `alarms` most urgent first; `reasons` why the gateway is not ready; `all_well` when neither.
    """
    things = (*(f"Not ready: {reason}" for reason in reasons), *(one.sentence for one in alarms))
    if not things:
        return all_well
    count = len(things)
    words = _COUNT_WORDS[count] if count < len(_COUNT_WORDS) else str(count)
    head = "One thing needs you." if count == 1 else f"{words} things need you, this one first."
    return f"{head} {things[0]}"
