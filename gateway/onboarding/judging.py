"""Whether a step of the plan was done well, from what was seen. Pure: the same evidence, the same
verdict, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from ...smpp.alphabets import Alphabet
from ...smpp.counting import counted
from ...smpp.parts import Concatenation, join
from ...smpp.pdu import EnquireLink, Unbind
from ...smpp.receipt import RECEIPT, report_of
from ...smpp.status import name_of
from ...smpp.tlv import Tag, value_of
from .codes import code_of
from .evidence import ALPHABETS, Evidence, Exchange
from .plan import PLAN, Step

RESPONSE_WITHIN = 10.0  # seconds; our response timer unless the account says otherwise
WINDOW_MIN = 5  # requests unanswered at once that are called a window
KIND_MASK = 0x3C  # esm_class, bits 5-2: what kind of message it is (SMPP v3.4, 5.2.12)


class Verdict(Enum):
    PASSED = "pass"
    FAILED = "FAIL"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True)
class Finding:
    """`words` say what was seen, or what to do."""

    verdict: Verdict
    words: str


UNSEEN = Finding(Verdict.UNSEEN, "")


def judged(evidence: Evidence) -> dict[str, Finding]:
    """Every step of the plan, by key."""
    return {step.key: _CHECKS[step.key](evidence, step) for step in PLAN}


def _passed(words: str) -> Finding:
    return Finding(Verdict.PASSED, words)


def _failed(words: str) -> Finding:
    return Finding(Verdict.FAILED, words)


# --- texts ---------------------------------------------------------------------------------------


def _labelled(evidence: Evidence, step: Step) -> list[Exchange]:
    """The texts that are this step's, however they are read; the newest last."""
    label = step.text.split()[0] + " "
    return [
        one
        for one in evidence.texts()
        if any(one.text(alphabet).startswith(label) for alphabet in _ways(evidence))
    ]


def _ways(evidence: Evidence) -> tuple[Alphabet, ...]:
    """What data_coding 0 may mean, as agreed first."""
    return tuple(dict.fromkeys((evidence.alphabet, *ALPHABETS)))


def _refusal(evidence: Evidence, *texts: Exchange) -> Finding | None:
    """What is wrong with how they were answered; None when all were taken."""
    for one in texts:
        if one.status:
            code = code_of(one.status)
            why = f": {code.when}" if code else ""
            return _failed(f"it was answered ESME_{name_of(one.status)}{why}")
        if one.status is None and evidence.now - one.at > RESPONSE_WITHIN:
            return _failed("it was never answered: tell us")
        if one.status is None:
            return Finding(Verdict.UNSEEN, "it has no response yet")
    return None


def _misread(evidence: Evidence, one: Exchange, expected: str) -> str:
    """What is wrong with the words; "" when they are right."""
    if one.text(evidence.alphabet).rstrip() == expected.rstrip():
        return ""
    coding = one.message.data_coding if one.message else 0
    for other in _ways(evidence):
        if coding == 0 and one.text(other).rstrip() == expected.rstrip():
            return (
                f"data_coding 0 is read as {evidence.alphabet} and reads right as {other}: set "
                f'default_alphabet = "{other}" in the account, or send {evidence.alphabet}'
            )
    read = one.text(evidence.alphabet)
    return f"with data_coding {coding} it reads {read!r}; send exactly {expected!r}"


def _text(evidence: Evidence, step: Step) -> Finding:
    found = _labelled(evidence, step)
    if not found:
        return UNSEEN
    one = found[-1]
    if refusal := _refusal(evidence, one):
        return refusal
    if wrong := _misread(evidence, one, step.text):
        return _failed(wrong)
    return _passed(f"read as sent, answered after {1000 * one.after:.0f} ms")


def _with_coding(*codings: int) -> Callable[[Evidence, Step], Finding]:
    def check(evidence: Evidence, step: Step) -> Finding:
        finding = _text(evidence, step)
        if finding.verdict is not Verdict.PASSED:
            return finding
        coding = _data_coding(_labelled(evidence, step)[-1])
        if coding in codings:
            return _passed(f"{finding.words}, data_coding {coding}")
        wanted = " or ".join(map(str, codings))
        return _failed(f"read as sent, but with data_coding {coding}; send it with {wanted}")

    return check


def _data_coding(one: Exchange) -> int:
    assert one.message is not None
    return one.message.data_coding


def _long(kinds: tuple[str, ...]) -> Callable[[Evidence, Step], Finding]:
    """A text in parts, joined by one of `kinds`."""

    def check(evidence: Evidence, step: Step) -> Finding:
        texts = list(evidence.texts())
        firsts = _labelled(evidence, step)
        if not firsts:
            return UNSEEN
        first = firsts[-1]
        key = _concatenation(evidence, first)
        if key is None:
            return _failed("it came without saying which part it is: as one text, not in parts")
        if key.kind not in kinds:
            return _failed(f"its parts are told by {key.kind}, not by {' or '.join(kinds)}")
        parts = dict(_parts(evidence, texts, key))
        missing = [number for number in range(1, key.total + 1) if number not in parts]
        if missing:
            numbers = ", ".join(map(str, missing))
            return Finding(Verdict.UNSEEN, f"part {numbers} of {key.total} has not come yet")
        return _refusal(evidence, *parts.values()) or _joined(evidence, step, parts, key)

    return check


def _joined(
    evidence: Evidence, step: Step, parts: dict[int, Exchange], key: Concatenation
) -> Finding:
    octets = {number: one.data(evidence.alphabet).octets for number, one in parts.items()}
    written = parts[1].data(evidence.alphabet).written
    text = join(octets, key.total, written).text
    if text.rstrip() != step.text:
        return _failed(
            f"joined, it reads {text[:40]!r}... with {counted(len(text), 'character')}; send "
            f"exactly the {len(step.text)} characters"
        )
    return _passed(f"{key.total} parts, reference {key.reference} ({key.kind}), joined as sent")


def _concatenation(evidence: Evidence, one: Exchange) -> Concatenation | None:
    return one.data(evidence.alphabet).concatenation


def _parts(
    evidence: Evidence, texts: Iterable[Exchange], key: Concatenation
) -> Iterator[tuple[int, Exchange]]:
    """The newest of each part of that text."""
    for one in texts:
        other = _concatenation(evidence, one)
        if other is not None and (other.kind, other.reference, other.total) == (
            key.kind,
            key.reference,
            key.total,
        ):
            yield other.number, one


def _payload(evidence: Evidence, step: Step) -> Finding:
    finding = _text(evidence, step)
    if finding.verdict is not Verdict.PASSED:
        return finding
    message = _labelled(evidence, step)[-1].message
    if message is None or value_of(message.tlvs, Tag.message_payload) is None:
        return _failed("it came in a short_message, not in a message_payload")
    return finding


def _repeat(evidence: Evidence, step: Step) -> Finding:
    found = _labelled(evidence, step)
    if len(found) < 2:
        return (
            Finding(Verdict.UNSEEN, "sent once so far: send the same PDU again")
            if found
            else (UNSEEN)
        )
    before, after = found[-2:]
    if before.octets != after.octets or before.bind != after.bind:
        return _failed(
            "two different PDUs: a retransmission has the same octets, sequence_number included,"
            " on the same connection"
        )
    if refusal := _refusal(evidence, before, after):
        return refusal
    if before.message_id != after.message_id:
        return _failed(f"two message_ids, {before.message_id} and {after.message_id}: tell us")
    return _passed(f"recognised: both have message_id {after.message_id}")


def _receipt(evidence: Evidence, step: Step) -> Finding:
    found = _labelled(evidence, step)
    if not found:
        return UNSEEN
    asked = found[-1]
    if refusal := _refusal(evidence, asked):
        return refusal
    if asked.message is None or not asked.message.registered_delivery & 3:
        return _failed("it asked for none: set registered_delivery to 1")
    for one in evidence.replies():
        report = report_of(one.message, evidence.alphabet) if one.message else None
        if report is not None and report.message_id == asked.message_id:
            return _answered(evidence, one, f"{report.state} for {report.message_id}")
    return Finding(
        Verdict.UNSEEN,
        "its receipt has not left yet: it does when the test was shown, or nobody could be",
    )


def _answered(evidence: Evidence, one: Exchange, what: str) -> Finding:
    """What became of a deliver_sm of ours."""
    if one.status is None:
        late = evidence.now - one.at > RESPONSE_WITHIN
        words = f"{what} is not answered: send deliver_sm_resp with its sequence_number"
        return _failed(words) if late else Finding(Verdict.UNSEEN, words)
    if one.status:
        return _failed(
            f"{what} was answered {name_of(one.status)}: answer ESME_ROK when you have"
            " it, and ESME_RX_T_APPN to have it again"
        )
    return _passed(f"{what}, answered after {1000 * one.after:.0f} ms")


def _reply(evidence: Evidence, _step: Step) -> Finding:
    replies = [o for o in evidence.replies() if o.message and not o.message.esm_class & KIND_MASK]
    if not replies:
        return UNSEEN
    answered = [one for one in replies if one.status == 0]
    return _answered(evidence, answered[-1] if answered else replies[-1], "our deliver_sm")


def _acknowledgement(evidence: Evidence, _step: Step) -> Finding:
    for one in evidence.texts():
        report = report_of(one.message, evidence.alphabet) if one.message else None
        if report is None:
            continue
        about = report.message_id or (f"reference {report.reference}" * (report.reference >= 0))
        if not about:
            return _failed(
                "it names no message: put in receipted_message_id or user_message_reference"
            )
        by = (
            "receipt"
            if one.message and one.message.esm_class & KIND_MASK == RECEIPT
            else (report.kind)
        )
        return _passed(f"{by} for {about}: {report.state or 'delivered'}")
    return UNSEEN


# --- binds ---------------------------------------------------------------------------------------


def _bind(evidence: Evidence, _step: Step) -> Finding:
    if evidence.binds:
        modes = ", ".join(sorted(set(evidence.binds.values())))
        return _passed(f"{len(evidence.binds)} up: {modes}")
    refused = [one for one in evidence.happened if one.what == "bind_refused"]
    ups = [one for one in evidence.happened if one.what == "bind_up"]
    if ups:
        return _passed(ups[-1].words)
    if refused:
        return _failed(f"refused: {refused[-1].words or 'a system_id that is no carrier'}")
    return UNSEEN


def _window(evidence: Evidence, step: Step) -> Finding:
    found = _labelled(evidence, step)
    if not found:
        return UNSEEN
    refusal = _refusal(evidence, *found)
    if refusal is not None and refusal.verdict is Verdict.FAILED:
        return refusal
    if evidence.deepest < WINDOW_MIN:
        words = f"at most {evidence.deepest} unanswered at once: send without waiting"
        return Finding(Verdict.UNSEEN if len(found) < 2 * WINDOW_MIN else Verdict.FAILED, words)
    return refusal or _passed(
        f"up to {evidence.deepest} unanswered at once, all {len(found)} ESME_ROK"
    )


def _enquire(evidence: Evidence, _step: Step) -> Finding:
    found = evidence.requests(EnquireLink.COMMAND_ID, heard=True)
    if not found:
        return UNSEEN
    times = [one.at for one in found if one.bind == found[-1].bind]
    every = f", every {(times[-1] - times[0]) / (len(times) - 1):.0f} s" if len(times) > 2 else ""
    return _passed(f"{len(found)} seen{every}")


def _enquired(evidence: Evidence, _step: Step) -> Finding:
    found = evidence.requests(EnquireLink.COMMAND_ID, heard=False)
    answered = [one for one in found if one.status is not None]
    if answered:
        return _passed(f"answered after {1000 * answered[-1].after:.0f} ms")
    if found and evidence.now - found[-1].at > RESPONSE_WITHIN:
        return _failed("ours is not answered: send enquire_link_resp, or the bind is given up")
    return UNSEEN


def _unbind(evidence: Evidence, _step: Step) -> Finding:
    found = evidence.requests(Unbind.COMMAND_ID, heard=True)
    if not found:
        dropped = [o for o in evidence.happened if o.what == "bind_down" and "lost" in o.words]
        if dropped:
            return _failed("the connection was dropped without unbind: send unbind first")
        return UNSEEN
    one = found[-1]
    if one.status is None:
        return Finding(Verdict.UNSEEN, "its response waits for what is still to be answered")
    return _passed(f"answered after {1000 * one.after:.0f} ms")


def _rebind(evidence: Evidence, _step: Step) -> Finding:
    unbound = evidence.requests(Unbind.COMMAND_ID, heard=True)
    if not unbound:
        return UNSEEN
    again = [o for o in evidence.happened if o.what == "bind_up" and o.at > unbound[0].at]
    if not again:
        return UNSEEN
    return _passed(f"bound again {again[0].at - unbound[0].at:.0f} s after the first unbind")


_CHECKS: dict[str, Callable[[Evidence, Step], Finding]] = {
    "bind": _bind,
    "text": _text,
    "default": _with_coding(0),
    "extension": _text,
    "unicode": _with_coding(8),
    "udh": _long(("udh8", "udh16")),
    "sar": _long(("sar",)),
    "payload": _payload,
    "repeat": _repeat,
    "receipt": _receipt,
    "answer": _reply,
    "acknowledgement": _acknowledgement,
    "window": _window,
    "enquire": _enquire,
    "enquired": _enquired,
    "unbind": _unbind,
    "rebind": _rebind,
}
