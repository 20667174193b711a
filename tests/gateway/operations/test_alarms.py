"""Alarms: what is wrong is said once, with what to do, most urgent first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text911.gateway.operations.alarms import (
    DAY,
    Alarms,
    CarrierSeen,
    CertificateSeen,
    Cleared,
    ClockWatch,
    Disk,
    Finding,
    LineSeen,
    LockedSeen,
    NoisySeen,
    Observed,
    PsapSeen,
    Raised,
    Severity,
    findings,
    one_sentence,
)

ATTENDED = PsapSeen("capitol-east", "Capitol East", 1)
WELL = Observed(
    disks=(Disk("/journal", 5000, 500),),
    carriers=(CarrierSeen("carrier-a", "Carrier A", 1),),
    psaps=(PsapSeen("elm-harbor", "Elm Harbor", 2),),
)
LOW = Finding("disk:/journal", Severity.WARNING, "Only 400 MB.")
DOWN = Finding("bind:carrier-a", Severity.CRITICAL, "Carrier A is down.")


def only(seen: Observed) -> Finding:
    (finding,) = findings(seen)
    return finding


def test_nothing_is_found_where_all_is_well() -> None:
    assert findings(WELL) == ()


@pytest.mark.parametrize(
    ("seen", "key", "severity", "words"),
    [
        (Observed(journal="disk full."), "journal", Severity.CRITICAL, "(disk full), so carriers"),
        (Observed(clock_step=2.5), "clock", Severity.WARNING, "forwards by 2.5 s"),
        (Observed(clock_step=-2.5), "clock", Severity.WARNING, "backwards by 2.5 s"),
        (
            Observed(disks=(Disk("/journal", 400, 500),)),
            "disk:/journal",
            Severity.WARNING,
            "400 MB are free",
        ),
        (Observed(disks=(Disk("/journal", 49, 500),)), "disk:/journal", Severity.CRITICAL, "49 MB"),
        (
            Observed(disks=(Disk("/journal", 0, 500, "No such file"),)),
            "disk:/journal",
            Severity.CRITICAL,
            "cannot be asked",
        ),
        (
            Observed(carriers=(CarrierSeen("carrier-a", "Carrier A", 0),)),
            "bind:carrier-a",
            Severity.CRITICAL,
            "Carrier A has no bind",
        ),
        (
            Observed(psaps=(PsapSeen("elm-harbor", "Elm Harbor", 0), ATTENDED)),
            "nobody:elm-harbor",
            Severity.WARNING,
            "Nobody is logged in at Elm Harbor",
        ),
        (
            Observed(psaps=(PsapSeen("csecc", "CSECC", 0, last=True), ATTENDED)),
            "nobody:csecc",
            Severity.CRITICAL,
            "ends every chain",
        ),
        (
            Observed(psaps=(PsapSeen("elm-harbor", "Elm Harbor", 0), PsapSeen("b", "B", 0))),
            "nobody",
            Severity.CRITICAL,
            "at any PSAP",
        ),
        (
            Observed(psaps=(PsapSeen("elm-harbor", "Elm Harbor", 1, stalled=1),)),
            "stalled:elm-harbor",
            Severity.CRITICAL,
            "An open dialogue has lost",
        ),
        (
            Observed(psaps=(PsapSeen("elm-harbor", "Elm Harbor", 1, stalled=2),)),
            "stalled:elm-harbor",
            Severity.CRITICAL,
            "2 open dialogues have lost",
        ),
        (
            Observed(noisy=(NoisySeen("+1860***0142", 480.4, throttled=True),)),
            "flood",
            Severity.WARNING,
            "+1860***0142 sends 480 texts/s; some of it is refused for the moment",
        ),
        (
            Observed(noisy=(NoisySeen("+1860***0142", 3.0, False), NoisySeen("44044", 2, False))),
            "flood",
            Severity.NOTICE,
            "+1860***0142 sends 3 texts/s, and 1 more sends too many; everybody else goes first",
        ),
        (
            Observed(locked=(LockedSeen("203.0.113.5", 44, ("Carrier A", "Carrier B")),)),
            "lockout",
            Severity.WARNING,
            "203.0.113.5, from where Carrier A and Carrier B may come, has sent 44 wrong binds",
        ),
        (
            Observed(locked=tuple(LockedSeen(f"10.0.0.{n}", 20, ("A",)) for n in range(3))),
            "lockout",
            Severity.WARNING,
            "10.0.0.0 (and 2 more addresses), from where A may come",
        ),
        (
            Observed(locked=tuple(LockedSeen(f"10.0.0.{n}", 20, ()) for n in range(3))),
            "lockout-strangers",
            Severity.NOTICE,
            "10.0.0.0 and 2 more addresses, from where no carrier may come",
        ),
        (
            Observed(locked=(LockedSeen("10.0.0.1", 20, ()),)),
            "lockout-strangers",
            Severity.NOTICE,
            "10.0.0.1, from where no carrier may come",
        ),
        (
            Observed(certificates=(CertificateSeen(3550, 29.5 * DAY),)),
            "certificate:3550",
            Severity.WARNING,
            "on port 3550 runs out in 29 days",
        ),
        (
            Observed(certificates=(CertificateSeen(3550, 1.5 * DAY),)),
            "certificate:3550",
            Severity.CRITICAL,
            "runs out in 1 day,",
        ),
        (
            Observed(certificates=(CertificateSeen(3550, 0.5 * DAY),)),
            "certificate:3550",
            Severity.CRITICAL,
            "runs out within a day",
        ),
        (
            Observed(certificates=(CertificateSeen(3550, -1.0),)),
            "certificate:3550",
            Severity.CRITICAL,
            "has run out",
        ),
    ],
)
def test_each_thing_that_is_wrong_is_found_and_says_what_to_do(
    seen: Observed, key: str, severity: Severity, words: str
) -> None:
    finding = only(seen)
    assert (finding.key, finding.severity) == (key, severity)
    assert words in finding.sentence
    # what is wrong, then what to do or what will be done
    assert ";" in finding.sentence
    assert finding.sentence.endswith(".")


def test_a_certificate_that_is_good_for_a_month_is_no_news() -> None:
    assert findings(Observed(certificates=(CertificateSeen(3550, 30.5 * DAY),))) == ()


def test_carriers_and_strangers_are_two_alarms() -> None:
    seen = (LockedSeen("10.0.0.1", 20, ()), LockedSeen("203.0.113.5", 4, ("A",)))
    assert [one.key for one in findings(Observed(locked=seen))] == ["lockout", "lockout-strangers"]


def test_an_alarm_is_raised_once_and_keeps_its_beginning() -> None:
    alarms = Alarms()
    first = alarms.raise_alarm(LOW, now=10.0)
    assert first is not None
    assert first.alarm.since == 10.0
    changed = Finding(LOW.key, LOW.severity, "Only 399 MB.")
    assert alarms.raise_alarm(changed, now=20.0) is None
    (standing,) = alarms.standing()
    assert (standing.sentence, standing.since) == ("Only 399 MB.", 10.0)


def test_an_alarm_that_becomes_worse_is_raised_again_and_one_that_eases_is_not() -> None:
    alarms = Alarms()
    alarms.raise_alarm(LOW, now=10.0)
    worse = Finding(LOW.key, Severity.CRITICAL, "Only 3 MB.")
    raised = alarms.raise_alarm(worse, now=20.0)
    assert raised is not None
    assert raised.alarm.since == 10.0
    assert alarms.raise_alarm(LOW, now=30.0) is None


def test_clearing_what_does_not_stand_is_no_news() -> None:
    alarms = Alarms()
    assert alarms.clear("journal") is None
    alarms.raise_alarm(LOW, now=1.0)
    cleared = alarms.clear(LOW.key)
    assert cleared is not None
    assert cleared.alarm.key == LOW.key
    assert alarms.standing() == ()


def test_settling_says_only_what_changed() -> None:
    alarms = Alarms()
    assert [type(change) for change in alarms.settle([LOW, DOWN], now=1.0)] == [Raised, Raised]
    assert alarms.settle([LOW, DOWN], now=2.0) == ()
    changes = alarms.settle([DOWN], now=3.0)
    assert [(type(change), change.alarm.key) for change in changes] == [(Cleared, LOW.key)]


def test_the_most_urgent_stands_first_and_then_the_oldest() -> None:
    alarms = Alarms()
    alarms.raise_alarm(LOW, now=1.0)
    alarms.raise_alarm(Finding("bind:b", Severity.CRITICAL, "b"), now=3.0)
    alarms.raise_alarm(DOWN, now=2.0)
    assert [alarm.key for alarm in alarms.standing()] == [DOWN.key, "bind:b", LOW.key]


severities = st.sampled_from(list(Severity))
found = st.lists(
    st.builds(Finding, st.sampled_from("abcd"), severities, st.just("s")),
    unique_by=lambda finding: finding.key,
)


@given(st.lists(found, max_size=8))
def test_raised_and_cleared_always_balance(rounds: list[list[Finding]]) -> None:
    alarms = Alarms()
    heard: set[str] = set()
    for now, one in enumerate(rounds):
        for change in alarms.settle(one, float(now)):
            match change:
                case Raised(alarm):
                    heard.add(alarm.key)
                case Cleared(alarm):
                    heard.remove(alarm.key)
        assert heard == {alarm.key for alarm in alarms.standing()} == {f.key for f in one}


def test_the_status_form_of_an_alarm_has_its_severity_in_a_word() -> None:
    alarms = Alarms()
    alarms.raise_alarm(DOWN, now=1.0)
    assert alarms.standing()[0].status().severity == "critical"


def test_the_sentence_is_the_good_news_only_when_there_is_no_other() -> None:
    assert one_sentence((), (), "All is well.") == "All is well."


def test_the_sentence_is_the_most_urgent_thing_and_counts_the_others() -> None:
    alarms = Alarms()
    alarms.raise_alarm(LOW, now=1.0)
    assert one_sentence(alarms.standing(), (), "") == "One thing needs you. Only 400 MB."
    alarms.raise_alarm(DOWN, now=2.0)
    assert one_sentence(alarms.standing(), (), "") == (
        "Two things need you, this one first. Carrier A is down."
    )
    assert one_sentence(alarms.standing(), ("the journal cannot write.",), "") == (
        "Three things need you, this one first. Not ready: the journal cannot write."
    )
    many = tuple("abcdefghijk")
    assert one_sentence((), many, "").startswith("11 things need you")


def test_a_clock_that_runs_evenly_makes_no_alarm() -> None:
    watch = ClockWatch()
    assert [watch.tick(1000.0 + tick, 5.0 + tick) for tick in range(5)] == [0.0] * 5


def test_a_late_tick_is_no_step() -> None:
    watch = ClockWatch()
    watch.tick(1000.0, 5.0)
    assert watch.tick(1030.0, 35.0) == 0.0


@pytest.mark.parametrize("step", [1.5, -1.5, 3600.0])
def test_a_step_is_seen_for_a_while_and_then_over(step: float) -> None:
    watch = ClockWatch()
    watch.tick(1000.0, 0.0)
    assert watch.tick(1001.0 + step, 1.0) == pytest.approx(step)
    assert watch.tick(1002.0 + step, 2.0) == pytest.approx(step)
    late = 1.0 + ClockWatch.HOLD
    assert watch.tick(1000.0 + late + step, late) == 0.0


def test_a_step_within_the_limit_is_none() -> None:
    watch = ClockWatch(step_max=2.0)
    watch.tick(1000.0, 0.0)
    assert watch.tick(1002.5, 1.0) == 0.0


def test_a_line_on_which_no_call_can_come_is_told_with_the_reason() -> None:
    lines = (
        LineSeen("north", "North trunk", ""),
        LineSeen("south", "South trunk", "192.0.2.5 does not answer"),
    )
    (found,) = findings(Observed(lines=lines))
    assert found.key == "line:south"
    assert found.severity is Severity.CRITICAL
    assert "South trunk: 192.0.2.5 does not answer;" in found.sentence
