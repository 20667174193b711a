"""What was found, for an engineer at a glance and for a program. No password leaves here.

A failure names what was sent, what was expected, what came instead, and who says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..counting import counted
from .rules import Origin
from .values import Access, Case, Finding, Verdict

_HEX_MAX = 96  # octets of a case that are shown
_WORST_FIRST = (Origin.SPECIFICATION, Origin.MANNERS, Origin.HOUSE)
ORIGIN_WORDS = {
    Origin.SPECIFICATION: "against the specification",
    Origin.MANNERS: "against good manners",
    Origin.HOUSE: "against a promise that text911 makes and others do not",
}


@dataclass(frozen=True, slots=True)
class Score:
    """`broke`: cases by the worst rule that was broken in them."""

    cases: int
    passed: int
    not_played: int
    broke: dict[Origin, int]

    @property
    def is_perfect(self) -> bool:
        return self.passed == self.cases


def score(verdicts: Sequence[Verdict]) -> Score:
    broke = Counter(worst(verdict) for verdict in verdicts if verdict.findings)
    return Score(
        cases=len(verdicts),
        passed=sum(verdict.is_passed for verdict in verdicts),
        not_played=sum(bool(verdict.hindrance) for verdict in verdicts),
        broke={origin: broke[origin] for origin in Origin},
    )


def worst(verdict: Verdict) -> Origin:
    """Who has most reason to complain of a case with findings."""
    origins = {finding.rule.origin for finding in verdict.findings}
    return next(origin for origin in _WORST_FIRST if origin in origins)


def lines(verdicts: Sequence[Verdict], access: Access) -> Iterator[str]:
    """Groups first, then each failure, the sum last."""
    yield from _groups(verdicts)
    for verdict in verdicts:
        if not verdict.is_passed:
            yield ""
            yield from failure(verdict, access)
    yield ""
    yield from _sum(score(verdicts))


def failure(verdict: Verdict, access: Access) -> Iterator[str]:
    """One failed case as a block."""
    case = verdict.case
    yield f"FAILED {case.id} ({case.severity.name.lower()}): {case.does}"
    yield f"  sent      {shown(case, access)}"
    if verdict.hindrance:
        yield f"  not sent, because {verdict.hindrance}"
        return
    for finding in verdict.findings:
        yield f"  expected  {finding.expected}"
        yield f"  got       {finding.got}"
        yield f"  rule      {_rule_words(finding)}"


def shown(case: Case, access: Access) -> str:
    """The octets of a case as hexadecimal, the password's as dots."""
    octets = case.octets
    hidden: set[int] = set()
    password = access.password.encode("latin-1", "replace")
    at = octets.find(password) if password else -1
    while at >= 0:
        hidden.update(range(at, at + len(password)))
        at = octets.find(password, at + 1)
    pieces = [
        ".." if index in hidden else f"{octet:02x}" for index, octet in enumerate(octets[:_HEX_MAX])
    ]
    more = f" and {counted(len(octets) - _HEX_MAX, 'octet')} more" if len(octets) > _HEX_MAX else ""
    return (" ".join(pieces) or "nothing") + more


def as_json(verdict: Verdict, access: Access) -> dict[str, Any]:
    """One object a case."""
    case = verdict.case
    return {
        "id": case.id,
        "group": case.group,
        "does": case.does,
        "severity": case.severity.name.lower(),
        "passed": verdict.is_passed,
        "hindrance": verdict.hindrance,
        "sent": shown(case, access),
        "findings": [
            {
                "expected": finding.expected,
                "got": finding.got,
                "origin": finding.rule.origin.value,
                "source": finding.rule.source,
                "rule": finding.rule.says,
            }
            for finding in verdict.findings
        ],
    }


def score_json(result: Score) -> dict[str, Any]:
    """The sum as one object."""
    return {
        "cases": result.cases,
        "passed": result.passed,
        "not_played": result.not_played,
        "broke": {origin.value: count for origin, count in result.broke.items()},
    }


def _groups(verdicts: Sequence[Verdict]) -> Iterator[str]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.case.group, []).append(verdict)
    width = max((len(name) for name in groups), default=0)
    for name, members in groups.items():
        passed = sum(verdict.is_passed for verdict in members)
        failed = len(members) - passed
        said = f"{failed} FAILED" if failed else "all passed"
        yield f"{name:<{width}}  {passed:>3} of {len(members):>3}  {said}"


def _sum(result: Score) -> Iterator[str]:
    yield f"{result.passed} of {result.cases} cases passed"
    for origin, count in result.broke.items():
        if count:
            yield f"{count:>4} {ORIGIN_WORDS[origin]}"
    if result.not_played:
        yield f"{result.not_played:>4} not played"


def _rule_words(finding: Finding) -> str:
    rule = finding.rule
    who = {
        Origin.SPECIFICATION: rule.source,
        Origin.MANNERS: f"good manners ({rule.source})",
        Origin.HOUSE: f"text911 ({rule.source})",
    }[rule.origin]
    return f"{who}: {rule.says}"
