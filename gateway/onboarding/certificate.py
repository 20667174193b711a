"""What came of the tests with a carrier so far: a value that is kept between sessions, and its
report in words. It holds no text but ours and no number. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from .judging import Finding, Verdict
from .plan import PLAN, Step

COLUMNS = 100
NAMES = 28


class Done(Struct, frozen=True):
    """How a step ended, and when (UTC seconds)."""

    passed: bool
    words: str
    at: float


class Certificate(Struct, frozen=True):
    carrier: str
    begun_at: float
    steps: dict[str, Done] = {}

    @property
    def passed(self) -> bool:
        """Whether all that is asked of every carrier was done well."""
        return all(step.is_optional or self.has_passed(step.key) for step in PLAN) and not any(
            not done.passed for done in self.steps.values()
        )

    def has_passed(self, key: str) -> bool:
        done = self.steps.get(key)
        return done is not None and done.passed


_DECODER = msgspec.json.Decoder(Certificate)


def encode(certificate: Certificate) -> bytes:
    return msgspec.json.encode(certificate)


def decode(octets: bytes) -> Certificate:
    """Raises msgspec.DecodeError (a ValueError) for what is none."""
    return _DECODER.decode(octets)


def entered(
    certificate: Certificate, findings: Mapping[str, Finding], at: float
) -> tuple[Certificate, tuple[str, ...]]:
    """With what was found, and the steps that ended otherwise than before. What was not seen in
    this session stands as it was."""
    steps = dict(certificate.steps)
    changed: list[str] = []
    for step in PLAN:
        found = findings[step.key]
        if found.verdict is Verdict.UNSEEN:
            continue
        passed = found.verdict is Verdict.PASSED
        before = steps.get(step.key)
        if (
            before is None
            or before.passed != passed
            or (not passed and before.words != found.words)
        ):
            steps[step.key] = Done(passed, found.words, at)
            changed.append(step.key)
    return replace(certificate, steps=steps), tuple(changed)


# --- in words ------------------------------------------------------------------------------------


def result(step: Step, done: Done) -> list[str]:
    word = "pass" if done.passed else "FAIL"
    return _wrapped(f"{word:<5} {step.title:<{NAMES}}", done.words)


def task(step: Step, address: str = "") -> list[str]:
    """What is still to be done, and what to send where."""
    only = "only if you do so: " if step.is_optional else ""
    out = _wrapped(f"{'to do':<5} {step.title:<{NAMES}}", only + step.do)
    if step.text and address:
        out += [f"{'':<{NAMES + 7}}to {address}: {step.shown}"]
    return out


def report(certificate: Certificate, display: str) -> list[str]:
    steps = certificate.steps
    bad = sum(not done.passed for done in steps.values())
    needed = [step for step in PLAN if not step.is_optional]
    good = sum(certificate.has_passed(step.key) for step in needed)
    verdict = "PASSED" if certificate.passed else "not passed yet"
    out = [
        f"Tests with {display} ({certificate.carrier}), begun {_day(certificate.begun_at)}:"
        f" {verdict}. {good} of {len(needed)} steps passed, {bad} failed."
    ]
    for step in PLAN:
        done = steps.get(step.key)
        if done is not None:
            out += result(step, done)
        elif not (certificate.passed and step.is_optional):
            out += task(step)
    return out


def as_json(certificate: Certificate, display: str) -> dict[str, Any]:
    return {
        "carrier": certificate.carrier,
        "display": display,
        "begun_at": certificate.begun_at,
        "passed": certificate.passed,
        "steps": [
            {
                "step": step.key,
                "title": step.title,
                "optional": step.is_optional,
                "verdict": _verdict(certificate.steps.get(step.key)),
                "words": done.words if (done := certificate.steps.get(step.key)) else "",
                "at": done.at if done else None,
                "do": step.do,
                "text": step.text,
            }
            for step in PLAN
        ],
    }


def _verdict(done: Done | None) -> str:
    if done is None:
        return "not seen"
    return "pass" if done.passed else "fail"


def _wrapped(start: str, words: str) -> list[str]:
    return textwrap.wrap(
        words,
        COLUMNS,
        initial_indent=f"{start} ",
        subsequent_indent=" " * (len(start) + 1),
        break_on_hyphens=False,
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
