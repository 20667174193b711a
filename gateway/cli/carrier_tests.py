"""A session of tests with a carrier at the terminal. What was passed is kept beside the journal, so
that a session can be interrupted and another one goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ...psap_adapters.whole_file import replace_whole
from ...smpp.counting import counted
from ..onboarding import certificate as certificates
from ..onboarding.certificate import Certificate
from ..onboarding.evidence import Evidence
from ..onboarding.judging import judged
from ..onboarding.lines import Begun, Line
from ..onboarding.plan import BY_KEY, PLAN
from ..terminal import BAD, GOOD, complain, fail, say
from .carrier_stream import Door, journal_of

if TYPE_CHECKING:
    from ..configuration.files import CarrierFile

SIZE_MAX = 100_000  # octets of what is kept
MODE = 0o644  # no secret; who asks what was passed need not be who looked on


class Tests:
    """`anew`: what was passed before does not count."""

    def __init__(self, directory: Path, name: str, carrier: CarrierFile, *, anew: bool) -> None:
        if not carrier.certification.short_codes:
            fail(
                f"carriers/{name}.toml has no address for tests; agree on one with the carrier, "
                'write [certification] short_codes = ["..."] there, and send the gateway SIGHUP'
            )
        self._directory = directory
        self._display = carrier.display
        self._address = carrier.certification.short_codes[0]
        self._path = (directory / journal_of(directory)).with_name(f"tests-{name}.json")
        self._name = name
        self._certificate = Certificate(name, _now()) if anew else self._kept()

    def run(self, seconds: float | None, gone: Callable[[str], None], *, aloud: bool) -> None:
        """Look on, until all is passed, the time is over, or somebody interrupts."""
        evidence = Evidence()
        if aloud:
            self._say_tasks()
        try:
            for line in Door(self._directory).stream(self._name, "tests", gone, seconds):
                self._check(line)
                evidence.hear(line)
                self._judge(evidence, aloud=aloud)
                if self._certificate.passed:
                    break
        except KeyboardInterrupt:
            pass
        if evidence.lost:
            complain(f"{counted(evidence.lost, 'PDU')} came too fast to be seen")

    def tell(self, *, as_objects: bool) -> int:
        """The report; the exit code."""
        certificate = self._certificate
        if as_objects:
            typer.echo(json.dumps(certificates.as_json(certificate, self._display)))
        else:
            for line in certificates.report(certificate, self._display):
                say(line)
        return GOOD if certificate.passed else BAD

    def _say_tasks(self) -> None:
        say(f"Tests with {self._display} ({self._name}). In any order; Ctrl-C ends, and the next")
        say("time goes on. What is seen is said here at once.")
        say("")
        for step in PLAN:
            if not self._certificate.has_passed(step.key):
                for line in certificates.task(step, self._address):
                    say(line)
        say("")

    def _check(self, line: Line) -> None:
        if isinstance(line, Begun) and self._address not in line.tests:
            fail(
                f"the running gateway does not know {self._address} for tests yet: send it SIGHUP, "
                "and look for configuration_loaded in its health log"
            )

    def _judge(self, evidence: Evidence, *, aloud: bool) -> None:
        self._certificate, changed = certificates.entered(
            self._certificate, judged(evidence), evidence.now
        )
        if not changed:
            return
        self._keep()
        for key in changed if aloud else ():
            for one in certificates.result(BY_KEY[key], self._certificate.steps[key]):
                say(one)

    # --- what is kept ------------------------------------------------------------------------

    def _kept(self) -> Certificate:
        try:
            with self._path.open("rb") as file:
                return certificates.decode(file.read(SIZE_MAX))
        except FileNotFoundError:
            return Certificate(self._name, _now())
        except (OSError, ValueError) as cause:
            fail(f"{self._path} cannot be read ({cause}); start again with --anew")

    def _keep(self) -> None:
        try:
            replace_whole(self._path, certificates.encode(self._certificate), MODE)
        except OSError as cause:
            fail(f"{self._path} cannot be written ({cause.strerror})")


def _now() -> float:
    return datetime.now(UTC).timestamp()
