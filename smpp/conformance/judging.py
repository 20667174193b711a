"""What was heard, held against what was due. Every wrong answer is a finding; silence too.

Pure. A case without a finding is passed, so whatever is not looked at here is not tested.
"""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from ..explaining.operations import Sender
from ..explaining.operations import name_of as operation_name
from ..explaining.streams import explain
from ..explaining.words import status_words
from .octets import NACK
from .rules import RESPONSE_DUE, RESPONSE_FORM
from .values import Body, Case, Due, End, Finding, Heard, Pattern, Reply, Same, Statuses, Verdict

_SC_INTERFACE_VERSION = 0x0210
_MESSAGE_ID_MAX = 64  # octets without the NUL (SMPP v3.4, 5.2.23)
# What is odd about a response only because the request was.
_ECHOED = frozenset({"sequence_number", "direction"})


def judge(case: Case, heard: Heard) -> Verdict:
    """All that is wrong with what was heard in one play of a case."""
    if heard.hindrance:
        return Verdict(case, hindrance=heard.hindrance)
    findings: list[Finding] = []
    if case.due is not None:
        findings += _answers(case, heard)
    findings += _forms(heard)
    if not _is_end(case.end, heard.end):
        findings.append(Finding(END_WORDS[case.end], END_WORDS[heard.end], case.end_rule))
    return Verdict(case, tuple(findings))


def judge_twin(case: Case, heard: Heard, twin: Heard) -> tuple[Finding, ...]:
    """What differs between the case and its twin and must not."""
    assert case.twin is not None
    if twin.hindrance:
        return (Finding("the twin is played too", twin.hindrance, case.twin.rule),)
    here: tuple[object, ...]
    there: tuple[object, ...]
    if case.twin.same is Same.STATUS:
        here, there = (tuple(r.status for r in one.replies) for one in (heard, twin))
        words = "the same command_status as without it"
    else:
        here, there = (tuple(r.octets for r in one.replies) for one in (heard, twin))
        words = "the same octets in both cases"
    findings: list[Finding] = []
    if here != there:
        got = f"{_all_words(heard.replies)}; there {_all_words(twin.replies)}"
        findings.append(Finding(words, got, case.twin.rule))
    if case.twin.same is Same.OCTETS and heard.end is not twin.end:
        got = f"{END_WORDS[heard.end]}; there {END_WORDS[twin.end]}"
        findings.append(Finding("the same end in both cases", got, case.twin.rule))
    return tuple(findings)


def has_all(case: Case, replies: tuple[Reply, ...]) -> bool:
    """Whether every answer that is due has come, in whatever form: there is nothing to wait for."""
    left = list(replies)
    for due in case.due or ():
        found = next((r for r in left if r.number in _numbers(due)), None)
        if found is None:
            return False
        left.remove(found)
    return True


# --- answers -------------------------------------------------------------------------------------


def _answers(case: Case, heard: Heard) -> list[Finding]:
    """Good answers find their place first, so that a poor one cannot take it."""
    left = list(heard.replies)
    open_dues: list[Due] = []
    findings: list[Finding] = []
    for due in case.due or ():
        good = next((r for r in left if any(fits(p, r) for p in due.good)), None)
        if good is None:
            open_dues.append(due)
        else:
            left.remove(good)
    for due in open_dues:
        expected = " or ".join(pattern_words(p) for p in due.good)
        rule = due.rule or case.rule
        poor = next(((r, s) for p, s in due.poor for r in left if fits(p, r)), None)
        if poor is not None:
            left.remove(poor[0])
            findings.append(Finding(expected, reply_words(poor[0]), poor[1]))
            continue
        instead = next((r for r in left if r.number in _numbers(due)), None)
        if instead is None and due.or_closed and heard.end is End.CLOSED:
            continue
        if instead is None:
            findings.append(Finding(expected, f"no answer, {END_WORDS[heard.end]}", rule))
        else:
            left.remove(instead)
            findings.append(Finding(expected, reply_words(instead), rule))
    if left:
        rule = case.rule if not case.due else RESPONSE_DUE
        findings.append(Finding("no further answer", _all_words(tuple(left)), rule))
    return findings


def fits(pattern: Pattern, reply: Reply) -> bool:
    return (
        reply.command_id == pattern.command_id
        and reply.number in pattern.numbers
        and pattern.statuses.has(reply.status)
        and _has_body(pattern.body, reply)
    )


def _has_body(body: Body, reply: Reply) -> bool:
    identifier, nul, rest = reply.octets[16:].partition(b"\0")
    match body:
        case Body.ANY:
            return True
        case Body.MESSAGE_ID:
            return bool(nul) and 1 <= len(identifier) <= _MESSAGE_ID_MAX
        case Body.NO_TLV:
            return not rest
        case Body.VERSION:
            return rest[:4] == _SC_INTERFACE_VERSION.to_bytes(2) + b"\0\1" and len(rest) >= 5
        case _:
            assert_never(body)


def _forms(heard: Heard) -> list[Finding]:
    """What the server sends must itself be in order."""
    findings: list[Finding] = []
    expected = "a response that is itself in order"
    for reply in heard.replies:
        for what in _form_faults(reply.octets):
            findings.append(Finding(expected, f"{reply_words(reply)}: {what}", RESPONSE_FORM))
    if heard.unreadable:
        got = f"octets that are no PDU: {heard.unreadable[:16].hex(' ')}"
        findings.append(Finding(expected, got, RESPONSE_FORM))
    return findings


@lru_cache(maxsize=1_024)  # most responses of a run are alike
def _form_faults(octets: bytes) -> tuple[str, ...]:
    """In words, what is wrong with one response, and is not only said back."""
    return tuple(
        fault.what
        for told in explain(octets, sender=Sender.CENTRE)
        for fault in told.faults
        if fault.name not in _ECHOED
    )


def _is_end(expected: End, got: End) -> bool:
    return got is not End.SILENT if expected is End.EITHER else got is expected


def _numbers(due: Due) -> frozenset[int]:
    patterns = [*due.good, *(pattern for pattern, _ in due.poor)]
    return frozenset(number for pattern in patterns for number in pattern.numbers)


# --- words ---------------------------------------------------------------------------------------

END_WORDS = {
    End.KEPT: "the session lives",
    End.CLOSED: "the connection is closed",
    End.EITHER: "the session lives, or the connection is closed",
    End.SILENT: "the connection stays open, and nothing is answered on it",
}


def pattern_words(pattern: Pattern) -> str:
    body = "" if pattern.body is Body.ANY else f" with {pattern.body.value}"
    numbers = " or ".join(f"{number:#x}" for number in sorted(pattern.numbers))
    said = f"{operation_name(pattern.command_id)} {_statuses_words(pattern.statuses)}"
    return f"{said}, sequence_number {numbers}{body}"


def reply_words(reply: Reply) -> str:
    name = operation_name(reply.command_id)
    if reply.command_id not in (NACK,) and name.startswith("unknown"):
        name = f"{name} {reply.command_id:#010x}"
    return f"{name} {status_words(reply.status)}, sequence_number {reply.number:#x}"


def _statuses_words(statuses: Statuses) -> str:
    if statuses.only is not None:
        return " or ".join(status_words(code) for code in sorted(statuses.only))
    return "with an error" if 0 in statuses.but else "with any command_status"


def _all_words(replies: tuple[Reply, ...]) -> str:
    if not replies:
        return "no answer"
    shown = [reply_words(reply) for reply in replies[:3]]
    more = len(replies) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more else "")
